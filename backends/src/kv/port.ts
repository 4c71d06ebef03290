import type { Diagnosis } from '../diagnosis.ts'

/**
 * The kv port: small values that may be lost at any time. Rate limits, caches, presence and leases live here; nothing
 * durable does. Keys and values are text; every key has a time to live. A call to a service that is away rejects within
 * about a second, with `unreachable`; whether it took effect is not known then.
 */
export interface Kv {
  /** The value, or undefined when there is none or its time is over. */
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  /**
   * Adds `by`, a whole number, to a counter and resolves with its new value and the time it has left. The first
   * increment starts the time to live; later ones do not move it. This is the window of a rate limit.
   */
  increment(key: string, by: number, ttlMs: number): Promise<{ value: number; ttlMs: number }>
  /**
   * Sets `key` to `next` if its value is `expected` (undefined: if there is none). True for exactly one of any number
   * of callers at once. This is a lease.
   */
  compareAndSet(key: string, expected: string | undefined, next: string, ttlMs: number): Promise<boolean>
  delete(key: string): Promise<void>
  /**
   * Tells whoever listens on the channel now, in this process and all others on the same kv (with `memory:`, on this
   * handle). At most once: nobody is told again, and what nobody hears is gone. This is a live feed.
   */
  publish(channel: string, text: string): Promise<void>
  /**
   * Calls `onText` with what is published on the channel once this has resolved, each publisher's texts in their order,
   * until the function it resolves with is called. While the service is away it resolves all the same, after 2 s at
   * most, and listens from when the service is back; texts published meanwhile are lost.
   */
  subscribe(channel: string, onText: (text: string) => void): Promise<() => void>
  /** How the service is and is set up, for `trailstitch doctor`. Rejects when it can't be reached. */
  diagnose?(): Promise<Diagnosis[]>
  /** Ends all subscriptions, too. Idempotent. */
  close(): Promise<void>
}
