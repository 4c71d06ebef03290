import Paper from '@mui/material/Paper'
import { useMemo } from 'react'
import type { Overview } from '../../api/types.ts'
import { formatRange } from '../../app/range-bar.tsx'
import { useAnalysis } from '../../app/use-analysis.ts'
import { useFilters, useRange, useUrlText } from '../../app/use-search.ts'
import { Chart } from '../../charts/chart.tsx'
import type { ChartLine } from '../../charts/types.ts'
import { Failed } from '../../parts/query-state.tsx'
import { formatShort } from '../../texts/format.ts'
import { t } from '../../texts/t.ts'
import { intervalStarts, openIntervalIndex, sumByInterval } from '../../url/intervals.ts'
import type { DateSpan, Range } from '../../url/range.ts'
import { type Metric, metrics, seriesOf, useCountsEvents, useOverview } from './data.ts'

/** One figure over time, with the time before behind it. */
export function OverviewChart() {
  const range = useRange()
  const [chosen, setMetric] = useUrlText('metric', 'people')
  const metric = metrics.find((each) => each === chosen) ?? 'people'
  const name = t(`figure.${metric}`)
  const now = useValues(metric, range, range)
  const then = useValues(metric, range.compared, range)
  const starts = useMemo(() => intervalStarts(range, range.interval, range.timeZone), [range])
  const openIndex = openIntervalIndex(starts, range.to, Date.now())
  const lines = useMemo(() => {
    const values =
      now.values && starts.map((_start, index) => (isFuture(index, openIndex) ? null : (now.values?.[index] ?? null)))
    const list: ChartLine[] = [{ name, values: values ?? starts.map(() => null) }]
    if (then.values)
      list.push({
        name: t('chart.before', { name }),
        values: starts.map((_start, index) => then.values?.[index] ?? null),
        isBefore: true,
      })
    return list
  }, [now.values, then.values, starts, name, openIndex])
  const interval = t(`interval.${range.interval}`)
  const label = `${t('chart.label', { name, interval, from: range.first, to: range.last })}`
  return (
    <Paper className="panel" component="section" aria-label={label}>
      <div className="panel-head">
        <div className="segments">
          {metrics.map((each) => (
            <button type="button" key={each} aria-pressed={each === metric} onClick={() => setMetric(each)}>
              {t(`figure.${each}`)}
            </button>
          ))}
        </div>
        <span style={{ flex: 1 }} />
        <span className="quiet">{range.compared && formatRange(range.compared)}</span>
      </div>
      {now.error ? (
        <Failed error={now.error} retry={now.retry} />
      ) : (
        <Chart
          label={label}
          starts={starts}
          lines={lines}
          interval={range.interval}
          timeZone={range.timeZone}
          openIndex={openIndex}
          format={formatShort}
        />
      )}
    </Paper>
  )
}

const isFuture = (index: number, openIndex: number | undefined) => openIndex !== undefined && index > openIndex

/**
 * A figure per interval. Hours add up to days for all figures but people: who comes on two days is one person, so their
 * intervals are asked for, as is everything that rollups cannot tell.
 */
function useValues(metric: Metric, span: DateSpan | undefined, { interval, timeZone }: Range) {
  const [where] = useFilters()
  const isCounted = useCountsEvents()
  const isAsked = isCounted || metric === 'people'
  const { from = 0, to = 0 } = span ?? {}
  const series = [seriesOf[metric]]
  const trend = useAnalysis<'trend'>(
    isAsked && span ? { type: 'trend', from, to, interval, timeZone, where, series } : undefined,
  )
  const overview = useOverview(isAsked ? undefined : span)
  const values = useMemo(() => {
    if (!span) return undefined
    const starts = intervalStarts(span, interval, timeZone)
    if (!isAsked) return overview.data && sumHours(overview.data, metric, starts)
    if (!trend.data) return undefined
    // The first interval of the answer begins with the range, ours with its week or month.
    const points = trend.data.rows[0]?.points ?? []
    return starts.map(
      (start, index) =>
        points[trend.data.starts.findLastIndex((each) => each <= Math.max(start, from))] ?? points[index] ?? 0,
    )
  }, [isAsked, trend.data, overview.data, span, interval, timeZone, metric, from])
  const query = isAsked ? trend : overview
  return { values, error: query.error, retry: query.refetch }
}

const sumHours = ({ hours }: Overview, metric: Metric, starts: readonly number[]): number[] =>
  sumByInterval(
    hours,
    ({ hour }) => new Date(hour).getTime(),
    (row) => row[metric] ?? 0,
    starts,
  )
