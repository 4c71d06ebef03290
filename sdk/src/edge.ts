import { createServerAnalytics } from './server/client.ts'
import type { SenderDeps } from './server/state.ts'
import type { ServerAnalytics, ServerAnalyticsOptions } from './server/types.ts'
import { webDeps } from './server/web-deps.ts'
import type { AnyEvents, EventMap } from './types.ts'
import { version } from './version.ts'

export type * from './server/types.ts'
export type { AnyEvents, DropReason, EventMap, Id, OnDrop, Properties } from './types.ts'

const library = Object.freeze({ name: 'trailstitch-edge', version })

/**
 * The client of servers that have `fetch` and no more: Cloudflare Workers, Deno, Bun, edge functions. It may be created
 * at module level: nothing is called before the first event. Give `flush()` to the platform's `waitUntil` before a
 * request ends, or give the client the `waitUntil`.
 */
export const createEdgeAnalytics = <Events extends EventMap<Events> = AnyEvents>(
  options: ServerAnalyticsOptions,
  deps: SenderDeps = webDeps,
): ServerAnalytics<Events> => createServerAnalytics(options, { deps, library, tickMs: 1_000 })
