import type { Condition, Field } from '@trailstitch/protocol'
import { formatCountry } from '../texts/format.ts'
import { t } from '../texts/t.ts'

const maxFieldLength = 300

/** Fields of an event that a filter may look at, by name; `properties.` and `traits.` come beside them. */
export const fieldNames = {
  event: 'Event',
  type: 'Type',
  path: 'Page',
  host: 'Host',
  title: 'Page title',
  entry: 'Entry page',
  exit: 'Exit page',
  channel: 'Channel',
  source: 'Campaign source',
  medium: 'Campaign medium',
  campaign: 'Campaign',
  term: 'Campaign term',
  content: 'Campaign content',
  referrer: 'Source',
  country: 'Country',
  device: 'Device',
  browser: 'Browser',
  os: 'System',
  name: 'Name',
  userId: 'User id',
  anonymousId: 'Visitor id',
  groupId: 'Group id',
} as const satisfies Record<Exclude<Field, `${string}.${string}`>, string>

/** Whether a text is a field that may be asked about. */
export const isField = (text: unknown): text is Field =>
  typeof text === 'string' &&
  text.length <= maxFieldLength &&
  (Object.hasOwn(fieldNames, text) || /^(properties|traits)\../.test(text))

/** An event's name as people call it; undefined is any event. */
export function describeEvent(name: string | undefined): string {
  if (name === undefined) return t('event.any')
  return name === 'page' || name === 'screen' || name === 'identify' ? t(`event.${name}`) : name
}

/** A field as people call it. */
export function describeField(field: Field): string {
  if (field in fieldNames) return fieldNames[field as keyof typeof fieldNames]
  return field.replace(/^(properties|traits)\./, '')
}

/** A value of a field as people read it, such as a country's name. */
export function describeValue(field: Field, value: string): string {
  if (value === '') return t('table.none')
  return field === 'country' ? formatCountry(value) : value
}

/** `Country is Germany or Austria`. */
export function describeCondition({ field, operator, values = [] }: Condition): string {
  const list = values.map((value) => describeValue(field, String(value))).join(' or ')
  return [describeField(field), t(`operator.${operator}`), list].filter(Boolean).join(' ')
}
