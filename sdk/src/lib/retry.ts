const firstDelayMs = 1_000
const maxDelayMs = 300_000

/** No server may silence a client for longer than this. */
export const maxRetryAfterMs = 3_600_000

/**
 * How long to wait after the `failures`-th failure in a row: exponential with full jitter, so that the clients of a
 * server that was down don't come back all at once. `random` is from 0 up to 1, `firstMs` the most after the first failure.
 */
export const retryDelayMs = (failures: number, random: number, firstMs = firstDelayMs): number =>
  random * Math.min(maxDelayMs, firstMs * 2 ** failures)

/** A Retry-After header, in seconds or as a date, as ms from `now`; 0 when there is none that makes sense. */
export function parseRetryAfter(header: string | null | undefined, now: number): number {
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header ?? '') - now : seconds * 1_000
  return ms > 0 ? Math.min(ms, maxRetryAfterMs) : 0
}
