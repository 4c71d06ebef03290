import { type AnyRequest, type RequestContextOptions, scopeOf } from './middleware.ts'
import type { NodeAnalytics } from './types.ts'

export type { RequestContextOptions } from './middleware.ts'

/**
 * Middleware for Express, and for anything else that calls `(request, response, next)`: calls made while a request is
 * answered take visitor, user and context from it, see {@link NodeAnalytics.runWith}.
 */
export const expressContext =
  <Request extends AnyRequest>(
    analytics: Pick<NodeAnalytics, 'runWith'>,
    options: RequestContextOptions<Request> = {},
  ): ((request: Request, response: unknown, next: () => void) => void) =>
  (request, _response, next) =>
    analytics.runWith(scopeOf(request, options), next)
