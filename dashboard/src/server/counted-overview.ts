import type { Store } from '@trailstitch/backends'
import {
  type Breakdown,
  type Condition,
  type Field,
  maxCountedHours,
  type OverviewAnswer,
  type OverviewDimension,
  type OverviewQuery,
  overviewDimensions,
  type TrendAnswer,
  type TrendQuery,
} from '@trailstitch/protocol'
import { ApiError } from './errors.ts'
import { hourMs } from './params.ts'

/** An overview of the events that meet conditions: of a project with rules. Sums of hours know none. */
export type CountedOverviewQuery = OverviewQuery & { where: readonly Condition[] }

/** Figures of whole visits cannot be told from the events that meet conditions. */
type CountedFigures = Omit<OverviewAnswer['totals'], 'bounces' | 'durationMs'> & { bounces: null; durationMs: null }
export interface CountedOverviewAnswer extends Omit<OverviewAnswer, 'totals' | 'hours'> {
  totals: CountedFigures
  hours: (Omit<CountedFigures, 'people'> & { hour: number; people: number | null })[]
}

const maxHours = 10_000
const pageViews: Condition = { field: 'type', operator: 'is', values: ['page', 'screen'] }

/** Dimensions whose rows count visits; the others count people. */
const ofVisits: readonly OverviewDimension[] = ['entry', 'referrer', 'channel', 'campaign']

/**
 * Counts an overview event by event, by the questions that the page asks where there are rules or filters. They are asked one
 * after the other. Throws `invalid_query` for more than 10,000 hours.
 */
export async function countOverview(
  store: Pick<Store, 'query'>,
  query: CountedOverviewQuery,
): Promise<CountedOverviewAnswer> {
  const { project, where, bots = false } = query
  const from = Math.floor(query.from / hourMs) * hourMs
  const to = Math.ceil(query.to / hourMs) * hourMs
  if (to - from > maxHours * hourMs)
    throw new ApiError('invalid_query', 'An overview of a project with rules is of at most 10,000 hours.')
  let rowsScanned = 0
  const ask = async (more: Pick<TrendQuery, 'series'> & Partial<TrendQuery>): Promise<TrendAnswer> => {
    const base = { type: 'trend' as const, project, from, to, where, bots, interval: 'month' as const }
    const answer = await store.query({ ...base, ...more })
    rowsScanned += answer.meta.rowsScanned
    return answer
  }
  // In the order of toFigures.
  const hours = await ask({
    interval: 'hour',
    series: [
      { measure: 'events' },
      { measure: 'events', where: [pageViews] },
      { measure: 'sessions' },
      { measure: 'people' },
    ],
  })
  const by: [OverviewDimension, Breakdown][] = []
  for (const dimension of overviewDimensions)
    by.push([dimension, toBreakdown(dimension, await ask(toQuestion(dimension, query)))])
  const others = await ask({ bots: !bots, series: [{ measure: 'events' }] })
  const totals = toFigures(hours, ({ total }) => total)
  return {
    ...{
      from,
      to,
      totals,
      hours: toHours(hours, to - from <= maxCountedHours * hourMs),
      by: Object.fromEntries(by) as OverviewAnswer['by'],
    },
    botEvents: Math.abs((others.rows[0]?.total ?? 0) - totals.events),
    meta: { ...others.meta, rowsScanned },
  }
}

function toFigures(
  { rows }: TrendAnswer,
  read: (row: TrendAnswer['rows'][number]) => number | null | undefined,
): CountedFigures {
  const [events = 0, pages = 0, sessions = 0, people = 0] = rows.map((row) => read(row) ?? 0)
  return { events, pages, sessions, people, bounces: null, durationMs: null }
}

/** Those that had something; their people as in the sums. */
const toHours = (answer: TrendAnswer, tellsPeople: boolean): CountedOverviewAnswer['hours'] =>
  answer.starts
    .map((hour, place) => ({ hour, ...toFigures(answer, ({ points }) => points[place]) }))
    .map((row) => (tellsPeople ? row : { ...row, people: null }))
    .filter(({ events }) => events > 0)

function toQuestion(
  dimension: OverviewDimension,
  { top = 10 }: OverviewQuery,
): Pick<TrendQuery, 'series'> & Partial<TrendQuery> {
  const isPage = dimension === 'page'
  const where = isPage ? { where: [pageViews] } : {}
  const breakdown: Field = isPage ? 'path' : dimension
  return {
    ...{ breakdown, top },
    series: [
      { measure: 'events', ...where },
      { measure: 'events', where: [pageViews] },
      { measure: ofVisits.includes(dimension) ? 'sessions' : 'people', ...where },
    ],
  }
}

/** Events without a value are in no row. */
function toBreakdown(dimension: OverviewDimension, { rows }: TrendAnswer): Breakdown {
  const [events = [], pages = [], counted = []] = [0, 1, 2].map((series) => rows.filter((row) => row.series === series))
  const unit = ofVisits.includes(dimension) ? 'sessions' : 'people'
  const named = events.flatMap(({ value, total }, place) =>
    value ? [{ value, events: total ?? 0, pages: pages[place]?.total ?? 0, [unit]: counted[place]?.total ?? 0 }] : [],
  )
  const others = events.find(({ rest }) => rest)
  return {
    rows: named.sort((a, b) => b.events - a.events || (a.value < b.value ? -1 : 1)),
    other: { values: others?.rest?.values ?? 0, events: others?.total ?? 0 },
  }
}
