import type { Condition, EventFilter, Field, JsonObject, StoredEvent, Touch } from '@trailstitch/protocol'

/** What conditions, breakdowns and measures can see of an event. */
export interface Fact {
  event: StoredEvent
  session?: { channel: string; touch?: Touch; entry?: string; exit?: string } | undefined
  /** Of the person, as they are by now. */
  traits?: JsonObject | undefined
}

type Json = JsonObject[string] | undefined
export type FieldReader = (fact: Fact) => Json

const ofEvent: Record<string, FieldReader> = {
  event: ({ event }) => eventNameOf(event),
  type: ({ event }) => event.type,
  name: ({ event }) => event.name,
  path: ({ event }) => event.path,
  host: ({ event }) => event.host,
  title: ({ event }) => event.title,
  country: ({ event }) => event.country,
  device: ({ event }) => event.device?.type,
  browser: ({ event }) => event.device?.browser,
  os: ({ event }) => event.device?.os,
  userId: ({ event }) => event.userId,
  anonymousId: ({ event }) => event.anonymousId,
  groupId: ({ event }) => event.groupId,
}

const ofSession: Record<string, FieldReader> = {
  channel: ({ session }) => session?.channel,
  source: ({ session }) => session?.touch?.source,
  medium: ({ session }) => session?.touch?.medium,
  campaign: ({ session }) => session?.touch?.campaign,
  term: ({ session }) => session?.touch?.term,
  content: ({ session }) => session?.touch?.content,
  referrer: ({ session }) => session?.touch?.referrer,
  entry: ({ session }) => session?.entry,
  exit: ({ session }) => session?.exit,
}

/** The name that reports know an event by: that of a track, of all others the type. */
export const eventNameOf = ({ type, name }: Pick<StoredEvent, 'type' | 'name'>): string =>
  type === 'track' ? name : type

export const isSessionField = (field: Field): boolean => Object.hasOwn(ofSession, field)
export const isTraitField = (field: Field): boolean => field.startsWith('traits.')

/** Reads one field of a fact; undefined where it has none. */
export function readerOf(field: Field): FieldReader {
  if (Object.hasOwn(ofEvent, field)) return ofEvent[field] as FieldReader
  if (Object.hasOwn(ofSession, field)) return ofSession[field] as FieldReader
  const dot = field.indexOf('.')
  const path = field.slice(dot + 1)
  return field.startsWith('traits.') ? ({ traits }) => dig(traits, path) : ({ event }) => dig(event.properties, path)
}

/** A name that has dots itself comes before one that leads inside. */
function dig(values: JsonObject | undefined, path: string): Json {
  if (!values) return undefined
  if (Object.hasOwn(values, path)) return values[path]
  for (let dot = path.indexOf('.'); dot > 0; dot = path.indexOf('.', dot + 1)) {
    const inner = Object.hasOwn(values, path.slice(0, dot)) ? values[path.slice(0, dot)] : undefined
    if (isObject(inner)) return dig(inner, path.slice(dot + 1))
  }
  return undefined
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value as reports show it; '' for none. Lists and objects are told apart by their JSON. */
export const textOf = (value: Json): string =>
  value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

/** NaN for what is no number, nor text that reads as one. */
export function numberOf(value: Json): number {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
}

type Test = (fact: Fact) => boolean

export function testOf(condition: Condition): Test {
  const read = readerOf(condition.field)
  const fits = testOfText(condition)
  return (fact) => fits(textOf(read(fact)))
}

/** Tests a value as text; '' is none. */
export function testOfText({ operator, values = [] }: Condition): (text: string) => boolean {
  switch (operator) {
    case 'set':
      return (text) => text !== ''
    case 'not_set':
      return (text) => text === ''
    case 'less':
      return (text) => numberOf(text) < Number(values[0])
    case 'more':
      return (text) => numberOf(text) > Number(values[0])
    case 'is':
    case 'is_not': {
      const wanted = new Set(values.map(String))
      return (text) => fits(wanted, text) === (operator === 'is')
    }
    case 'contains':
    case 'contains_not': {
      const wanted = values.map((value) => String(value).toLowerCase())
      const holds = (text: string): boolean => text !== '' && wanted.some((value) => text.includes(value))
      return (text) => holds(text.toLowerCase()) === (operator === 'contains')
    }
  }
}

/** A missing value is nobody's: `is ''` does not find it, `not_set` does. */
const fits = (wanted: ReadonlySet<string>, text: string): boolean => text !== '' && wanted.has(text)

export function testOfAll(conditions: readonly Condition[]): Test {
  const tests = conditions.map(testOf)
  return (fact) => tests.every((test) => test(fact))
}

export function testOfFilter({ event, where = [] }: EventFilter): Test {
  const all = testOfAll(where)
  return event === undefined ? all : (fact) => eventNameOf(fact.event) === event && all(fact)
}
