import type {
  AnalysisAnswers,
  AnalysisQuery,
  AnswerMeta,
  Field,
  PropertiesAnswer,
  PropertiesQuery,
} from '@trailstitch/protocol'
import { intervalStarts } from './calendar.ts'
import { isSessionField, isTraitField } from './conditions.ts'
import { defaultWindowMs, funnel, funnelPeople } from './funnel.ts'
import { pathFields, paths } from './paths.ts'
import { maxSampled, properties } from './properties.ts'
import { retention } from './retention.ts'
import { compareTimes, type Row, type Scan, type ScanRequest, testOfRow } from './scan.ts'
import { countsOf, segmentPeople } from './segment.ts'
import { trendRows } from './trend.ts'

/** Those that are answered from a scan. `properties` looks at a sample of rows instead. */
export type ScanQuery = Exclude<AnalysisQuery, { type: 'properties' }>
/** Those whose answer is a list of people. */
export type PeopleScanQuery = Extract<ScanQuery, { type: 'funnel_people' | 'segment' }>
export type FigureScanQuery = Exclude<ScanQuery, PeopleScanQuery>

const noTime = Number.MAX_SAFE_INTEGER
/** Ends of intervals, and sums of times, stay far from what a date can hold. */
const lastTime = 8.64e15 / 2

/** What a store has to read for a query. */
export function requestOf(query: ScanQuery): ScanRequest {
  const parts = partsOf(query)
  const conditions = [...(query.where ?? []), ...parts.filters.flatMap(({ where = [] }) => where)]
  const named = [...conditions.map(({ field }) => field), ...parts.fields, ...parts.numbers]
  return {
    project: query.project,
    bots: query.bots ?? false,
    where: query.where ?? [],
    ...parts,
    sessions: parts.sessions || named.some(isSessionField),
    traits: named.some(isTraitField),
    intervals: intervalsOf(query),
  }
}

/** Where only people are counted, and when they were there. */
function intervalsOf(query: ScanQuery): number[] | undefined {
  if (query.type === 'trend')
    return query.breakdown === undefined && query.series.every(({ measure }) => measure === 'people')
      ? startsOf(query)
      : undefined
  if (query.type !== 'retention') return undefined
  return [...startsOf(query), query.from, query.to].sort((a, b) => a - b)
}

type Parts = Pick<ScanRequest, 'from' | 'to' | 'filters' | 'fields' | 'numbers' | 'all' | 'sessions'>

function partsOf(query: ScanQuery): Parts {
  const { from, to } = query
  const base = { from, to, fields: [] as Field[], numbers: [] as Field[], all: false, sessions: false }
  switch (query.type) {
    case 'trend':
      return {
        ...base,
        filters: query.series,
        fields: query.breakdown === undefined ? [] : [query.breakdown],
        numbers: query.series.flatMap(({ property }) => property ?? []),
        sessions: query.series.some(({ measure }) => measure === 'sessions'),
      }
    case 'funnel':
    case 'funnel_people':
      return {
        ...base,
        to: to + (query.windowMs ?? defaultWindowMs) + 1,
        filters: query.steps,
        fields: query.type === 'funnel_people' || query.breakdown === undefined ? [] : [query.breakdown],
        all: query.order === 'strict',
      }
    case 'retention':
      return {
        ...base,
        from: (query.cohort ?? 'ever') === 'ever' ? -noTime : from,
        to: query.mode === 'on_or_after' ? noTime : (startsOf(query).at(-1) ?? to),
        filters: [query.start, query.return],
      }
    case 'paths':
      return { ...base, filters: [query.anchor ?? {}], fields: [...pathFields], all: true, sessions: true }
    case 'segment':
      return { ...base, filters: countsOf(query) }
  }
}

type Starts = Extract<ScanQuery, { type: 'trend' | 'retention' }>

/** Where the intervals of a query begin; for retention also those after its range, up to the end of the last period. */
function startsOf(query: Starts): number[] {
  const range = { from: query.from, to: Math.min(query.to, lastTime) }
  const zone = query.timeZone ?? 'UTC'
  return query.type === 'trend'
    ? intervalStarts(range, query.interval, zone)
    : intervalStarts(range, query.unit, zone, query.periods + 1)
}

/** The answer to what a scan was made for. */
export function answerFigures<Q extends FigureScanQuery>(
  query: Q,
  scan: Scan,
  now: number,
): AnalysisAnswers[Q['type']] {
  return { ...figures(query, scan, now), meta: metaOf(query, scan.rowsScanned, now) } as AnalysisAnswers[Q['type']]
}

function figures(query: FigureScanQuery, scan: Scan, now: number): object {
  switch (query.type) {
    case 'trend': {
      const starts = startsOf(query)
      return { starts, rows: trendRows(query, scan, starts) }
    }
    case 'funnel':
      return funnel(query, scan)
    case 'retention':
      return retention(query, scan, startsOf(query), now)
    case 'paths':
      return paths(query, scan)
  }
}

/** profileIds of the people a query is about. */
export function answerPeople(
  query: PeopleScanQuery,
  scan: Scan,
  now: number,
): { profileIds: Set<string>; meta: AnswerMeta } {
  const profileIds = query.type === 'funnel_people' ? funnelPeople(query, scan) : segmentPeople(query, scan)
  return { profileIds, meta: metaOf(query, scan.rowsScanned, now) }
}

/** From all rows of the project; only the newest in the range are looked at. */
export function answerProperties(query: PropertiesQuery, rows: Iterable<Row>, now: number): PropertiesAnswer {
  const isWanted = testOfRow({ ...query, bots: query.bots ?? false, where: query.where ?? [] })
  const sampled = [...rows].filter(isWanted).sort(compareTimes).slice(-maxSampled)
  return { ...properties(query, sampled), meta: metaOf(query, sampled.length, now) }
}

const metaOf = ({ timeZone = 'UTC' }: AnalysisQuery, rowsScanned: number, computedAt: number): AnswerMeta => ({
  computedAt,
  exact: true,
  rowsScanned,
  timeZone,
})
