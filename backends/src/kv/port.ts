/**
 * The kv port: small values that may be lost at any time. Rate limits, caches, presence and leases live here; nothing
 * durable does. Keys and values are text; every key has a time to live.
 */
export interface Kv {
  /** The value, or undefined when there is none or its time is over. */
  get(key: string): Promise<string | undefined>
  set(key: string, value: string, ttlMs: number): Promise<void>
  /**
   * Adds `by` to a counter and resolves with its new value and the time it has left. The first increment starts the time
   * to live; later ones do not move it. This is the window of a rate limit.
   */
  increment(key: string, by: number, ttlMs: number): Promise<{ value: number; ttlMs: number }>
  /**
   * Sets `key` to `next` if its value is `expected` (undefined: if there is none). True for exactly one of any number
   * of callers at once. This is a lease.
   */
  compareAndSet(key: string, expected: string | undefined, next: string, ttlMs: number): Promise<boolean>
  delete(key: string): Promise<void>
  close(): Promise<void>
}
