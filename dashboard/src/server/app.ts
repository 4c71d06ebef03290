import Fastify, { type FastifyInstance } from 'fastify'
import { apiPlugin } from './api.ts'
import { ApiError, createErrorHandler, sendError, toApiError } from './errors.ts'
import { setApiHeaders } from './headers.ts'
import type { DashboardOptions } from './options.ts'
import { pagePlugin } from './page.ts'

/** A profile id of 1,024 characters, each of which may take 9 in a URL. */
export const maxParamLength = 9 * 1024

/** The read API and the page as an app of their own; `listen` starts it, `close` ends open streams and waits for the rest. */
export async function createDashboardApp(options: DashboardOptions): Promise<FastifyInstance> {
  const app = Fastify({
    routerOptions: { maxParamLength },
    // Routes that take more say so themselves.
    bodyLimit: 16 * 1024,
    frameworkErrors: (error, _request, reply) => {
      setApiHeaders(reply)
      return sendError(reply, toApiError(error))
    },
  })
  app.setErrorHandler(createErrorHandler(options.deps.log))
  app.setNotFoundHandler((_request, reply) => {
    setApiHeaders(reply)
    return sendError(reply, new ApiError('not_found'))
  })
  await app.register(apiPlugin, options)
  const { deps, chartScript } = options
  await app.register(pagePlugin, { deps, ...(chartScript !== undefined && { chartScript }) })
  return app
}
