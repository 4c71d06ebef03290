import type { FastifyRateLimitStore } from '@fastify/rate-limit'
import type { Deps, Kv } from '@trailstitch/backends'

export interface LimitStoreOptions {
  kv: Kv
  deps: Deps
  /** Keys counted at once; the oldest are forgotten first. Default 20,000. */
  maxKeys?: number
  /** How long hits wait to be told to the kv, and the kv to be asked again once it failed, at most, ms. Default 1,000. */
  syncMs?: number
}

export interface LimitStore extends FastifyRateLimitStore {
  /** Whether the kv took the last hits it was told of. */
  isShared(): boolean
}

/** The kv's minute ends before ours by no more than this. */
const overlapMs = 2_000

interface Window {
  /** All hits known: ours and, as of the last time we asked, everybody's. */
  count: number
  /** Hits of ours the kv has been told of, and those it has not. */
  told: number
  untold: number
  endsAt: number
  toldAt: number
  telling: boolean
}

/**
 * A store for `@fastify/rate-limit` that counts in the process and tells the kv in bundles, so that a request does not
 * wait for the network. Several collectors on one kv share a limit, give or take 2 % each. A kv that fails is logged,
 * and each collector holds the limit by itself until it is back.
 */
export function createLimitStore({ kv, deps, maxKeys = 20_000, syncMs = 1_000 }: LimitStoreOptions): LimitStore {
  const windows = new Map<string, Window>()
  let failing = false
  let retryAt = -Infinity

  const open = (key: string, windowMs: number, now: number): Window => {
    if (windows.size >= maxKeys) {
      const oldest = windows.keys().next()
      if (!oldest.done) windows.delete(oldest.value)
    }
    const window: Window = { count: 0, told: 0, untold: 0, endsAt: now + windowMs, toldAt: -Infinity, telling: false }
    // Deleted first so that the map's order is the order of opening.
    windows.delete(key)
    windows.set(key, window)
    return window
  }

  const tell = async (key: string, window: Window, now: number): Promise<void> => {
    const telling = window.untold
    window.untold = 0
    window.toldAt = now
    window.telling = true
    try {
      const { value, ttlMs } = await kv.increment(`limit:${key}`, telling, Math.max(1, window.endsAt - now))
      window.told += telling
      if (value < window.told) {
        // It counts anew. Either its minute was over a moment before ours, and we are in the next one together; or it
        // has lost what it knew, and what we know of this minute holds.
        window.told = telling
        if (window.endsAt - now <= overlapMs) window.count = 0
      }
      window.count = Math.max(window.count, value + window.untold)
      window.endsAt = deps.now() + ttlMs
      if (failing) deps.log.info({}, 'rate limits are shared again')
      failing = false
    } catch (error) {
      window.untold += telling
      if (!failing) deps.log.warn({ err: error }, 'the kv fails, rate limits are held by this process alone')
      failing = true
      retryAt = deps.now() + syncMs
    } finally {
      window.telling = false
    }
  }

  const isDue = ({ telling, untold, toldAt }: Window, max: number, now: number): boolean =>
    !telling && now >= retryAt && (untold >= max * 0.02 || now - toldAt >= syncMs)

  const store: LimitStore = {
    incr(key, callback, windowMs, max) {
      const now = deps.now()
      let window = windows.get(key)
      if (window === undefined || now >= window.endsAt) window = open(key, windowMs, now)
      window.count++
      window.untold++
      if (isDue(window, max, now)) void tell(key, window, now)
      callback(null, { current: window.count, ttl: window.endsAt - now })
    },
    child: () => store,
    isShared: () => !failing,
  }
  return store
}
