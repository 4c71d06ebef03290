import type { ConsentedAnalytics } from '../consent.ts'
import { type EarlyCall, replay } from '../lib/replay.ts'
import { safely } from '../lib/safely.ts'
import type { Analytics, AnalyticsOptions } from '../types.ts'

/** What a page finds: a client, or the snippet's stub with the calls that wait for it. */
export type PageAnalytics = Analytics & Partial<ConsentedAnalytics> & { q?: EarlyCall[] }

declare global {
  interface Window {
    /** Set by the script tag, or by the snippet before it. */
    trailstitch?: PageAnalytics
  }
}

/**
 * Makes `window.trailstitch` as the script's tag says. A stub of the snippet becomes the client itself, so that those who
 * hold it have the client, too.
 */
export const startFromTag = safely(
  (create: (options: AnalyticsOptions, attributes: DOMStringMap) => Analytics): void => {
    const tag = document.currentScript ?? document.querySelector('script[data-write-key]')
    const { trailstitch: stub } = window
    if (!(tag instanceof HTMLScriptElement) || (stub && !stub.q)) return
    const { writeKey, endpoint = new URL(tag.src).origin } = tag.dataset
    if (!writeKey) {
      console.warn('trailstitch: the script tag needs data-write-key')
      return
    }
    const client = create({ writeKey, endpoint }, tag.dataset)
    const { q: early = [] } = stub ?? {}
    window.trailstitch = Object.assign(stub ?? {}, client)
    delete window.trailstitch.q
    for (const call of early) replay(client, call)
  },
)
