import {
  type AnalysisQuery,
  type Condition,
  type EventFilter,
  fields,
  intervals,
  measures,
  operators,
} from '@trailstitch/protocol'
import { type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { ApiError } from './errors.ts'

// What may be asked of `POST /query`: the types of the protocol, with their limits. The one place where these are checked.

const dayMs = 86_400_000
export const maxRangeMs = 3_660 * dayMs
export const maxIntervals = 10_000

const oneOf = <const T extends readonly string[]>(values: T) =>
  Type.Unsafe<T[number]>({ type: 'string', enum: [...values] })
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema)
const time = (description: string) => Type.Integer({ minimum: -8.64e15, maximum: 8.64e15, description })
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
  from: time('ms since 1970, included.'),
  to: time('ms since 1970, left out.'),
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
  segment: query('segment', { did: optional(filter), didNot: optional(filter), ...paged }),
} satisfies Record<AnalysisQuery['type'], TSchema>

const typeNames = Object.keys(querySchemas).join(', ')

/** A question as it may be put to a store. Throws `invalid_query`, which says where it is wrong. */
export function parseQuery(body: unknown): AnalysisQuery {
  const { type } = Object(body) as { type?: unknown }
  if (typeof type !== 'string' || !Object.hasOwn(querySchemas, type))
    throw new ApiError('invalid_query', `"type" must be one of ${typeNames}.`)
  const schema = querySchemas[type as AnalysisQuery['type']]
  if (!Value.Check(schema, body)) {
    const [problem] = Value.Errors(schema, body)
    throw new ApiError('invalid_query', `${problem?.instancePath || 'It'} ${reasonOf(problem?.message)}.`)
  }
  const parsed = body as AnalysisQuery
  checkSense(parsed)
  return parsed
}

const reasonOf = (message = 'does not fit'): string => (message === 'schema is false' ? 'is not a field' : message)

const intervalMs = { hour: 3_600_000, day: dayMs, week: 7 * dayMs, month: 28 * dayMs }

/** What a schema cannot say. */
function checkSense(query: AnalysisQuery): void {
  const fail = (detail: string): never => {
    throw new ApiError('invalid_query', detail)
  }
  if (query.from >= query.to) fail('/from must be before /to.')
  if (query.to - query.from > maxRangeMs) fail('A range has at most 3,660 days.')
  if (!isTimeZone(query.timeZone)) fail(`/timeZone is not one that is known: ${query.timeZone}.`)
  for (const { operator, values = [] } of conditionsOf(query)) {
    const needsNone = operator === 'set' || operator === 'not_set'
    if (needsNone !== (values.length === 0)) fail(`"${operator}" takes ${needsNone ? 'no values' : 'values'}.`)
    if ((operator === 'less' || operator === 'more') && !(values.length === 1 && Number.isFinite(Number(values[0]))))
      fail(`"${operator}" takes one number.`)
  }
  if (query.type === 'trend') {
    if ((query.to - query.from) / intervalMs[query.interval] > maxIntervals) fail('At most 10,000 intervals.')
    for (const { measure, property } of query.series)
      if (['events', 'people', 'sessions'].includes(measure) !== (property === undefined))
        fail(`The measure "${measure}" takes ${property === undefined ? 'a' : 'no'} "property".`)
  }
  if (query.type === 'funnel_people' && query.step > query.steps.length) fail('/step is past the last one.')
  if (query.type === 'retention') {
    const { brackets = [0], periods } = query
    if (brackets.some((from, index) => from > periods || from <= (brackets[index - 1] ?? -1)))
      fail('/brackets must grow, and end with /periods at the latest.')
  }
}

function isTimeZone(timeZone = 'UTC'): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

const conditionsOf = (query: AnalysisQuery): Condition[] => [
  ...(query.where ?? []),
  ...filtersOf(query).flatMap((one) => one?.where ?? []),
]

function filtersOf(query: AnalysisQuery): readonly (EventFilter | undefined)[] {
  switch (query.type) {
    case 'trend':
      return query.series
    case 'funnel':
    case 'funnel_people':
      return query.steps
    case 'retention':
      return [query.start, query.return]
    case 'paths':
      return [query.anchor]
    case 'segment':
      return [query.did, query.didNot]
    case 'properties':
      return []
  }
}
