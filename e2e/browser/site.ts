import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web site of somebody else's: pages by path, on an origin of its own. */
export interface Site {
  origin: string
  close(): Promise<void>
}

/** Serves what `render` makes of a path; undefined is a 404. */
export async function startSite(render: (path: string) => string | undefined): Promise<Site> {
  const server = createServer((request, response) => {
    const html = render(new URL(request.url ?? '/', 'http://site').pathname)
    response.writeHead(html === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
  })
  return { origin: await listen(server), close: () => closeServer(server) }
}

export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
