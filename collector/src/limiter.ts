import rateLimit, { type FastifyRateLimitStore, normalizeIP } from '@fastify/rate-limit'
import Fastify, { type FastifyRequest } from 'fastify'
import { RateLimitedError } from './errors.ts'
import { createLimitStore, type LimitStoreOptions } from './limit-store.ts'

export interface Limiter {
  /** Counts one request. Rejects with `rate_limited` when there were too many; undefined when there is no limit. */
  take(key: string): Promise<void> | undefined
}

export interface LimitersOptions extends LimitStoreOptions {
  perMinutePerIp: number
  perMinutePerKey: number
}

/** What the rate limiter reads of a request; our keys come from the steps, not from the request. */
interface Counted {
  limitKey: string
  routeOptions: Record<string, never>
}

const windowMs = 60_000

export interface Limiters {
  limitIp: Limiter
  limitKey: Limiter
  /** False while the kv fails and this process counts alone. */
  areLimitsShared(): boolean
}

/**
 * The two limits of a collector. `@fastify/rate-limit` lives in an app of its own that serves nothing: inside somebody
 * else's app its decorators would be those of their limiter, with their store and their numbers.
 */
export async function createLimiters(options: LimitersOptions): Promise<Limiters> {
  const store = createLimitStore(options)
  const app = Fastify()
  await app.register(rateLimit, { global: false, store: storeClass(store) })
  await app.ready()

  const limiter = (prefix: string, max: number): Limiter['take'] => {
    if (!Number.isFinite(max)) return () => undefined
    const count = app.createRateLimit({
      max,
      timeWindow: windowMs,
      keyGenerator: (request) => prefix + (request as FastifyRequest & Counted).limitKey,
    })
    return async (limitKey) => {
      const counted: Counted = { limitKey, routeOptions: {} }
      const outcome = await count(counted as unknown as FastifyRequest)
      if (!outcome.isAllowed && outcome.isExceeded) throw new RateLimitedError(Math.max(1, outcome.ttlInSeconds))
    }
  }

  const takeIp = limiter('ip:', options.perMinutePerIp)
  const group = createAddressGrouping()
  return {
    limitIp: { take: (ip) => (isLoopback(ip) ? undefined : takeIp(group(ip))) },
    limitKey: { take: limiter('key:', options.perMinutePerKey) },
    areLimitsShared: store.isShared,
  }
}

/** The library makes the store itself, so it wants something to call `new` on. */
const storeClass = (store: FastifyRateLimitStore) =>
  class {
    incr = store.incr
    child = store.child
  }

/** A proxy on this machine, or a test: never one visitor. */
const isLoopback = (ip: string): boolean => ip === '' || ip === '::1' || ip.startsWith('127.')

/** Providers hand out IPv6 by the /64, so one is counted as a whole. Remembers a few, as the arithmetic is slow. */
function createAddressGrouping(): (ip: string) => string {
  const known = new Map<string, string>()
  return (ip) => {
    if (!ip.includes(':')) return ip
    let address = known.get(ip)
    if (address === undefined) {
      address = normalizeIP(ip, 64)
      if (known.size >= 1_000) known.clear()
      known.set(ip, address)
    }
    return address
  }
}
