import type { Blob, Deps, Kv, Queue, Store } from '@trailstitch/backends'
import type { Projects, WireEvent } from '@trailstitch/protocol'
import type { AccountsOptions } from './accounts/service.ts'

/** What the API and the page need from outside. */
export interface DashboardOptions {
  /** Written to for one thing alone: the mark of a rejected event that was sent again. */
  store: Pick<Store, 'query' | 'markReplayed'>
  /** Sent to when rejected events are sent again, and merges are undone. */
  queue: Pick<Queue, 'list' | 'depth' | 'traits' | 'send'>
  /** Where chunks go that the queue cannot take; the books count what lies there. Default: none. */
  overflow?: Pick<Blob, 'list' | 'get' | 'put'>
  projects: Projects
  /** Keeps answers for a while. Default: each is worked out anew. */
  kv?: Pick<Kv, 'get' | 'set'>
  /** Whoever sends it is an owner of every project. Must not be empty. */
  adminToken: string
  /** People who sign in, API keys and the audit log. Default: none, and the admin token is the only way in. */
  accounts?: AccountsOptions
  /** Makes up events for a project to look around in. Default: none is offered. */
  demo?: DemoEvents
  deps: Deps
  /** File of the script for embedded charts. Default: none. */
  chartScript?: string
  /** Default: real timers. Tests bring their own. */
  timer?: Timer
}

/** Makes up events up to a moment (ms), the same ones for the same seed and moment. */
export type DemoEvents = (options: { seed: string; endAt: number }) => readonly WireEvent[]

export interface Timer {
  /** Calls `run` once, `delayMs` from now, unless the function it answers with is called before. */
  after(delayMs: number, run: () => void): () => void
}

export const systemTimer: Timer = {
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    return () => clearTimeout(handle)
  },
}
