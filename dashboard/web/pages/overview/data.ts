import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Condition, Series, TrendAnswer } from '@trailstitch/protocol'
import type { LiveAnswer, Overview } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { useAnalysis } from '../../app/use-analysis.ts'
import { useFilters, useProject } from '../../app/use-search.ts'
import type { QueryStanding } from '../../parts/query-state.tsx'
import type { DateSpan } from '../../url/range.ts'
import { activeMs } from '../live/active.ts'

const liveMs = 10_000
const refreshMs = 60_000
/** As many events as one answer holds. */
const newestEvents = 1_000
/** Rows of each panel. */
const top = 10

/** The overview of a range, from the rollups: nothing is filtered in it. */
export function useOverview(span: DateSpan | undefined) {
  const { api } = useApp()
  const project = useProject().id
  const { from = 0, to = 0 } = span ?? {}
  return useQuery({
    queryKey: ['overview', project, { from, to, top }],
    queryFn: ({ signal }) => api.get<Overview>('/overview', { project, from, to, top }, signal),
    enabled: span !== undefined,
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  })
}

export const pageViews: Series = {
  measure: 'events',
  where: [{ field: 'type', operator: 'is', values: ['page', 'screen'] }],
}
/** The figures that a trend can tell. */
export const metrics = ['people', 'sessions', 'pages', 'events'] as const
export type Metric = (typeof metrics)[number]
export const seriesOf: Record<Metric, Series> = {
  people: { measure: 'people' },
  sessions: { measure: 'sessions' },
  pages: pageViews,
  events: { measure: 'events' },
}

/** What the row of figures shows. Null: it cannot be told. */
export interface Totals {
  people: number
  sessions: number
  pages: number
  bounceRate: number | null
  durationMs: number | null
}
export interface TotalsAnswer {
  totals: Totals
  meta: { computedAt: string | number; exact: boolean; rowsScanned: number }
  botEvents?: number
}

function toTotals({ totals, meta, botEvents }: Overview): TotalsAnswer {
  const { people, sessions, pages, bounceRate, averageDurationMs: durationMs } = totals
  return { totals: { people, sessions, pages, bounceRate, durationMs }, meta, botEvents }
}

function trendToTotals({ rows, meta }: TrendAnswer): TotalsAnswer {
  const [people = 0, sessions = 0, pages = 0] = [0, 1, 2].map(
    (series) => rows.find((row) => row.series === series)?.total ?? 0,
  )
  return { totals: { people, sessions, pages, bounceRate: null, durationMs: null }, meta }
}

/** Whether figures have to be counted from events: rollups know neither filters nor the project's rules. */
export function useCountsEvents(): boolean {
  const [filters] = useFilters()
  const { excludes } = useProject()
  return filters.length > 0 || excludes.length > 0
}

/** The totals of a range: with filters or rules counted from the events that meet them, which tells nothing of whole visits. */
export function useTotals(span: DateSpan | undefined, where: readonly Condition[]): QueryStanding<TotalsAnswer> {
  const isCounted = useCountsEvents()
  const overview = useOverview(isCounted ? undefined : span)
  const { from = 0, to = 0 } = span ?? {}
  const series = [seriesOf.people, seriesOf.sessions, seriesOf.pages]
  const trend = useAnalysis<'trend'>(
    isCounted && span ? { type: 'trend', from, to, where, series, interval: 'month' } : undefined,
  )
  if (!span) return { data: undefined, error: null, refetch: () => {} }
  return isCounted
    ? { ...trend, data: trend.data && trendToTotals(trend.data) }
    : { ...overview, data: overview.data && toTotals(overview.data) }
}

/** The events of the last minutes, for who is there now; the newest one however old it is. */
export function useNewestEvents() {
  const { api, isShared } = useApp()
  const project = useProject().id
  return useQuery({
    enabled: !isShared,
    queryKey: ['newest', project],
    queryFn: ({ signal }) => {
      const since = Date.now() - activeMs
      return api.get<LiveAnswer>('/live', { project, limit: newestEvents, since }, signal)
    },
    staleTime: 0,
    refetchInterval: liveMs,
  })
}
