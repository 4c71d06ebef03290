import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import type { Kv } from './port.ts'
import { createRedisChannels } from './redis-channels.ts'
import { connectRedis, messageOf, type RedisClient } from './redis-client.ts'
import { diagnoseRedis } from './redis-diagnosis.ts'
import { describePlace, parseRedisUrl } from './redis-url.ts'

// Each of these names one key and is done at once by the server, so that no crash can leave a counter without an end,
// and a cluster takes them like any other command.

/** KEYS: counter. ARGV: how much more, time to live in ms. */
const incrementScript = `
  local value = redis.call('INCRBY', KEYS[1], ARGV[1])
  local left = redis.call('PTTL', KEYS[1])
  if left < 0 then
    left = tonumber(ARGV[2])
    redis.call('PEXPIRE', KEYS[1], left)
  end
  return {value, left}`

/** KEYS: lease. ARGV: the next value, time to live in ms, and the expected value unless none is expected. */
const compareAndSetScript = `
  if redis.call('GET', KEYS[1]) ~= (ARGV[3] or false) then return 0 end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1`

/** KEYS: channel. ARGV: text. In a cluster the key leads to one server; texts sent by way of several lose their order. */
const publishScript = "return redis.call('PUBLISH', KEYS[1], ARGV[1])"

/**
 * Keys in Redis 6 or later, or what speaks its protocol: `redis://user:password@host:port/db`, `rediss:` with TLS,
 * `redis+cluster://host:port,host:port`, `redis+sentinel://host:port,host:port/name`. Keys and channels begin with `ts:`,
 * or with the URL's `?prefix=`.
 */
export async function openRedisKv(url: string, deps: Deps): Promise<Kv> {
  const place = parseRedisUrl(url)
  const { client, lastError } = await connectRedis(place, deps)
  const channels = createRedisChannels(place, client, deps)
  let closing: Promise<void> | undefined

  const named = (key: string): string => place.prefix + key

  const ask = async <T>(command: (client: RedisClient) => Promise<T>): Promise<T> => {
    if (closing !== undefined) throw new BackendError('closed')
    try {
      return await command(client)
    } catch (cause) {
      throw toBackendError(cause, describePlace(place), client.status === 'ready' ? undefined : lastError())
    }
  }

  const close = async (): Promise<void> => {
    channels.close()
    // Waits for the answers to what is under way. Without a connection there are none to wait for.
    if (client.status === 'ready') await client.quit().catch(() => {})
    client.disconnect()
  }

  return {
    get: async (key) => (await ask((redis) => redis.get(named(key)))) ?? undefined,
    set: async (key, value, ttlMs) => {
      await ask((redis) => redis.set(named(key), value, 'PX', wholeMs(ttlMs)))
    },
    async increment(key, by, ttlMs) {
      const answer = await ask((redis) => redis.eval(incrementScript, 1, named(key), by, wholeMs(ttlMs)))
      const [value, left] = answer as [number, number]
      return { value, ttlMs: left }
    },
    async compareAndSet(key, expected, next, ttlMs) {
      const args = expected === undefined ? [next, wholeMs(ttlMs)] : [next, wholeMs(ttlMs), expected]
      return (await ask((redis) => redis.eval(compareAndSetScript, 1, named(key), ...args))) === 1
    },
    delete: async (key) => {
      await ask((redis) => redis.del(named(key)))
    },
    publish: async (channel, text) => {
      await ask((redis) => redis.eval(publishScript, 1, named(channel), text))
    },
    async subscribe(channel, onText) {
      if (closing !== undefined) throw new BackendError('closed')
      return channels.subscribe(named(channel), onText)
    },
    diagnose: () => ask((redis) => diagnoseRedis(redis, place, deps)),
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Redis takes whole ms from 1. */
const wholeMs = (ms: number): number => Math.max(1, Math.ceil(ms))

/** Answers of a server that cannot do it now and will be able to later, or whose successor will. */
const passing = /^(?:BUSY|CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|TRYAGAIN) /

function toBackendError(cause: unknown, where: string, reason: Error | undefined): BackendError {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const isAnswer = error.name === 'ReplyError'
  const code = isAnswer && !passing.test(error.message) ? 'backend_failed' : 'unreachable'
  return new BackendError(code, `Redis at ${where}: ${messageOf(isAnswer ? error : (reason ?? error))}.`, { cause })
}
