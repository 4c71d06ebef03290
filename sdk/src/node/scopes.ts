import { createServerAnalytics, type Platform } from '../server/client.ts'
import type { RequestScope, ServerAnalyticsOptions } from '../server/types.ts'
import type { AnyEvents, EventMap } from '../types.ts'
import type { NodeAnalytics } from './types.ts'

/** As much of an AsyncLocalStorage as is used. */
export interface Scopes {
  getStore(): RequestScope | undefined
  run<Result>(scope: RequestScope, work: () => Result): Result
}

/** A server's client whose calls ask `scopes` for the request they are made in. */
export function createScopedAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: ServerAnalyticsOptions,
  platform: Platform,
  scopes: Scopes,
): NodeAnalytics<Events> {
  const analytics = createServerAnalytics(options, { ...platform, scope: () => scopes.getStore() })
  return {
    ...analytics,
    current: analytics,
    runWith: (scope, work) => scopes.run(within(scopes.getStore(), scope), work),
  }
}

/** Reads through to the outer scope, each time. */
const within = (outer: RequestScope | undefined, scope: RequestScope): RequestScope =>
  outer
    ? {
        get anonymousId() {
          return scope.anonymousId ?? outer.anonymousId
        },
        get userId() {
          return scope.userId ?? outer.userId
        },
        get context() {
          return { ...outer.context, ...scope.context }
        },
      }
    : scope
