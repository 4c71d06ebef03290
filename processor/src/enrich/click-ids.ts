import type { Json, JsonObject, StoredEvent } from '@trailstitch/protocol'
import list from './data/click-ids.json' with { type: 'json' }
import { asObject } from './fields.ts'

/** A parameter that an ad network, or a mailer, adds to the links it sends people to. */
export interface ClickId {
  /** In lower case; links may write it in any. */
  name: string
  source: string
  /** Absent where the parameter is also put on links that nobody paid for. */
  medium?: string
  /** Only search ads carry it. */
  searchAd?: boolean
  /** The order of the list: the lower rank counts when a URL has several. */
  rank: number
}

export const clickIds: ReadonlyMap<string, ClickId> = new Map(
  list.map((entry, rank) => [entry.name, { ...entry, rank }]),
)

const names = [...clickIds.keys()].join('|')
const clickIdValues = new RegExp(
  [
    `((?:^|[?&#])(?:${names})=)[^&#]+`,
    // percent-encoded, in a URL that is itself a parameter of another one
    `((?:%3f|%26|%23)(?:${names})(?:=|%3d))(?:(?!%26|%23)[^&#])+`,
  ].join('|'),
  'gi',
)

/** The URL, or query, with the values of click ids taken out: they tell one person from all others. Names stay. */
export function withoutClickIds(text: string): string {
  if (text.indexOf('=') < 0 && text.indexOf('%') < 0) return text
  return text.replace(clickIdValues, '$1$2')
}

const pageFields = ['url', 'search', 'referrer'] as const
const referrerFields = ['url', 'link'] as const

/** Takes click id values out of what is stored of an event's URLs. `event` is this step's own; its bags are copied. */
export function removeClickIds(event: StoredEvent): void {
  const { properties, context } = event
  if (properties) event.properties = cleanFields(properties, pageFields)
  if (!context) return
  event.context = cleanInside(cleanInside(context, 'page', pageFields), 'referrer', referrerFields)
}

function cleanInside(context: JsonObject, key: 'page' | 'referrer', fields: readonly string[]): JsonObject {
  const inner = asObject(context[key])
  if (!inner) return context
  const cleaned = cleanFields(inner, fields)
  return cleaned === inner ? context : { ...context, [key]: cleaned }
}

/** The same object when there is nothing to clean. */
function cleanFields(object: JsonObject, fields: readonly string[]): JsonObject {
  let copy: Record<string, Json> | undefined
  for (const field of fields) {
    const value = object[field]
    if (typeof value !== 'string' || value === '') continue
    const cleaned = withoutClickIds(value)
    if (cleaned !== value) copy = Object.assign(copy ?? { ...object }, { [field]: cleaned })
  }
  return copy ?? object
}
