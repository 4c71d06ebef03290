import { type AnyRequest, type RequestContextOptions, scopeOf } from './middleware.ts'
import type { NodeAnalytics } from './types.ts'

export type { RequestContextOptions } from './middleware.ts'

type Hook<Request> = (request: Request, reply: unknown, done: () => void) => void

/** Of a Fastify instance what is needed here, so that the types stand without the package. */
export interface FastifyLike<Request> {
  addHook(name: 'onRequest' | 'preValidation', hook: Hook<Request>): unknown
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
  const scopes = new WeakMap<object, ReturnType<typeof scopeOf>>()
  const enter: Hook<Request> = (request, _reply, done) => {
    const scope = scopes.get(request) ?? scopeOf(request, options)
    scopes.set(request, scope)
    analytics.runWith(scope, done)
  }
  const plugin = (app: FastifyLike<Request>, _given: unknown, done: () => void): void => {
    app.addHook('onRequest', enter)
    // Parsing a body goes on from the events of the socket, which know nothing of the request.
    app.addHook('preValidation', enter)
    done()
  }
  // Fastify's sign for a plugin that is no world of its own.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true })
}
