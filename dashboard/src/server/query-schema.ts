import {
  type AnalysisQuery,
  type Condition,
  countTests,
  type EventFilter,
  fields,
  intervals,
  measures,
  operators,
  type TrendQuery,
} from '@trailstitch/protocol'
import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { ApiError } from './errors.ts'
import { readTime } from './params.ts'

// What may be asked of `POST /query`: the types of the protocol, with their limits. The one place where these are checked.

const dayMs = 86_400_000
export const maxRangeMs = 3_660 * dayMs
export const maxIntervals = 10_000

const oneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema)
const time = (description: string) =>
  Type.Union([Type.Integer({ minimum: -8.64e15, maximum: 8.64e15 }), Type.String({ maxLength: 64 })], {
    description: `${description} ms since 1970, ISO 8601 with zone, or a date (UTC).`,
  })
const name = Type.String({ minLength: 1, maxLength: 500 })
const field = Type.String({
  maxLength: 300,
  pattern: `^(${fields.join('|')}|(properties|traits)\\..+)$`,
  description: `One of ${fields.join(', ')}, or properties.NAME or traits.NAME, with dots for what lies deeper.`,
})

const condition = Type.Object(
  {
    field,
    operator: oneOf(operators),
    values: optional(
      Type.Array(Type.Union([Type.String({ maxLength: 500 }), Type.Number(), Type.Boolean()]), { maxItems: 100 }),
    ),
  },
  { additionalProperties: false },
)
const filterFields = { event: optional(name), where: optional(Type.Array(condition, { maxItems: 10 })) }
const filter = Type.Object(filterFields, { additionalProperties: false })
const top = (most: number, usual: number) =>
  optional(Type.Integer({ minimum: 1, maximum: most, default: usual, description: 'Values with a row of their own.' }))

const range = {
  project: Type.String({ minLength: 1, maxLength: 256 }),
  from: time('Start, included.'),
  to: time('End, left out.'),
  where: optional(Type.Array(condition, { maxItems: 20, description: 'Conditions on every event.' })),
  bots: optional(Type.Boolean({ default: false })),
  timeZone: optional(Type.String({ maxLength: 64, default: 'UTC', description: 'IANA name.' })),
}
const paged = {
  limit: optional(Type.Integer({ minimum: 1, maximum: 1_000, default: 50 })),
  cursor: optional(Type.String({ minLength: 1, maxLength: 2_048 })),
}
const entry = {
  steps: Type.Array(filter, { minItems: 2, maxItems: 12 }),
  windowMs: optional(Type.Integer({ minimum: 0, maximum: 366 * dayMs, default: 7 * dayMs })),
  order: optional(oneOf(['ordered', 'strict', 'any'])),
}
const series = Type.Object(
  {
    ...filterFields,
    measure: oneOf(measures),
    property: optional(Type.String({ maxLength: 300, pattern: '^properties\\..+$' })),
  },
  { additionalProperties: false },
)
const eventCount = Type.Object(
  { ...filterFields, times: oneOf(countTests), count: Type.Integer({ minimum: 0, maximum: 1_000_000 }) },
  { additionalProperties: false },
)
const query = <const T extends AnalysisQuery['type']>(type: T, own: Record<string, TSchema>) =>
  Type.Object({ type: Type.Literal(type), ...range, ...own }, { additionalProperties: false, title: type })

export const querySchemas = {
  trend: query('trend', {
    interval: oneOf(intervals),
    series: Type.Array(series, { minItems: 1, maxItems: 10 }),
    breakdown: optional(field),
    top: top(100, 10),
  }),
  funnel: query('funnel', {
    ...entry,
    count: optional(oneOf(['people', 'totals'])),
    breakdown: optional(field),
    breakdownBy: optional(oneOf(['first', 'last'])),
    top: top(100, 10),
  }),
  funnel_people: query('funnel_people', {
    ...entry,
    ...paged,
    step: Type.Integer({ minimum: 1, maximum: 12 }),
    droppedOnly: optional(Type.Boolean()),
  }),
  retention: query('retention', {
    start: filter,
    return: filter,
    unit: oneOf(['day', 'week', 'month']),
    periods: Type.Integer({ minimum: 1, maximum: 366 }),
    mode: optional(oneOf(['on', 'on_or_after'])),
    cohort: optional(oneOf(['ever', 'range', 'every'])),
    brackets: optional(Type.Array(Type.Integer({ minimum: 0, maximum: 366 }), { minItems: 1, maxItems: 50 })),
  }),
  paths: query('paths', {
    anchor: optional(filter),
    direction: optional(oneOf(['forward', 'backward'])),
    by: optional(oneOf(['event', 'path'])),
    steps: Type.Integer({ minimum: 1, maximum: 10 }),
    top: top(20, 5),
  }),
  properties: query('properties', {
    event: optional(name),
    field: optional(field),
    search: optional(Type.String({ maxLength: 200 })),
  }),
  segment: query('segment', {
    did: optional(filter),
    didNot: optional(filter),
    counts: optional(
      Type.Array(eventCount, { minItems: 1, maxItems: 10, description: 'Each of these so many times in the range.' }),
    ),
    ...paged,
  }),
} satisfies Record<AnalysisQuery['type'], TSchema>

const typeNames = Object.keys(querySchemas).join(', ')

function fail(place: string, reason: string): never {
  throw new ApiError('invalid_query', `${place} ${reason}.`)
}

