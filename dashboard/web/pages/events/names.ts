import type { PropertiesAnswer, TrendAnswer } from '@trailstitch/protocol'

export interface EventRow {
  event: string
  events: number
  /** The name is too rare to be counted by itself: there are at least so many. */
  isAtLeast: boolean
  /** Null where it is not counted. */
  people: number | null
  /** ms since 1970; null where none is among the newest that were looked at. */
  lastSeen: number | null
}

/**
 * All names, most frequent first: counts of a trend (events, then people) that is broken down by event, and what a look at
 * the newest events tells of those that the trend puts together.
 */
export function toEventRows(
  { events }: Pick<PropertiesAnswer, 'events'>,
  { rows }: Pick<TrendAnswer, 'rows'>,
): EventRow[] {
  const totals = (series: number) =>
    new Map(rows.flatMap((row) => (row.series === series && row.value ? [[row.value, row.total ?? 0] as const] : [])))
  const [counts, people] = [totals(0), totals(1)]
  const newest = new Map(events.map((each) => [each.event, each]))
  return [...new Set([...counts.keys(), ...newest.keys()])]
    .map((event) => ({
      event,
      events: counts.get(event) ?? newest.get(event)?.events ?? 0,
      isAtLeast: !counts.has(event),
      people: people.get(event) ?? null,
      lastSeen: newest.get(event)?.lastSeen ?? null,
    }))
    .sort((a, b) => b.events - a.events || (a.event < b.event ? -1 : 1))
}

type Known = PropertiesAnswer['fields'][number]

const rank = ({ field }: Known): number => (field.startsWith('properties.') ? 0 : field.startsWith('traits.') ? 1 : 2)

/** What was sent with the event first, then what is known of the person, then what every event may have. */
export const sortFields = (fields: readonly Known[]): Known[] =>
  fields.toSorted((a, b) => rank(a) - rank(b) || b.events - a.events)
