import { AsyncLocalStorage } from 'node:async_hooks'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { createScopedAnalytics } from './node/scopes.ts'
import { openSpillFolder } from './node/spill-folder.ts'
import type { NodeAnalytics, NodeAnalyticsOptions } from './node/types.ts'
import type { SenderDeps, SpillFolder } from './server/state.ts'
import type { AnyEvents, EventMap } from './types.ts'
import { version } from './version.ts'

export type * from './node/types.ts'
export type * from './server/types.ts'
export type { AnyEvents, DropReason, EventMap, Id, OnDrop, Properties } from './types.ts'

const library = Object.freeze({ name: 'trailstitch-node', version })

/**
 * The client of a server. Calls return at once and never throw; events wait in memory until they are delivered, and the
 * process stays alive for them, so `close` it before the process should end.
 */
export function createNodeAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: NodeAnalyticsOptions,
  deps: SenderDeps = systemDeps(),
  folder: SpillFolder | undefined = openSpillFolder(options, deps.now),
): NodeAnalytics<Events> {
  return createScopedAnalytics(options, { deps, library, folder }, new AsyncLocalStorage())
}

const systemDeps = (): SenderDeps => ({
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  fetch: (url, init) => fetch(url, init),
  // Higher levels cost much more time than they save bytes.
  gzip: (data) => promisify(gzip)(data, { level: 1, chunkSize: 64 * 1024 }),
})
