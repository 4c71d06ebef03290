import type { BrowserWindow } from './deps.ts'
import type { Store } from './storage.ts'

/** Says which tab's stored events are whose. */
export interface Tabs {
  /** Calls `onOwned` once no page owns that tab's name, which may be at once. From then on it is ours. */
  own(tab: string, onOwned?: () => void): void
  /** Gives up everything, as on leaving the page. */
  release(): void
}

/** Browsers let the timers of a hidden page run once a minute; a lease outlives that. */
const leaseMs = 150_000
const beatMs = 15_000
/** Nobody asks for a tab's name before its own page has had this time to. */
const startMs = 1_000

/**
 * Web Locks tell at once and for certain that a page is gone. They exist on secure pages of current browsers; elsewhere
 * a lease in storage does, slower: `<prefix><tab>` is the time until which the name is taken. Should two pages take the
 * same lease after all, the server counts each event once.
 */
export function createTabs(window: BrowserWindow, store: Store, prefix: string): Tabs {
  const { locks } = window.navigator
  let ending = new window.AbortController()
  return {
    own(tab, onOwned) {
      const { signal } = ending
      if (locks) {
        const granted = (): Promise<void> | undefined => {
          if (signal.aborted) return undefined
          onOwned?.()
          return new Promise((resolve) => signal.addEventListener('abort', () => resolve()))
        }
        // Rejects when we stop waiting for it, or where the page may not have locks at all.
        const request = (): void => void locks.request(prefix + tab, { signal }, granted).catch(() => {})
        // The first lock of a page that has just begun may take its time, and its first event is heard of before.
        if (onOwned) window.setTimeout(request, startMs)
        else request()
        return
      }
      let isOurs = !onOwned
      const beat = (): void => {
        if (signal.aborted) return
        const isFree = !(Number(store.get(prefix + tab)) > window.Date.now())
        if (isOurs || isFree) store.set(prefix + tab, `${window.Date.now() + leaseMs}`)
        if (!isOurs && isFree) onOwned?.()
        isOurs ||= isFree
        window.setTimeout(beat, beatMs)
      }
      signal.addEventListener('abort', () => isOurs && store.remove(prefix + tab))
      // Pages that see the same lease run out look at it again at different times.
      if (isOurs) beat()
      else window.setTimeout(beat, window.Math.random() * 1_000)
    },
    release() {
      ending.abort()
      ending = new window.AbortController()
    },
  }
}
