import type { BrowserWindow } from './deps.ts'

/** Local storage that never throws: it may be blocked, full, or taken away at any time. */
export interface SafeStorage {
  get(key: string): string | null
  /** False when it could not be kept. */
  set(key: string, value: string): boolean
  remove(key: string): void
  /** All keys, those of others included, sorted. */
  keys(): string[]
}

export function createSafeStorage(window: BrowserWindow): SafeStorage {
  const attempt = <Result>(use: (storage: Storage) => Result): Result | undefined => {
    try {
      return use(window.localStorage) // reading the property throws where storage is blocked
    } catch {
      return undefined
    }
  }
  return {
    get: (key) => attempt((storage) => storage.getItem(key)) ?? null,
    set: (key, value) =>
      !!attempt((storage) => {
        storage.setItem(key, value)
        return true
      }),
    remove: (key) => void attempt((storage) => storage.removeItem(key)),
    keys: () =>
      attempt((storage) => Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '').sort()) ?? [],
  }
}
