import { type AnyRequest, type RequestContextOptions, scopeOf } from './middleware.ts'
import type { NodeAnalytics } from './types.ts'

export type { RequestContextOptions } from './middleware.ts'

/** Of a Fastify instance what is needed here, so that the types stand without the package. */
export interface FastifyLike<Request> {
  addHook(name: 'onRequest', hook: (request: Request, reply: unknown, done: () => void) => void): unknown
}

/**
 * A Fastify plugin, for `app.register(fastifyContext(analytics))`: calls made while a request is answered take visitor,
 * user and context from it, see {@link NodeAnalytics.runWith}. It counts for the whole app, not only for the plugins
 * that are registered within it.
 */
export function fastifyContext<Request extends AnyRequest>(
  analytics: Pick<NodeAnalytics, 'runWith'>,
  options: RequestContextOptions<Request> = {},
): (app: FastifyLike<Request>, given: unknown, done: () => void) => void {
  const plugin = (app: FastifyLike<Request>, _given: unknown, done: () => void): void => {
    app.addHook('onRequest', (request, _reply, next) => analytics.runWith(scopeOf(request, options), next))
    done()
  }
  // Fastify's sign for a plugin that is no world of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
