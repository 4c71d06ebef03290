import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Deps } from '@trailstitch/backends'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { registerChartScript } from './chart-script.ts'
import { setPageHeaders } from './headers.ts'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
}
/** By preference. */
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** Addresses that links in mails and elsewhere lead to; the page reads what stands behind their #. */
const doors = ['/setup', '/join', '/forgot', '/reset', '/shared']

const nonceBytes = 16

export interface PageOptions {
  /** What the build made. Default: where it puts it, beside src/ and beside dist/server alike. */
  folder?: string
  deps: Pick<Deps, 'log'>
  /** File of the script for embedded charts, `GET /embed/v1.js`. Default: none, 404. */
  chartScript?: string
}

interface Asset {
  type: string
  bodies: Map<string, Buffer>
}

/**
 * The dashboard's page, at each of its addresses, and its files under /dashboard/. It holds no data: it asks the API. The
 * files are listed and read once, so no path can lead elsewhere; their names change with what is in them, so they are
 * kept for good. Without a build the addresses answer 503 with what to do.
 */
export const pagePlugin: FastifyPluginAsync<PageOptions> = async (app, options) => {
  const folder = options.folder ?? fileURLToPath(new URL('../../dist/web/', import.meta.url))
  const isBuilt = existsSync(join(folder, 'index.html'))
  const html = isBuilt ? await readFile(join(folder, 'index.html'), 'utf8') : undefined
  const paths = isBuilt ? (JSON.parse(await readFile(join(folder, 'pages.json'), 'utf8')) as string[]) : ['/']
  for (const path of [...paths, ...doors])
    app.get(path.replaceAll('$', ':'), { schema: { hide: true } }, async (_request, reply) => sendPage(reply, html))
  registerChartScript(app, options.deps, options.chartScript)
  if (!isBuilt) return
  for (const [name, asset] of await readAssets(folder))
    app.get(`/dashboard/${name}`, { schema: { hide: true } }, async (request, reply) =>
      sendAsset(reply, asset, String(request.headers['accept-encoding'] ?? '')),
    )
}

/** Each answer has a nonce of its own, for the styles that the page makes as it goes. */
function sendPage(reply: FastifyReply, html: string | undefined): FastifyReply {
  const nonce = randomBytes(nonceBytes).toString('base64')
  setPageHeaders(reply, nonce)
  if (html === undefined)
    return reply.code(503).type('text/plain; charset=utf-8').send('The dashboard is not built: npm run build.\n')
  return reply.type('text/html; charset=utf-8').send(html.replaceAll('%NONCE%', nonce))
}

function sendAsset(reply: FastifyReply, { type, bodies }: Asset, accepted: string): FastifyReply {
  setPageHeaders(reply)
  reply.header('cache-control', 'public, max-age=31536000, immutable').header('vary', 'accept-encoding').type(type)
  const offered = accepted
    .split(',')
    .flatMap((each) => (/;\s*q=0(\.0*)?\s*$/.test(each) ? [] : [each.split(';')[0]?.trim()]))
  const [encoding] = encodings.find(([name]) => offered.includes(name) && bodies.has(name)) ?? ['']
  if (encoding) reply.header('content-encoding', encoding)
  return reply.send(bodies.get(encoding))
}

async function readAssets(folder: string): Promise<Map<string, Asset>> {
  const found = new Map<string, Asset>()
  for (const file of await readdir(join(folder, 'assets'))) {
    const type = types[extname(file)]
    if (!type) continue
    const bodies = new Map([['', await readFile(join(folder, 'assets', file))]])
    for (const [encoding, ending] of encodings) {
      const path = join(folder, 'assets', file + ending)
      if (existsSync(path)) bodies.set(encoding, await readFile(path))
    }
    found.set(`assets/${file}`, { type, bodies })
  }
  return found
}
