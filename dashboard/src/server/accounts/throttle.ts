import { normalizeIP } from '@fastify/rate-limit'
import { type Deps, type Kv, openKv } from '@trailstitch/backends'
import { ApiError, type ApiErrorCode } from '../errors.ts'

export interface Limit {
  max: number
  windowMs: number
}

export interface Throttle {
  /** Counts one try. Throws `code` with the time to wait when there were too many in the window. */
  take(key: string, limit: Limit, code: ApiErrorCode & ('locked' | 'rate_limited')): Promise<void>
  clear(key: string): Promise<void>
}

/**
 * Counts tries in the kv, so that several dashboards agree. A kv that fails must neither let everybody guess nor keep
 * everybody out: each process counts by itself then.
 */
export async function createThrottle(kv: Pick<Kv, 'increment' | 'delete'> | undefined, deps: Deps): Promise<Throttle> {
  const own = await openKv('memory:?maxKeys=50000', deps)
  const shared = kv ?? own
  const withFallback = async <T>(run: (from: Pick<Kv, 'increment' | 'delete'>) => Promise<T>): Promise<T> => {
    try {
      return await run(shared)
    } catch (error) {
      deps.log.warn({ err: error }, 'the kv fails, tries to sign in are counted by this process alone')
      return run(own)
    }
  }
  return {
    async take(key, { max, windowMs }, code) {
      const { value, ttlMs } = await withFallback((from) => from.increment(`auth:${key}`, 1, windowMs))
      if (value > max) throw new ApiError(code, '', { retryAfterMs: ttlMs })
    },
    clear: (key) => withFallback((from) => from.delete(`auth:${key}`)),
  }
}

/** Providers hand out IPv6 by the /64. Undefined for this machine: a proxy on it would stand for everybody. */
export function addressKey(ip: string): string | undefined {
  if (ip === '' || ip === '::1' || ip.startsWith('127.') || ip.startsWith('::ffff:127.')) return undefined
  return ip.includes(':') ? normalizeIP(ip, 64) : ip
}
