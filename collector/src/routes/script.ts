import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Deps } from '@trailstitch/backends'
import { WireError } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { sendPreflight } from '../cors.ts'

interface Script {
  plain: Buffer
  gzipped: Buffer
  hash: string
}

/**
 * A browser script at `url`, read from `file`. Its address stays the same over versions, so it is kept for an hour and
 * asked for again by ETag; under `?v=<hash>` it can never change and is kept for a year.
 */
export function scriptRoute(app: FastifyInstance, deps: Deps, url: string, file: string | undefined): void {
  let loaded: Promise<Script> | undefined
  const load = (path: string): Promise<Script> => {
    loaded ??= readScript(path).catch((error: unknown) => {
      loaded = undefined // the next request looks again: a build may just be under way
      deps.log.warn({ err: error, url }, 'the browser script can not be read')
      throw new WireError('not_found')
    })
    return loaded
  }
  app.options(url, sendPreflight)
  app.get<{ Querystring: { v?: string } }>(url, async (request, reply) => {
    if (file === undefined) throw new WireError('not_found')
    const script = await load(file)
    const gzip = acceptsGzip(request.headers['accept-encoding'])
    const etag = gzip ? `"${script.hash}-gzip"` : `"${script.hash}"`
    reply
      .header('etag', etag)
      .header('vary', 'accept-encoding')
      .header('cross-origin-resource-policy', 'cross-origin')
      .header(
        'cache-control',
        request.query.v === script.hash
          ? 'public, max-age=31536000, immutable'
          : 'public, max-age=3600, stale-while-revalidate=86400',
      )
    if (sameTag(request.headers['if-none-match'], etag)) return reply.code(304).send()
    if (gzip) reply.header('content-encoding', 'gzip')
    return reply.header('content-type', 'text/javascript; charset=utf-8').send(gzip ? script.gzipped : script.plain)
  })
}

async function readScript(path: string): Promise<Script> {
  const plain = await readFile(path)
  return {
    plain,
    gzipped: gzipSync(plain, { level: 9 }),
    hash: createHash('sha256').update(plain).digest('hex').slice(0, 16),
  }
}

const acceptsGzip = (header = ''): boolean =>
  header.split(',').some((part) => /^\s*(x-)?gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(part))

const sameTag = (header = '', etag: string): boolean =>
  header.split(',').some((part) => part.trim().replace(/^W\//, '') === etag || part.trim() === '*')
