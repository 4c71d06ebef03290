import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

export interface DemoShopOptions {
  folder: string
  /** The built package, for the shop's other form. */
  sdkFolder: string
  /** For the shop's own events. */
  writeKey: string
  /** Where the collector is reached; undefined: where the page came from. */
  endpoint: string | undefined
}

/** The demo shop at /demo/, with what its page has to know at /demo/config.json. */
export async function demoShopPlugin(app: FastifyInstance, options: DemoShopOptions): Promise<void> {
  app.get('/demo/config.json', async (request, reply) => {
    const endpoint = options.endpoint ?? `${request.protocol}://${request.host}`
    return reply.header('cache-control', 'no-store').send({ writeKey: options.writeKey, endpoint })
  })
  app.get('/demo', async ({ url }, reply) => {
    // An app that ignores slashes at the end brings /demo/ here, too, which must not be sent to itself.
    const [, slash, query = ''] = /^\/demo(\/?)(\?.*)?$/.exec(url) ?? []
    return slash === '/' ? reply.sendFile('index.html') : reply.redirect(`/demo/${query}`)
  })
  const serve = (root: string, prefix: string) =>
    app.register(fastifyStatic, {
      root,
      prefix,
      decorateReply: prefix === '/demo/',
      cacheControl: false,
      setHeaders: (reply) => {
        reply.header('cache-control', 'no-cache')
        reply.header('x-content-type-options', 'nosniff')
      },
    })
  await serve(options.folder, '/demo/')
  await serve(options.sdkFolder, '/demo/sdk/')
}
