import type { JsonObject, Touch } from '@trailstitch/protocol'
import { createCache } from './cache.ts'
import { channelOf } from './channels.ts'
import { type ClickId, clickIds } from './click-ids.ts'
import { asObject, asText } from './fields.ts'
import type { PageFacts } from './page.ts'
import { type KnownSource, knownHost, knownSource } from './sources.ts'
import { decodeValue, eachParameter, referrerHost, withoutWww } from './url.ts'

type CampaignField = 'source' | 'medium' | 'campaign' | 'term' | 'content'
type Campaign = Partial<Record<CampaignField, string>>

const utmFields: ReadonlyMap<string, CampaignField> = new Map([
  ['utm_source', 'source'],
  ['utm_medium', 'medium'],
  ['utm_campaign', 'campaign'],
  ['utm_term', 'term'],
  ['utm_content', 'content'],
])
const contextFields: readonly (readonly [string, CampaignField])[] = [
  ['source', 'source'],
  ['medium', 'medium'],
  ['name', 'campaign'],
  ['term', 'term'],
  ['content', 'content'],
]
const maxValueLength = 512

export type TouchReader = (page: PageFacts | undefined, context: JsonObject | undefined) => Touch | undefined

/**
 * Reads where an event's visit came from, by docs/definitions.md. Undefined when the event says nothing of it: it has
 * no page, or came from a page of the same host. A page with neither referrer nor campaign is Direct.
 */
export function createTouchReader(cacheSize: number): TouchReader {
  const hosts = createCache(cacheSize, (host) => ({ known: knownHost(host) }))
  return (page, context) => {
    const { campaign, click } = readCampaign(page?.query ?? '', asObject(context?.campaign))
    const isPage = page !== undefined && (page.path ?? page.host ?? page.referrer) !== undefined
    if (!campaign && !click && !isPage) return undefined
    const referrer = page?.referrer === undefined ? undefined : referrerHost(page.referrer)
    const internal = referrer !== undefined && page?.host !== undefined && sameHost(referrer, page.host)
    if (internal && !campaign && !click) return undefined
    const external = internal ? undefined : referrer
    return buildTouch(campaign, click, external, external === undefined ? undefined : hosts(external).known)
  }
}

const sameHost = (a: string, b: string): boolean => a === b || withoutWww(a) === withoutWww(b)

/** Source and medium of the touch: the campaign says it, else a paid click id, else the referrer, else a click id. */
function buildTouch(
  campaign: Campaign | undefined,
  click: ClickId | undefined,
  referrer: string | undefined,
  known: KnownSource | undefined,
): Touch {
  const told = campaign?.source ?? (click?.medium ? click.source : undefined)
  const referred = told === undefined && referrer !== undefined
  const source = told ?? (referred ? (known?.name ?? withoutWww(referrer)) : click?.source)
  const medium = campaign?.medium ?? click?.medium ?? (referred ? mediumOf(known) : undefined)
  const plain = source?.toLowerCase()
  const direct = source === undefined && !campaign && !click
  const touch: Touch = {
    channel: channelOf({
      source: plain ?? (direct ? '(direct)' : '(not set)'),
      medium: medium?.toLowerCase() ?? (direct ? '(none)' : '(not set)'),
      campaign: campaign?.campaign?.toLowerCase() ?? '',
      kind: referred ? known?.kind : plain === undefined ? undefined : knownSource(plain)?.kind,
      searchAd: click?.searchAd === true,
    }),
  }
  if (source !== undefined) touch.source = source
  if (medium !== undefined) touch.medium = medium
  if (campaign?.campaign !== undefined) touch.campaign = campaign.campaign
  if (campaign?.term !== undefined) touch.term = campaign.term
  if (campaign?.content !== undefined) touch.content = campaign.content
  if (referrer !== undefined) touch.referrer = referrer
  if (click) touch.clickId = click.name
  return touch
}

const mediumOf = (known: KnownSource | undefined): string => (known?.kind === 'search' ? 'organic' : 'referral')

/** The campaign of the context, which the client took from its landing page, and what it lacks from the page's query. */
function readCampaign(
  query: string,
  given: JsonObject | undefined,
): { campaign: Campaign | undefined; click: ClickId | undefined } {
  let campaign: Campaign | undefined
  let click: ClickId | undefined
  const set = (field: CampaignField, value: string): void => {
    if (value === '' || campaign?.[field] !== undefined) return
    campaign ??= {}
    campaign[field] = value.length > maxValueLength ? value.slice(0, maxValueLength) : value
  }
  if (given) for (const [from, to] of contextFields) set(to, asText(given[from])?.trim() ?? '')
  if (query !== '') {
    eachParameter(query, (name, value) => {
      const key = name.toLowerCase()
      const field = utmFields.get(key)
      if (field) return set(field, decodeValue(value))
      const found = clickIds.get(key)
      if (found && (!click || found.rank < click.rank)) click = found
    })
  }
  return { campaign, click }
}
