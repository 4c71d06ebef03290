import type { AnalysisQuery, Condition, EventCount, EventFilter, Field } from '@trailstitch/protocol'
import { countTests, fields, intervals, measures, operators } from '@trailstitch/protocol'
import fc from 'fast-check'

/** Parameters that are left out are left out in truth: undefined is another thing to a strict type. */
export const given = <T extends object>(
  model: {
    [K in keyof T]-?: fc.Arbitrary<T[K] | undefined>
  },
): fc.Arbitrary<T> =>
  fc.record(model as { [K in keyof T]: fc.Arbitrary<T[K]> }).map((values) => {
    const named = Object.entries(values).filter(([, value]) => value !== undefined)
    return Object.fromEntries(named) as T
  })
export const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })

const field: fc.Arbitrary<Field> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...fields) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Field>(
      'properties.plan',
      'properties.total',
      'properties.a.b',
      'traits.t1',
      'traits.email',
    ),
  },
)
const value = fc.constantFrom<string | number | boolean>(
  ...['page', 'track', 'Event 1', 'Event 2', '/1', '/2', 'mobile', 'AT', 'c1', 'r.test', 'u1', 'a2'],
  ...['pro', 'PR', 1, 2, '3', true, '', 'event', '__proto__'],
)
const condition: fc.Arbitrary<Condition> = given<Condition>({
  field,
  operator: fc.constantFrom(...operators),
  values: maybe(fc.array(value, { maxLength: 3 })),
})
const where = fc.array(condition, { maxLength: 2 })
const event = fc.constantFrom('page', 'screen', 'identify', 'Event 0', 'Event 1', 'Event 2', 'Event 3', 'none')
const filter: fc.Arbitrary<EventFilter> = given<EventFilter>({
  event: maybe(event),
  where: fc.option(fc.array(condition, { maxLength: 1 }), { nil: undefined, freq: 1 }),
})
const counts: fc.Arbitrary<EventCount[]> = fc.array(
  fc
    .tuple(filter, fc.constantFrom(...countTests), fc.nat({ max: 3 }))
    .map(([one, times, count]) => ({ ...one, times, count })),
  { minLength: 1, maxLength: 3 },
)
export const zone = fc.constantFrom('UTC', 'Europe/Vienna', 'America/Los_Angeles', 'Asia/Kolkata', 'Pacific/Apia')
const top = maybe(fc.constantFrom(1, 2, 3, 20))

type Arbitraries = { [T in AnalysisQuery['type']]: fc.Arbitrary<Extract<AnalysisQuery, { type: T }>> }

const start = Date.UTC(2026, 0, 1)
const widestMs = 40 * 86_400_000
const nowhere = fc.constant<string | undefined>(undefined)

/** The API lets no range be empty, nor longer than ten years. */
export const bound = <Q extends { from: number; to: number }>(query: Q): Q => {
  const inReach = (at: number): number => Math.min(Math.max(at, start - widestMs), start + widestMs)
  const [least = 0, most = 0] = [inReach(query.from), inReach(query.to)].sort((a, b) => a - b)
  return { ...query, from: least, to: most === least ? most + 1 : most }
}

const series = fc.tuple(filter, fc.constantFrom(...measures)).map(([one, measure]) => ({
  ...one,
  measure,
  ...(!['events', 'people', 'sessions'].includes(measure) && { property: 'properties.total' as const }),
}))
const steps = {
  steps: fc.array(filter, { minLength: 2, maxLength: 4 }),
  windowMs: maybe(fc.constantFrom(0, 600_000, 3_600_000, 86_400_000)),
  order: fc.constantFrom(undefined, 'ordered' as const, 'strict' as const, 'any' as const),
}

/** A query of each type, over ranges of at most some weeks. */
export function arbitraryAnalysis(
  project: fc.Arbitrary<string>,
  time: fc.Arbitrary<number>,
  limit: fc.Arbitrary<number | undefined>,
): Arbitraries {
  const base = {
    project,
    from: time,
    to: time,
    where: fc.option(where, { nil: undefined, freq: 1 }),
    bots: maybe(fc.boolean()),
    timeZone: maybe(zone),
  }
  const list = { ...base, limit, cursor: nowhere }
  const made: Arbitraries = {
    trend: given({
      ...{ type: fc.constant('trend' as const), ...base, interval: fc.constantFrom(...intervals) },
      ...{ series: fc.array(series, { minLength: 1, maxLength: 3 }), breakdown: maybe(field), top },
    }),
    funnel: given({
      ...{ type: fc.constant('funnel' as const), ...base, ...steps, breakdown: maybe(field), top },
      count: fc.constantFrom(undefined, 'people' as const, 'totals' as const),
      breakdownBy: fc.constantFrom(undefined, 'first' as const, 'last' as const),
    }),
    funnel_people: given({
      ...{ type: fc.constant('funnel_people' as const), ...list, ...steps },
      ...{ step: fc.integer({ min: 1, max: 3 }), droppedOnly: maybe(fc.boolean()) },
    }),
    retention: given({
      ...{ type: fc.constant('retention' as const), ...base, start: filter, return: filter },
      ...{
        unit: fc.constantFrom('day' as const, 'week' as const, 'month' as const),
        periods: fc.integer({ min: 1, max: 5 }),
      },
      mode: fc.constantFrom(undefined, 'on' as const, 'on_or_after' as const),
      cohort: fc.constantFrom(undefined, 'ever' as const, 'range' as const, 'every' as const),
      brackets: fc.constantFrom(undefined, undefined, [0, 1, 3], [1, 2]),
    }),
    paths: given({
      ...{ type: fc.constant('paths' as const), ...base, anchor: maybe(filter), steps: fc.integer({ min: 1, max: 4 }) },
      direction: fc.constantFrom(undefined, 'forward' as const, 'backward' as const),
      ...{ by: fc.constantFrom(undefined, 'event' as const, 'path' as const), top: maybe(fc.constantFrom(1, 2, 20)) },
    }),
    properties: given({
      ...{ type: fc.constant('properties' as const), ...base, event: maybe(event), field: maybe(field) },
      search: maybe(fc.constantFrom('e', 'PR', '/')),
    }),
    segment: given({
      ...{ type: fc.constant('segment' as const), ...list, did: maybe(filter), didNot: maybe(filter) },
      counts: maybe(counts),
    }),
  }
  return {
    trend: made.trend.map(bound),
    funnel: made.funnel.map(bound),
    funnel_people: made.funnel_people.map(bound),
    retention: made.retention.map(bound),
    paths: made.paths.map(bound),
    properties: made.properties.map(bound),
    segment: made.segment.map(bound),
  }
}
