import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ClockSums, Clocks } from '../../api/types.ts'
import { useApp } from '../../app/context.ts'
import { RangeBar } from '../../app/range-bar.tsx'
import { useProject, useRange, useUrlText } from '../../app/use-search.ts'
import { Chart } from '../../charts/chart.tsx'
import { Segments } from '../../parts/choice.tsx'
import { DataTable } from '../../parts/data-table.tsx'
import { QueryState } from '../../parts/query-state.tsx'
import { Why } from '../../parts/why.tsx'
import { formatNumber, formatShare } from '../../texts/format.ts'
import type { Range } from '../../url/range.ts'
import { type Size, shareOfSide, shareWithin, sides, sumOf, toRows } from './clock-shares.ts'
import { t } from './texts.ts'

const views = ['size', 'side'] as const
type View = (typeof views)[number]

/** What is off by more than the last of these is what is left. */
const drawnSizes = ['1s', '10s', '1m', '10m', '1h'] as const satisfies readonly Size[]

function useClocks({ from, to, timeZone }: Range) {
  const { api } = useApp()
  const project = useProject().id
  return useQuery({
    queryKey: ['clocks', project, from, to, timeZone],
    queryFn: ({ signal }) => api.get<Clocks>('/clocks', { project, from, to, timeZone }, signal),
    placeholderData: keepPreviousData,
  })
}

/** How far off the clocks were that events were sent by, over the days of the range. */
export function ClocksPanel() {
  const range = useRange()
  const clocks = useClocks(range)
  const [chosen, setView] = useUrlText('clocks', 'size')
  const view = views.find((each) => each === chosen) ?? 'size'
  return (
    <Paper className="panel" component="section" aria-labelledby="clocks-title">
      <div className="panel-head">
        <Typography variant="h2" id="clocks-title">
          {t('clocks.title')}
          <Why name={t('clocks.title')} definition={t('clocks.why')} />
        </Typography>
        <Segments
          label={t('clocks.view')}
          value={view}
          options={views.map((each) => [each, t(`clocks.view.${each}`)])}
          onChange={setView}
        />
      </div>
      <RangeBar canCompare={false} />
      <QueryState
        query={clocks}
        isEmpty={({ days }) => days.every(({ events }) => events === 0)}
        empty={t('clocks.empty')}
      >
        {({ days }) => <Days days={days} range={range} view={view} />}
      </QueryState>
    </Paper>
  )
}

function Days({ days, range, view }: { days: Clocks['days']; range: Range; view: View }) {
  const sums = sumOf(days)
  return (
    <>
      {sums && <Verdict sums={sums} />}
      <DaysChart days={days} range={range} view={view} />
      <div className="clocks-table">{sums && <Sizes sums={sums} />}</div>
    </>
  )
}

/** What most people want to know, in a sentence. */
function Verdict({ sums }: { sums: ClockSums }) {
  const right = shareWithin(sums, '1m')
  return (
    <p className="clocks-verdict">
      {right === null ? t('clocks.noneTold') : t('clocks.right', { share: formatShare(right) })}{' '}
      <span className="quiet">{t('clocks.corrected')}</span>
    </p>
  )
}

function DaysChart({ days, range, view }: { days: Clocks['days']; range: Range; view: View }) {
  const starts = useMemo(() => days.map(({ start }) => Date.parse(start)), [days])
  const lines = useMemo(
    () =>
      view === 'size'
        ? drawnSizes.map((size) => ({
            name: t(`clocks.within.${size}`),
            values: days.map(({ clocks }) => shareWithin(clocks, size)),
          }))
        : sides.map((side) => ({
            name: t(`clocks.side.${side}`),
            values: days.map(({ clocks }) => shareOfSide(clocks, side)),
          })),
    [days, view],
  )
  return (
    <Chart
      label={t(`clocks.chart.${view}`, { from: range.first, to: range.last })}
      starts={starts}
      lines={lines}
      interval="day"
      timeZone={range.timeZone}
      openIndex={range.isCurrent ? starts.length - 1 : undefined}
      format={formatShare}
      height={200}
    />
  )
}

function Sizes({ sums }: { sums: ClockSums }) {
  const rows = toRows(sums)
  const total = rows.reduce((sum, { events }) => sum + events, 0)
  const count = (value: number | null): string => (value === null ? '–' : formatNumber(value))
  return (
    <DataTable
      name={t('clocks.table')}
      rows={rows}
      rowKey={({ size }) => size}
      columns={[
        { name: t('clocks.off'), value: ({ size }) => t(`clocks.off.${size}`) },
        {
          name: t('clocks.side.behind'),
          isNumber: true,
          value: ({ behind }) => behind,
          cell: (row) => count(row.behind),
        },
        { name: t('clocks.side.ahead'), isNumber: true, value: ({ ahead }) => ahead, cell: (row) => count(row.ahead) },
        {
          name: t('quality.eventsColumn'),
          isNumber: true,
          isWide: true,
          value: ({ events }) => events,
          cell: (row) => count(row.events),
        },
        {
          name: t('quality.share'),
          isNumber: true,
          value: ({ events }) => events / total,
          cell: ({ events }) => formatShare(events / total),
        },
      ]}
    />
  )
}