/** A question as it may be put to a store. Throws `invalid_query`, which names the place that is wrong, and why. */
export function parseQuery(body: unknown): AnalysisQuery {
  const { type } = Object(body) as { type?: unknown }
  if (typeof type !== 'string' || !Object.hasOwn(querySchemas, type)) fail('/type', `must be one of ${typeNames}`)
  const schema = querySchemas[type as AnalysisQuery['type']]
  if (!Value.Check(schema, body)) {
    const [problem] = Value.Errors(schema, body)
    fail(problem?.instancePath || 'The question', reasonOf(problem))
  }
  const given = body as AnalysisQuery
  const query = { ...given, from: timeOf('/from', given.from), to: timeOf('/to', given.to) }
  checkSense(query)
  return query
}

function timeOf(place: string, value: number | string): number {
  return typeof value === 'number' ? value : (readTime(value) ?? fail(place, timeReason))
}

const timeReason = 'must be ms since 1970, ISO 8601 with zone, or a date'
/** What a pattern or a choice of types means. */
const reasons: readonly (readonly [place: RegExp, reason: string])[] = [
  [/^\/(from|to)$/, timeReason],
  [/\/values\/\d+$/, 'must be a number, true, false, or text of at most 500 characters'],
  [/^\/breakdown$|\/field$/, `must be one of ${fields.join(', ')}, properties.NAME or traits.NAME`],
  [/\/property$/, 'must be properties.NAME'],
]

interface Problem {
  keyword: string
  instancePath: string
  message: string
  params: object
}

function reasonOf(problem: Problem | undefined): string {
  if (!problem) return 'does not fit'
  const { keyword, instancePath, message, params } = problem
  if (keyword === 'boolean') return 'is not a field'
  if (keyword === 'enum') return `must be one of ${(params as { allowedValues: string[] }).allowedValues.join(', ')}`
  return reasons.find(([place]) => place.test(instancePath))?.[1] ?? message
}

const intervalMs = { hour: 3_600_000, day: dayMs, week: 7 * dayMs, month: 28 * dayMs }

/** What a schema cannot say. */
function checkSense(query: AnalysisQuery): void {
  if (query.from >= query.to) fail('/from', 'must be before /to')
  if (query.to - query.from > maxRangeMs) fail('/to', 'must be at most 3,660 days after /from')
  if (!isTimeZone(query.timeZone)) fail('/timeZone', 'must be an IANA name, such as Europe/Vienna')
  for (const [place, condition] of conditionsOf(query)) checkCondition(place, condition)
  if (query.type === 'trend') checkTrend(query)
  if (query.type === 'funnel_people' && query.step > query.steps.length) fail('/step', 'must be one of the /steps')
  if (query.type === 'retention') {
    const { brackets = [0], periods } = query
    const wrong = brackets.findIndex((from, index) => from > periods || from <= (brackets[index - 1] ?? -1))
    if (wrong >= 0) fail(`/brackets/${wrong}`, 'must be more than the one before, and at most /periods')
  }
}

/** Whether it has as many values as its operator asks for. Throws `invalid_query`, which names the place. */
export function checkCondition(place: string, { operator, values = [] }: Condition): void {
  const needsNone = operator === 'set' || operator === 'not_set'
  if (needsNone !== (values.length === 0))
    fail(`${place}/values`, `must ${needsNone ? 'not be there' : 'name a value'} where /operator is ${operator}`)
  if ((operator === 'less' || operator === 'more') && !(values.length === 1 && Number.isFinite(Number(values[0]))))
    fail(`${place}/values`, `must be one number where /operator is ${operator}`)
}

function checkTrend({ from, to, interval, series }: TrendQuery): void {
  if ((to - from) / intervalMs[interval] > maxIntervals) fail('/interval', 'must be longer: 10,000 fit into a range')
  for (const [index, { measure, property }] of series.entries())
    if (['events', 'people', 'sessions'].includes(measure) !== (property === undefined))
      fail(
        `/series/${index}/property`,
        `must ${property === undefined ? '' : 'not '}be there for the measure ${measure}`,
      )
}

/** Whether the server knows a zone of that name. */
export function isTimeZone(timeZone = 'UTC'): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

type Placed<T> = readonly [place: string, value: T]

function conditionsOf(query: AnalysisQuery): Placed<Condition>[] {
  const all: Placed<EventFilter>[] = [['', query], ...filtersOf(query)]
  return all.flatMap(([place, { where = [] }]) =>
    where.map((condition, index): Placed<Condition> => [`${place}/where/${index}`, condition]),
  )
}

function filtersOf(query: AnalysisQuery): Placed<EventFilter>[] {
  const own = query as unknown as Record<string, EventFilter | readonly EventFilter[] | undefined>
  return filterPlaces[query.type].flatMap((name): Placed<EventFilter>[] => {
    const value = own[name]
    if (value === undefined) return []
    return 'length' in value
      ? value.map((one, index) => [`/${name}/${index}`, one])
      : [[`/${name}`, value as EventFilter]]
  })
}

/** Where a question holds filters of events, or a list of them. */
const filterPlaces: { [T in AnalysisQuery['type']]: readonly (keyof Extract<AnalysisQuery, { type: T }> & string)[] } =
  {
    trend: ['series'],
    funnel: ['steps'],
    funnel_people: ['steps'],
    retention: ['start', 'return'],
    paths: ['anchor'],
    segment: ['did', 'didNot', 'counts'],
    properties: [],
  }
