import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A web site of somebody else's: pages by path, on an origin of its own. */
export interface Site {
  origin: string
  close(): Promise<void>
}

/** A page, a script, or nothing: a 404. */
export type Rendered = string | { script: string } | undefined

/** Serves what `render` makes of a path. */
export async function startSite(render: (path: string) => Rendered | Promise<Rendered>): Promise<Site> {
  const server = createServer(async (request, response) => {
    const rendered = await render(new URL(request.url ?? '/', 'http://site').pathname)
    const isScript = typeof rendered === 'object'
    const type = isScript ? 'text/javascript' : 'text/html'
    response.writeHead(rendered === undefined ? 404 : 200, { 'content-type': `${type}; charset=utf-8` })
    response.end(isScript ? rendered.script : rendered)
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
