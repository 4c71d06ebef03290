import { safely } from '../lib/safely.ts'
import type { AnalyticsOptions, Fallback, PluginContext } from '../types.ts'
import type { BrowserWindow } from './deps.ts'

/**
 * Local storage that never throws: it may be blocked, full, or taken away at any time. What it cannot keep stays in
 * memory, for this page alone.
 */
export interface Store extends Partial<Pick<Fallback, 'read'>> {
  get(key: string): string | undefined
  /** False when it is in memory only. */
  set(key: string, value: string): boolean
  remove(key: string): void
  /** All keys, those of others included, sorted. */
  keys(): string[]
  /** Forgets what is in memory if the fallback has it for whoever comes. True if so. */
  yield(key: string): boolean
}

export function createStore(window: BrowserWindow, fallback?: Fallback): Store {
  const memory = new Map<string, string>()
  // Reading the property throws where storage is blocked.
  const attempt = <Result>(use: (storage: Storage) => Result): Result | undefined =>
    safely(() => use(window.localStorage))()
  return {
    ...(fallback && { read: fallback.read }),
    yield: (key) => !!fallback?.has(key) && memory.delete(key),
    get: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key)) ?? undefined,
    set(key, value) {
      memory.set(key, value)
      const isStored = !!attempt((storage) => {
        storage.setItem(key, value)
        return memory.delete(key)
      })
      fallback?.[isStored ? 'remove' : 'keep'](key, value)
      return isStored
    },
    remove(key) {
      memory.delete(key)
      fallback?.remove(key)
      attempt((storage) => storage.removeItem(key))
    },
    keys: () => [...memory.keys(), ...(attempt(Object.keys) ?? [])].sort(),
  }
}

/** The fallback of a client's options, where it works. */
export const openFallback = (options: AnalyticsOptions, window: BrowserWindow): Fallback | undefined =>
  safely(() => options.fallback?.(window as PluginContext['window'], prefixOf(options)))()

/** What the keys of a client begin with. */
export const prefixOf = ({ writeKey }: AnalyticsOptions): string => `trailstitch:${writeKey}:`
