import { safely } from '../lib/safely.ts'
import type { Fallback, StorageFallback } from '../types.ts'

/** Characters of all that waits there, of all tabs. More than that stays in memory. */
const maxCharacters = 5_000_000
const table = 'events'

/**
 * For the option `fallback`: where local storage is full or blocked, events are written to IndexedDB right away, and a
 * later page delivers what its page could not. Needs Web Locks, which say that a page is gone, so it does nothing on pages
 * without TLS. At most 5,000,000 characters.
 */
export const indexedDbFallback = (): StorageFallback => {
  let fallback: Fallback | undefined
  return (window, prefix) => {
    fallback ??= window.indexedDB && window.navigator.locks ? openFallback(window, prefix) : undefined
    return fallback
  }
}

function openFallback({ indexedDB, IDBKeyRange }: Window & typeof globalThis, prefix: string): Fallback {
  /** Of what is there or on its way there. An event is only ever added to, so its length tells a key's values apart. */
  const lengths = new Map<string, number>()
  const written = new Set<string>()
  let opened: Promise<IDBDatabase> | undefined
  const open = (): Promise<IDBDatabase> =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(prefix, 1)
      request.onupgradeneeded = () => request.result.createObjectStore(table)
      request.onsuccess = () => {
        const { result } = request
        result.onclose = result.onversionchange = () => {
          result.close()
          opened = undefined
        }
        resolve(result)
      }
      request.onerror = request.onblocked = reject
    })
  /** Transactions on one table run in the order they are made in. Answers undefined where it failed. */
  const use = <Result>(
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result | undefined> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
      .then(
        (database) =>
          new Promise<Result>((resolve, reject) => {
            const transaction = database.transaction(table, mode)
            const request = work(transaction.objectStore(table))
            transaction.oncomplete = () => resolve(request.result)
            transaction.onabort = reject
          }),
      )
      .catch(() => undefined)
  }
  return {
    keep(key, value) {
      const used = [...lengths].reduce((sum, [other, length]) => (other === key ? sum : sum + length), 0)
      if (!key.startsWith(`${prefix}q:`) || used + value.length > maxCharacters) return
      lengths.set(key, value.length)
      written.delete(key)
      void use('readwrite', (store) => store.put([key, value], key)).then((done) => {
        if (done && lengths.get(key) === value.length) written.add(key)
      })
    },
    remove(key) {
      written.delete(key)
      if (lengths.delete(key)) void use('readwrite', (store) => store.delete(key))
    },
    has: (key) => written.has(key),
    async read(start) {
      const range = safely(() => IDBKeyRange.bound(start, `${start}\uffff`))()
      const found = (await use('readonly', (store) => store.getAll(range) as IDBRequest<[string, string][]>)) ?? []
      for (const [key, value] of found) if (!lengths.has(key)) lengths.set(key, value.length)
      return found
    },
    clear() {
      lengths.clear()
      written.clear()
      // What is under way is done first; then this page and others hear of it and close.
      safely(() => indexedDB.deleteDatabase(prefix))()
    },
  }
}
