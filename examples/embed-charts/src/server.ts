import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname } from 'node:path'

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** The files of public/, by their path. */
export function readFiles(): Map<string, string> {
  const folder = new URL('../public/', import.meta.url)
  return new Map(readdirSync(folder).map((name) => [`/${name}`, readFileSync(new URL(name, folder), 'utf8')]))
}

/** The page at `/`, and `GET /chart-token`. `dashboard`: where the charts may ask; `files`: what it serves, by path. */
export function createSite(options: {
  dashboard: string
  getToken: () => Promise<string>
  files?: ReadonlyMap<string, string>
}): Server {
  const { dashboard, getToken, files = readFiles() } = options
  // The page runs its own scripts alone, and asks the dashboard alone.
  const policy = `default-src 'self'; connect-src 'self' ${dashboard}`
  return createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site')
    if (pathname === '/chart-token') {
      try {
        const token = await getToken()
        return response
          .writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
          .end(JSON.stringify({ src: dashboard, token }))
      } catch (error) {
        console.error(error)
        return response.writeHead(502).end()
      }
    }
    const path = pathname === '/' ? '/index.html' : pathname
    const file = files.get(path)
    if (file === undefined) return response.writeHead(404).end()
    const type = `${types[extname(path)]}; charset=utf-8`
    return response.writeHead(200, { 'content-type': type, 'content-security-policy': policy }).end(file)
  })
}
