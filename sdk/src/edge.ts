import { createServerAnalytics } from './server/client.ts'
import type { SenderDeps } from './server/state.ts'
import type { ServerAnalytics, ServerAnalyticsOptions } from './server/types.ts'
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

const webDeps: SenderDeps = Object.freeze({
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimer: (timer: unknown) => clearTimeout(timer as ReturnType<typeof setTimeout> | undefined),
  fetch: (url: string, init: RequestInit) => fetch(url, init),
  gzip(data: Uint8Array<ArrayBuffer>) {
    if (typeof CompressionStream === 'undefined') return undefined
    const packed = new Response(new Blob([data]).stream().pipeThrough(new CompressionStream('gzip')))
    return packed.arrayBuffer().then((bytes) => new Uint8Array(bytes))
  },
})
