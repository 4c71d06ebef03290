import { createAnalytics } from './analytics.ts'
import { readPage } from './browser/context.ts'
import { type BrowserWindow, findBrowser } from './browser/deps.ts'
import { createStore, openFallback, prefixOf, type Store } from './browser/storage.ts'
import { type EarlyCall, replay } from './lib/replay.ts'
import { safely } from './lib/safely.ts'
import type { Analytics, AnalyticsOptions, AnyEvents, CallName, EventMap } from './types.ts'

export interface ConsentOptions {
  /** Whether consent is taken as given until the person decides. Default false. */
  assumed?: boolean
  /** A browser that sends Global Privacy Control says no until the person decides otherwise. Default true. */
  gpc?: boolean
  /** The same for Do Not Track. Default false. */
  dnt?: boolean
}

export interface ConsentedAnalytics<Events extends EventMap<Events> = AnyEvents> extends Analytics<Events> {
  /** The person agrees: the calls that waited are made, as of their time. Remembered. */
  optIn(): void
  /** The person does not: what was stored is removed, what waits is dropped, nothing more happens. Remembered. */
  optOut(): void
  /** Undefined until the person has decided. */
  consent(): boolean | undefined
}

const maxEarlyCalls = 1_000

/**
 * A client that stores and sends nothing, and starts no plugin, before there is consent. Calls wait in memory until then,
 * at most 1,000. The decision holds for later pages and at once in other tabs.
 */
export function createConsented<Events extends EventMap<Events> = AnyEvents>(
  { assumed, gpc = true, dnt, ...options }: AnalyticsOptions & ConsentOptions,
  window: BrowserWindow | undefined = findBrowser(),
): ConsentedAnalytics<Events> {
  const prefix = prefixOf(options)
  const key = `${prefix}consent`
  const store = window && createStore(window)
  const listeners: Parameters<Analytics['on']>[] = []
  let early: EarlyCall[] = []
  let client: Analytics | undefined
  let isClosed = !window

  const consent = (): boolean | undefined => {
    const { globalPrivacyControl, doNotTrack } = (window?.navigator ?? {}) as Signals
    const decision = store?.get(key)
    if (decision) return decision === 'yes'
    if ((gpc && globalPrivacyControl) || (dnt && doNotTrack === '1')) return false
    return assumed || undefined
  }
  const end = (): void => {
    early = []
    client?.close()
    client = undefined
  }
  const apply = safely((): void => {
    const decision = consent()
    if (!window || !store || isClosed || decision === undefined) return
    if (!decision) {
      end()
      clear(window, store, prefix, key)
      openFallback(options, window)?.clear()
    } else if (!client) {
      client = createAnalytics(options, window)
      for (const listener of listeners) client.on(...listener)
      for (const call of early.splice(0)) replay(client, call)
    }
  })
  const decide = (decision: string) => (): void => {
    store?.set(key, decision)
    apply()
  }
  const analytics = {
    optIn: decide('yes'),
    optOut: decide('no'),
    consent,
    flush: async () => client?.flush(),
    anonymousId: () => client?.anonymousId() ?? '',
    on(...listener) {
      listeners.push(listener)
      client?.on(...listener)
    },
    ready: (callback) => void (window && Promise.resolve().then(safely(callback))),
    close() {
      end()
      isClosed = true
    },
  } as ConsentedAnalytics
  for (const name of ['track', 'page', 'screen', 'identify', 'group', 'alias', 'reset', 'setAnonymousId'] as const)
    analytics[name as CallName] = safely((...given: unknown[]) => {
      if (client) (client[name] as (...given: unknown[]) => void)(...given)
      else if (window && !isClosed && consent() === undefined && early.length < maxEarlyCalls)
        early.push([name, safely(() => structuredClone(given))() ?? given, window.Date.now(), readPage(window)])
    })
  apply()
  safely(() => window?.addEventListener('storage', (event) => event.key === key && apply()))()
  return analytics as unknown as ConsentedAnalytics<Events>
}

interface Signals {
  globalPrivacyControl?: boolean
  doNotTrack?: string
}

/** Removes all that clients of this write key stored, but the decision. */
function clear({ document, location }: BrowserWindow, store: Store, prefix: string, decisionKey: string): void {
  for (const key of store.keys()) if (key.startsWith(prefix) && key !== decisionKey) store.remove(key)
  const labels = location.hostname.split('.')
  const domains = ['', ...labels.map((_, from) => `; Domain=${labels.slice(from).join('.')}`)]
  for (const [name] of document.cookie.matchAll(/trailstitch_\w+/g))
    for (const domain of domains) document.cookie = `${name}=; Path=/; Max-Age=0${domain}`
}
