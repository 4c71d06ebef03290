import type { Field, JsonObject, PropertiesAnswer, PropertiesQuery, StoredEvent } from '@trailstitch/protocol'
import { fields } from '@trailstitch/protocol'
import { eventNameOf, readerOf, textOf } from './conditions.ts'
import type { Row } from './scan.ts'

/** Of a range, the newest ones are looked at. */
export const maxSampled = 20_000
const maxEvents = 1_000
const maxFields = 500

interface Seen {
  events: number
  kinds: Set<string>
  values: Map<string, number>
}

/** What the sampled events and their people have. */
export function properties(query: PropertiesQuery, rows: readonly Row[]): Pick<PropertiesAnswer, 'fields' | 'events'> {
  const names = new Map<string, number>()
  const lastSeen = new Map<string, number>()
  const seen = new Map<Field, Seen>()
  for (const row of rows) {
    const event = eventNameOf(row.event)
    names.set(event, (names.get(event) ?? 0) + 1)
    lastSeen.set(event, Math.max(lastSeen.get(event) ?? row.event.timestamp, row.event.timestamp))
    if (query.event !== undefined && event !== query.event) continue
    for (const field of query.field === undefined ? fieldsOf(row) : [query.field])
      note(seen, field, readerOf(field)(row))
  }
  const top = query.field === undefined ? 10 : 100
  return {
    fields: [...seen]
      .sort(([a, one], [b, other]) => other.events - one.events || (a < b ? -1 : 1))
      .slice(0, maxFields)
      .map(([field, { events, kinds, values }]) => ({
        field,
        events,
        kind: kindOf(kinds),
        values: mostFrequent(searched(values, query.search), top).map(([value, own]) => ({ value, events: own })),
      })),
    events: mostFrequent(names, maxEvents).map(([event, events]) => ({
      event,
      events,
      lastSeen: lastSeen.get(event) ?? 0,
    })),
  }
}

function note(seen: Map<Field, Seen>, field: Field, value: JsonObject[string] | undefined): void {
  const text = textOf(value)
  if (text === '') return
  let known = seen.get(field)
  if (!known) {
    known = { events: 0, kinds: new Set(), values: new Map() }
    seen.set(field, known)
  }
  known.events++
  known.kinds.add(typeof value)
  known.values.set(text, (known.values.get(text) ?? 0) + 1)
}

function fieldsOf({ event, traits }: Row): Field[] {
  const own = (prefix: 'properties' | 'traits', values: StoredEvent['properties']): Field[] =>
    Object.keys(values ?? {}).map((name): Field => `${prefix}.${name}`)
  return [...fields, ...own('properties', event.properties), ...own('traits', traits)]
}

function kindOf(kinds: ReadonlySet<string>): PropertiesAnswer['fields'][number]['kind'] {
  const [kind] = kinds
  if (kinds.size !== 1) return 'mixed'
  return kind === 'number' ? 'number' : kind === 'boolean' ? 'yes_no' : kind === 'string' ? 'text' : 'mixed'
}

function searched(values: Map<string, number>, search: string | undefined): [string, number][] {
  const wanted = search?.toLowerCase()
  return wanted === undefined ? [...values] : [...values].filter(([value]) => value.toLowerCase().includes(wanted))
}

const mostFrequent = (counts: Iterable<[string, number]>, top: number): [string, number][] =>
  [...counts].sort(([a, many], [b, others]) => others - many || (a < b ? -1 : 1)).slice(0, top)
