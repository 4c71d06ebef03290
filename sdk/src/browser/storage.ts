import { safely } from '../lib/safely.ts'
import type { BrowserWindow } from './deps.ts'

/**
 * Local storage that never throws: it may be blocked, full, or taken away at any time. What it cannot keep stays in
 * memory, for this page alone.
 */
export interface Store {
  get(key: string): string | undefined
  /** False when it is in memory only. */
  set(key: string, value: string): boolean
  remove(key: string): void
  /** All keys, those of others included, sorted. */
  keys(): string[]
}

export function createStore(window: BrowserWindow): Store {
  const memory = new Map<string, string>()
  // Reading the property throws where storage is blocked.
  const attempt = <Result>(use: (storage: Storage) => Result): Result | undefined =>
    safely(() => use(window.localStorage))()
  return {
    get: (key) => memory.get(key) ?? attempt((storage) => storage.getItem(key)) ?? undefined,
    set(key, value) {
      memory.set(key, value)
      return !!attempt((storage) => {
        storage.setItem(key, value)
        return memory.delete(key)
      })
    },
    remove(key) {
      memory.delete(key)
      attempt((storage) => storage.removeItem(key))
    },
    keys: () => [...memory.keys(), ...(attempt(Object.keys) ?? [])].sort(),
  }
}
