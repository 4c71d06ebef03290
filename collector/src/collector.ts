import type { Deps, Kv, Overflow, Queue, Sender } from '@trailstitch/backends'
import type { Projects } from '@trailstitch/protocol'
import type { Limiters } from './limiter.ts'
import type { Metrics } from './metrics.ts'

/** What {@link collectorPlugin} and {@link createCollectorApp} are given. */
export interface CollectorOptions {
  /** Where events become durable. Stays open when the collector stops: it belongs to the caller. */
  queue: Queue
  /**
   * Where events become durable while the queue fails or is slow. A re-driver has to bring them into the queue. Default:
   * none, then such events are refused. Stays open when the collector stops.
   */
  overflow?: Overflow
  /** Counts requests for the rate limits. Stays open when the collector stops. */
  kv: Kv
  projects: Projects
  deps: Deps
  /** The script answered at `GET /sdk/v1.js`; without it that route answers 404. */
  sdkFile?: string
  /** The same for the script with all plugins, at `GET /sdk/v1-all.js`. */
  sdkAllFile?: string
  /** Where browsers reach this collector, such as `https://t.example.com`. Default: taken from each request. */
  publicUrl?: string
  /** Whether to serve `/healthz`, `/readyz` and `/metrics`. Default true. */
  health?: boolean
  limits?: Partial<CollectorLimits>
}

export interface CollectorLimits {
  /** Default 60,000. `Infinity` for no limit. */
  requestsPerMinutePerKey: number
  /** Default 6,000, since whole offices share an address. `Infinity` for no limit. Loopback addresses have none. */
  requestsPerMinutePerIp: number
  /** Bodies held in memory, from their first byte to the answer; more than that is 503. Default 64 MiB. */
  maxInFlightBytes: number
  /** How long a body may take to arrive. Default 25,000. */
  bodyTimeoutMs: number
  /** How long bodies may still arrive once the collector stops. Default 5,000. */
  stopGraceMs: number
}

export const defaultLimits: Readonly<CollectorLimits> = Object.freeze({
  requestsPerMinutePerKey: 60_000,
  requestsPerMinutePerIp: 6_000,
  maxInFlightBytes: 64 * 1024 * 1024,
  bodyTimeoutMs: 25_000,
  stopGraceMs: 5_000,
})

/** One running collector: what the steps of every request share. */
export interface Collector extends Limiters {
  kv: Kv
  readonly queue: Queue
  readonly overflow: Overflow | undefined
  readonly sender: Sender
  readonly projects: Projects
  readonly deps: Deps
  readonly limits: CollectorLimits
  readonly metrics: Metrics
  /** Set once; from then on there is no new work. */
  stopping: boolean
  /** Body bytes of all requests that are not answered yet. */
  heldBytes: number
  /** Requests that are not answered yet. */
  active: number
  /** Ends a body that is still arriving, and when that is due, by `performance.now()`. Oldest first. */
  readonly receiving: Map<(error: Error) => void, number>
  /** Called when `active` falls to 0. */
  onIdle: (() => void) | undefined
}

/** Resolves when no request is being worked on. */
export function drained(collector: Collector): Promise<void> {
  if (collector.active === 0) return Promise.resolve()
  return new Promise((resolve) => {
    collector.onIdle = resolve
  })
}
