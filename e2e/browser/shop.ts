import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname } from 'node:path'
import { closeServer, listen, type Site } from './site.ts'

const folder = new URL('../../examples/demo-shop/public/', import.meta.url)
const built = new URL('../../sdk/dist/', import.meta.url)
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

/** Scripts and styles of the page's own origin only, and events to the collector: a policy a careful shop would have. */
const policy = (endpoint: string): string => `default-src 'self'; connect-src 'self' ${endpoint}`

/** The demo shop at /demo/, as `trailstitch start` serves it, under a strict content security policy. */
export async function startShop(collector: { origin: string; writeKey: string }): Promise<Site> {
  const read = async (path: string): Promise<Uint8Array | string> => {
    if (path === '/demo/config.json')
      return JSON.stringify({ writeKey: collector.writeKey, endpoint: collector.origin })
    if (path === '/sdk/v1.js') return await (await fetch(`${collector.origin}/sdk/v1.js`)).text()
    if (path.startsWith('/demo/sdk/')) return await readFile(new URL(path.slice('/demo/sdk/'.length), built))
    return await readFile(new URL(path.replace(/^\/demo\//, './').replace(/\/$/, '/index.html'), folder))
  }
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://shop')
    const headers = {
      'content-type': types[extname(pathname) || '.html'] ?? 'text/plain',
      'content-security-policy': policy(collector.origin),
    }
    read(pathname).then(
      (body) => response.writeHead(200, headers).end(body),
      () => response.writeHead(404).end(),
    )
  })
  return { origin: await listen(server), close: () => closeServer(server) }
}
