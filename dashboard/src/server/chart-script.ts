import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Deps } from '@trailstitch/backends'
import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'

interface Script {
  body: Buffer
  etag: string
}

/**
 * The script that makes `<trailstitch-chart>` known to a page of any origin, for pages without a bundler. Its address stays
 * the same over versions, so it is kept for an hour and asked for again by ETag. Without a build: 404 `not_found`.
 */
export function registerChartScript(app: FastifyInstance, { log }: Pick<Deps, 'log'>, file: string | undefined): void {
  let loaded: Promise<Script> | undefined
  const load = (path: string): Promise<Script> => {
    loaded ??= readScript(path).catch((error: unknown) => {
      loaded = undefined // the next request looks again: a build may just be under way
      log.warn({ err: error }, 'the script of embedded charts can not be read')
      throw new ApiError('not_found')
    })
    return loaded
  }
  app.get('/embed/v1.js', { schema: { hide: true } }, async (request, reply) => {
    if (file === undefined) throw new ApiError('not_found')
    const { body, etag } = await load(file)
    reply.headers({
      etag,
      'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    })
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type('text/javascript; charset=utf-8').send(body)
  })
}

async function readScript(path: string): Promise<Script> {
  const body = await readFile(path)
  return { body, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"` }
}
