import { readFile } from 'node:fs/promises'
import type { FastifyPluginAsync } from 'fastify'
import { setPageHeaders } from './headers.ts'

const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const

/** Every file of the page. What is not listed is not served, so no path can lead elsewhere. */
const assets = [
  'style.css',
  'icon.svg',
  'main.js',
  'session.js',
  'api.js',
  'dom.js',
  'chart.js',
  'live.js',
  'overview.js',
  'people.js',
  'books.js',
]

/** The plain page at /, /people/ID and where links lead, its files under /dashboard/. It holds no data: it asks the API, with a token. */
export const pagePlugin: FastifyPluginAsync = async (app) => {
  // Beside this module in src/ and, copied by the build, in dist/.
  const read = (name: string) => readFile(new URL(`./page/${name}`, import.meta.url))
  app.addHook('onRequest', async (_request, reply) => setPageHeaders(reply))

  const html = await read('index.html')
  for (const path of ['/', '/people/:profileId', '/setup', '/join', '/reset'])
    app.get(path, { schema: { hide: true } }, async (_request, reply) =>
      reply.type(`${types.html}; charset=utf-8`).send(html),
    )

  for (const name of assets) {
    const body = await read(name)
    const type = types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types]
    app.get(`/dashboard/${name}`, { schema: { hide: true } }, async (_request, reply) =>
      reply.type(`${type}; charset=utf-8`).send(body),
    )
  }
}
