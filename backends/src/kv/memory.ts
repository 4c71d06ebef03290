import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { splitUrl } from '../open.ts'
import type { Kv } from './port.ts'

interface Entry {
  value: string
  expiresAt: number
}

const defaultMaxKeys = 100_000

/**
 * Keeps keys in this process alone: `memory:` or `memory:?maxKeys=5000` (default 100,000). Past that many keys the ones
 * set longest ago go first.
 */
export async function openMemoryKv(url: string, deps: Deps): Promise<Kv> {
  const maxKeys = parseMaxKeys(splitUrl(url).rest)
  const entries = new Map<string, Entry>()
  let sweep = entries.entries()
  let closed = false

  const live = (key: string): Entry | undefined => {
    if (closed) throw new BackendError('closed')
    const entry = entries.get(key)
    if (!entry || entry.expiresAt > deps.now()) return entry
    entries.delete(key)
    return undefined
  }

  // Every write looks at two keys and adds at most one: expired keys go sooner than new ones come, and no write is long.
  const sweepTwo = (): void => {
    for (let looks = 0; looks < 2; looks++) {
      const next = sweep.next()
      if (next.done) {
        sweep = entries.entries()
        return
      }
      const [key, entry] = next.value
      if (entry.expiresAt <= deps.now()) entries.delete(key)
    }
  }

  const write = (key: string, value: string, expiresAt: number): void => {
    sweepTwo()
    entries.delete(key) // so that it moves to the end: the map's order is the order of writing
    for (const oldest of entries.keys()) {
      if (entries.size < maxKeys) break
      entries.delete(oldest)
    }
    entries.set(key, { value, expiresAt })
  }

  return {
    async get(key) {
      return live(key)?.value
    },
    async set(key, value, ttlMs) {
      live(key)
      write(key, value, deps.now() + ttlMs)
    },
    async increment(key, by, ttlMs) {
      const entry = live(key)
      const value = Number(entry?.value ?? 0) + by
      if (!Number.isSafeInteger(value)) throw new BackendError('backend_failed', `The value of ${key} is no counter.`)
      const expiresAt = entry?.expiresAt ?? deps.now() + ttlMs
      if (entry) entry.value = String(value)
      else write(key, String(value), expiresAt)
      return { value, ttlMs: expiresAt - deps.now() }
    },
    async compareAndSet(key, expected, next, ttlMs) {
      if (live(key)?.value !== expected) return false
      write(key, next, deps.now() + ttlMs)
      return true
    },
    async delete(key) {
      live(key)
      entries.delete(key)
    },
    async close() {
      closed = true
      entries.clear()
    },
  }
}

function parseMaxKeys(rest: string): number {
  if (rest === '') return defaultMaxKeys
  const maxKeys = Number(/^\?maxKeys=([0-9]+)$/.exec(rest)?.[1])
  if (!(maxKeys >= 1)) throw new BackendError('invalid_url', 'Write memory: or memory:?maxKeys=5000.')
  return maxKeys
}
