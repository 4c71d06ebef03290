import { randomId } from '../lib/random-id.ts'
import { safely } from '../lib/safely.ts'
import type { BrowserDeps } from './deps.ts'
import type { SafeStorage } from './storage.ts'

/** Says which tab's stored events are whose. */
export interface Tabs {
  /** Makes a new name ours, for as long as the page lives. */
  hold(tab: string): void
  /** Calls `onOwned` once the page of that tab is gone; nobody else inherits it during that call. */
  inherit(tab: string, onOwned: () => void): void
  /** False when another page took over a tab of ours, having thought us gone. */
  renew(): boolean
  /** Gives up everything, as on leaving the page. */
  release(): void
}

interface TabsDeps extends BrowserDeps {
  storage: SafeStorage
  prefix: string
}

/**
 * Web Locks tell at once and for certain that a page is gone. They exist on secure pages of current browsers; elsewhere
 * a lease in storage does, slower.
 */
export const createTabs = (deps: TabsDeps): Tabs =>
  deps.window.navigator.locks ? createLockTabs(deps.window.navigator.locks, deps.prefix) : createLeaseTabs(deps)

function createLockTabs(locks: LockManager, prefix: string): Tabs {
  let releases: (() => void)[] = []
  let waiting = new AbortController()
  const request = (tab: string, held: () => Promise<void> | void): void => {
    const { signal } = waiting
    const granted = (): Promise<void> | void => (signal.aborted ? undefined : held())
    // Rejects when we stop waiting for it, or where the page may not have locks at all.
    locks.request(`${prefix}${tab}`, { signal }, granted).catch(() => {})
  }
  return {
    hold: (tab) => request(tab, () => new Promise((resolve) => releases.push(resolve))),
    inherit: request,
    renew: () => true,
    release() {
      waiting.abort()
      waiting = new AbortController()
      for (const release of releases) release()
      releases = []
    },
  }
}

/** Browsers let the timers of a hidden page run once a minute; a lease outlives that. */
const leaseMs = 150_000
const beatMs = 15_000

/**
 * A lease is `<prefix>l:<tab>` = `<owner> <end>`. Two pages that see the same lease run out both write theirs, wait a
 * little, and the one whose text is still there is the owner. Should both go ahead after all, the server counts each
 * event once.
 */
function createLeaseTabs({ storage, prefix, window, now, random, setTimer, clearTimer }: TabsDeps): Tabs {
  const me = randomId(window.crypto)
  const held = new Set<string>()
  const wanted = new Map<string, () => void>()
  let timer: unknown
  const keyOf = (tab: string): string => `${prefix}l:${tab}`
  const isMine = (tab: string): boolean => storage.get(keyOf(tab))?.startsWith(me) ?? true
  const write = (tab: string): void => void storage.set(keyOf(tab), `${me} ${now() + leaseMs}`)
  const isFree = (tab: string): boolean => !(Number(storage.get(keyOf(tab))?.split(' ')[1]) > now())
  const tryTake = (tab: string, onOwned: () => void): void => {
    if (!isFree(tab)) return
    storage.remove(keyOf(tab)) // or there may be no room for ours
    write(tab)
    const confirm = safely(() => {
      if (!isMine(tab) || !wanted.delete(tab)) return
      onOwned()
      storage.remove(keyOf(tab))
    })
    setTimer(confirm, 50 + random() * 200)
  }
  const renew = (): boolean => {
    const lost = [...held].filter((tab) => !isMine(tab))
    for (const tab of lost) held.delete(tab)
    for (const tab of held) write(tab)
    return lost.length === 0
  }
  const beat = safely((): void => {
    renew()
    for (const [tab, onOwned] of wanted) tryTake(tab, onOwned)
    timer = setTimer(beat, beatMs)
  })
  return {
    hold(tab) {
      held.add(tab)
      write(tab)
      timer ??= setTimer(beat, beatMs)
    },
    inherit(tab, onOwned) {
      wanted.set(tab, onOwned)
      tryTake(tab, onOwned)
    },
    renew,
    release() {
      clearTimer(timer)
      timer = undefined
      for (const tab of held) if (isMine(tab)) storage.remove(keyOf(tab))
      held.clear()
      wanted.clear()
    },
  }
}
