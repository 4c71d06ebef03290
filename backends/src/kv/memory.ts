import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { splitUrl } from '../open.ts'
import { createListeners } from './listeners.ts'
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
  const entries = createEntries(parseMaxKeys(splitUrl(url).rest), deps)
  const listeners = createListeners(deps.log)
  let closed = false
  const refuseClosed = (): void => {
    if (closed) throw new BackendError('closed')
  }

  return {
    async get(key) {
      refuseClosed()
      return entries.find(key)?.value
    },
    async set(key, value, ttlMs) {
      refuseClosed()
      entries.write(key, value, deps.now() + ttlMs)
    },
    async increment(key, by, ttlMs) {
      refuseClosed()
      const entry = entries.find(key)
      const value = Number(entry?.value ?? 0) + by
      if (!Number.isSafeInteger(value)) throw new BackendError('backend_failed', `The value of ${key} is no counter.`)
      const expiresAt = entry?.expiresAt ?? deps.now() + ttlMs
      if (entry) entry.value = String(value)
      else entries.write(key, String(value), expiresAt)
      return { value, ttlMs: expiresAt - deps.now() }
    },
    async compareAndSet(key, expected, next, ttlMs) {
      refuseClosed()
      if (entries.find(key)?.value !== expected) return false
      entries.write(key, next, deps.now() + ttlMs)
      return true
    },
    async delete(key) {
      refuseClosed()
      entries.delete(key)
    },
    async publish(channel, text) {
      refuseClosed()
      // Later, so that a subscriber never runs inside the publisher's call.
      queueMicrotask(() => listeners.deliver(channel, text))
    },
    async subscribe(channel, onText) {
      refuseClosed()
      return listeners.add(channel, onText)
    },
    async close() {
      closed = true
      entries.clear()
      listeners.clear()
    },
  }
}

interface Entries {
  /** The entry, unless its time is over. */
  find(key: string): Entry | undefined
  write(key: string, value: string, expiresAt: number): void
  delete(key: string): void
  clear(): void
}

function createEntries(maxKeys: number, { now }: Deps): Entries {
  const entries = new Map<string, Entry>()
  let sweep = entries.entries()

  // Every write looks at two keys and adds at most one: expired keys go sooner than new ones come, and no write is long.
  const sweepTwo = (): void => {
    for (let looks = 0; looks < 2; looks++) {
      const next = sweep.next()
      if (next.done) {
        sweep = entries.entries()
        return
      }
      const [key, entry] = next.value
      if (entry.expiresAt <= now()) entries.delete(key)
    }
  }

  return {
    find(key) {
      const entry = entries.get(key)
      if (!entry || entry.expiresAt > now()) return entry
      entries.delete(key)
      return undefined
    },
    write(key, value, expiresAt) {
      sweepTwo()
      entries.delete(key) // so that it moves to the end: the map's order is the order of writing
      for (const oldest of entries.keys()) {
        if (entries.size < maxKeys) break
        entries.delete(oldest)
      }
      entries.set(key, { value, expiresAt })
    },
    delete: (key) => entries.delete(key),
    clear: () => entries.clear(),
  }
}

function parseMaxKeys(rest: string): number {
  if (rest === '') return defaultMaxKeys
  const maxKeys = Number(/^\?maxKeys=([0-9]+)$/.exec(rest)?.[1])
  if (!(maxKeys >= 1)) throw new BackendError('invalid_url', 'Write memory: or memory:?maxKeys=5000.')
  return maxKeys
}
