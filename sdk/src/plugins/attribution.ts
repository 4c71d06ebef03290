import { isWithin } from '../lib/domains.ts'
import { safely } from '../lib/safely.ts'
import type { Plugin, PluginContext } from '../types.ts'

export interface AttributionOptions {
  /** Your other domains: coming from them or below them is no touch. Default: none but the page's own host. */
  inside?: string[]
}

/** Where a visit came from. */
export interface Touch {
  /** ISO time. */
  at: string
  /** Host and path it led to. */
  landing: string
  /** Without its query; '' when there is none. */
  referrer: string
  /** `utm_campaign` is its `name`, the others go by what follows `utm_`. */
  campaign?: Record<string, string>
  /** Name of the first click id in the address, such as `gclid`. Its value tells a person from all others: it stays. */
  clickId?: string
}

interface Touches {
  visitor: string
  first: Touch
  last: Touch
  /** The session that the last touch began. */
  session?: unknown
}

const clickIds = /^(?:\w*clid|[gw]braid|epik|igshid|li_fat_id|mc_eid|rdt_cid|sccid|irclickid)$/i

/** The touch of the page at hand, and whether something brought the visitor here. */
function readTouch(window: PluginContext['window'], inside: string[]): [Touch, boolean] {
  const { hostname, pathname, search } = window.location
  const [referrer = ''] = window.document.referrer.split(/[?#]/)
  const touch: Touch = { at: new window.Date().toISOString(), landing: hostname + pathname, referrer }
  for (const [name, value] of new URLSearchParams(search)) {
    const field = /^utm_(\w+)/.exec(name)?.[1]
    if (field && value) touch.campaign = { ...touch.campaign, [field === 'campaign' ? 'name' : field]: value }
    if (clickIds.test(name)) touch.clickId ??= name
  }
  const isOutside = referrer && !isWithin(referrer.split(/[/:]+/)[1] ?? '', [hostname, ...inside])
  return [touch, !!(touch.campaign || touch.clickId || isOutside)]
}

/**
 * Remembers a visitor's first touch for ever and the last one until there is another: an address with `utm_*` or a click
 * id, or a referrer of another site. A direct visit is only ever the first. Every event has both as
 * `context.attribution`; those of the visit that a campaign brought have it as `context.campaign`, on later pages, too.
 */
export const attribution =
  ({ inside = [] }: AttributionOptions = {}): Plugin =>
  ({ analytics, window, writeKey }) => {
    const key = `trailstitch:${writeKey}:touches`
    const [touch, hasCause] = readTouch(window, inside)
    let known = safely(() => JSON.parse(window.localStorage.getItem(key) ?? '') as Touches)()
    let isNew = hasCause
    return (event) => {
      const visitor = analytics.anonymousId()
      const { sessionId: session } = event.context
      // Whoever starts anew, as after a reset, has no past.
      const isKnown = known?.visitor === visitor
      if (!known || !isKnown || isNew) {
        known = { visitor, first: known && isKnown ? known.first : touch, last: touch, session }
        isNew = false
        safely(() => window.localStorage.setItem(key, JSON.stringify(known)))()
      }
      const { first, last } = known
      const campaign = known.session === session && last.campaign
      event.context = { ...(campaign && { campaign }), ...event.context, attribution: { first, last } }
    }
  }
