import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useMemo } from 'react'
import { Chart, maxColours } from '../../charts/chart.tsx'
import type { ChartLine } from '../../charts/types.ts'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { describeCondition } from '../../parts/fields.ts'
import { Why } from '../../parts/why.tsx'
import { formatChange, formatFigure, formatShare } from '../../texts/format.ts'
import { openIntervalIndex } from '../../url/intervals.ts'
import type { Shown } from './data.ts'
import { describeFormula, isShare } from './formula.ts'
import { drawnLines, type Line } from './lines.ts'
import { type EventsQuestion, intervalOf } from './question.ts'
import { t } from './texts.ts'

/** With more lines than this, those of the time before would only be in the way. */
const maxCompared = 4

const formatOf = ({ formula, series }: EventsQuestion, line: Pick<Line, 'series'>) =>
  line.series === 'formula' && formula && isShare(formula, series) ? formatShare : formatFigure

/** The lines of an answer as a chart. */
export function EventsChart({ shown }: { shown: Shown }) {
  const { question, range, starts, lines } = shown
  const interval = intervalOf(question, range)
  const openIndex = openIntervalIndex(starts, range.to, Date.now())
  const wanted = useMemo(() => drawnLines(question, lines), [question, lines])
  const drawn = useMemo(() => wanted.slice(0, maxColours), [wanted])
  const chartLines = useMemo(() => toChartLines(drawn, starts, openIndex), [drawn, starts, openIndex])
  const names = drawn.map(({ name }) => name).join(', ')
  const label = t('events.chart', { names, interval: t(`interval.${interval}`), from: range.first, to: range.last })
  return (
    <Paper className="panel" component="section" aria-label={label}>
      <Chart
        label={label}
        starts={starts}
        lines={chartLines}
        interval={interval}
        timeZone={range.timeZone}
        openIndex={openIndex}
        format={formatOf(question, drawn[0] ?? { series: 0 })}
      />
      {wanted.length > drawn.length && (
        <p className="quiet small">{t('events.drawn', { shown: drawn.length, count: wanted.length })}</p>
      )}
    </Paper>
  )
}

function toChartLines(drawn: readonly Line[], starts: readonly number[], openIndex: number | undefined): ChartLine[] {
  // What has not begun yet is no zero.
  const hasBegun = (index: number) => openIndex === undefined || index <= openIndex
  const now = drawn.map(({ name, points }) => ({
    name,
    values: points.map((value, index) => (hasBegun(index) ? value : null)),
  }))
  if (drawn.length > maxCompared) return now
  const before = drawn.flatMap(({ name, before: figures }, colour): ChartLine[] => {
    if (!figures) return []
    const values = starts.map((_start, index) => figures.points[index] ?? null)
    return [{ name: t('chart.before', { name }), values, isBefore: true, ...(drawn.length > 1 && { colour }) }]
  })
  return [...now, ...before]
}

/** The totals of all lines, with how they changed and why they are what they are. */
export function TotalsTable({ shown }: { shown: Shown }) {
  const { question, lines, isCompared, meta } = shown
  const shownAs = (line: Line, value: number | null | undefined) =>
    value === null || value === undefined ? '–' : formatOf(question, line)(value)
  const columns: Column<Line>[] = [
    {
      name: t('events.line'),
      value: ({ name }) => name,
      cell: (line) => (
        <span className="with-why">
          {line.name}
          <Why name={line.name} definition={definitionOf(question, line)} meta={meta} />
        </span>
      ),
    },
    {
      name: t('events.total'),
      isNumber: true,
      value: ({ total }) => total,
      cell: (line) => <strong>{shownAs(line, line.total)}</strong>,
    },
  ]
  if (isCompared)
    columns.push(
      {
        name: t('events.before'),
        isNumber: true,
        value: ({ before }) => before?.total ?? null,
        cell: (line) => <span className="quiet">{shownAs(line, line.before?.total)}</span>,
      },
      {
        name: t('events.change'),
        isNumber: true,
        value: (line) => changeOf(line) ?? null,
        cell: (line) => changeOf(line) ?? '–',
      },
    )
  return (
    <Paper className="panel" component="section" aria-label={t('events.totals')}>
      <Typography variant="h2" sx={{ mb: 1 }}>
        {t('events.totals')}
      </Typography>
      <DataTable name={t('events.totals')} columns={columns} rows={lines} rowKey={({ key }) => key} maxHeight={480} />
    </Paper>
  )
}

function changeOf({ total, before }: Line): string | undefined {
  if (total === null || before === undefined || before.total === null) return undefined
  return formatChange(total, before.total)
}

function definitionOf({ series, formula }: EventsQuestion, line: Line): string {
  if (line.series === 'formula') return formula ? t('why.formula', { formula: describeFormula(formula) }) : ''
  const { measure = 'events', where = [] } = series[line.series] ?? {}
  const conditions = where.map(describeCondition).join('; ')
  return [t(`why.measure.${measure}`), conditions && t('why.where', { conditions })].filter(Boolean).join(' ')
}
