import Button from '@mui/material/Button'
import type { RetentionAnswer } from '@trailstitch/protocol'
import { type CSSProperties, useState } from 'react'
import { type Column, DataTable } from '../../parts/data-table.tsx'
import { formatNumber, formatShare, formatTime } from '../../texts/format.ts'
import type { FullQuestion } from './question.ts'
import {
  columnPeriods,
  heatLimits,
  heatOf,
  largestShare,
  type RetentionCell,
  type RetentionRow,
  stripeShare,
  toRows,
} from './table.ts'
import { t } from './texts.ts'

export const shownAs = ['share', 'people'] as const
export type ShownAs = (typeof shownAs)[number]

/** Rows that are drawn at once: many days by many columns take a while. */
const firstRows = 60

/** Cohort by cohort, how many came back. */
export function HeatTable(props: {
  name: string
  answer: RetentionAnswer
  question: FullQuestion
  timeZone: string
  shown: ShownAs
}) {
  const { name, answer, question, timeZone, shown } = props
  const [isWhole, setWhole] = useState(false)
  const rows = toRows(answer)
  const hasMore = !isWhole && rows.length > firstRows + 1
  const drawn = hasMore ? [...rows.slice(0, 1), ...rows.slice(-firstRows)] : rows
  const hasOpen = rows.some(({ cells }) => cells.some(({ isOpen }) => isOpen))
  return (
    <>
      <DataTable
        name={name}
        rows={drawn}
        rowKey={({ start }) => String(start)}
        columns={columnsOf(rows, { question, timeZone, shown })}
        maxHeight={560}
      />
      {hasMore && (
        <Button onClick={() => setWhole(true)}>
          {t('retention.showAll', { count: formatNumber(rows.length - 1) })}
        </Button>
      )}
      {hasOpen && (
        <p className="quiet small heat-key">
          <span className="heat-swatch heat-open" aria-hidden="true" />
          {t('retention.openKey')}
        </p>
      )}
    </>
  )
}

function columnsOf(
  rows: readonly RetentionRow[],
  { question, timeZone, shown }: { question: FullQuestion; timeZone: string; shown: ShownAs },
): Column<RetentionRow>[] {
  const { unit } = question
  const periods = columnPeriods(question)
  const largest = largestShare(rows, periods[0] === '0')
  const names = periods.map((each) => t(`retention.column.${unit}`, { period: each }))
  const nameOf = ({ start }: RetentionRow) =>
    start === null ? t('retention.average') : formatTime(start, unit === 'day' ? 'day' : unit, timeZone)
  const cellOf = ({ cells }: RetentionRow, index: number): RetentionCell =>
    cells[index] ?? { returned: null, share: null, isOpen: false }
  return [
    {
      name: t(`retention.cohortColumn.${unit}`),
      value: ({ start }) => (start === null ? t('retention.average') : new Date(start).toISOString()),
      cell: (row) => (row.start === null ? <strong>{nameOf(row)}</strong> : nameOf(row)),
      isFixed: true,
    },
    {
      name: t('retention.size'),
      isNumber: true,
      value: ({ size }) => size,
      cell: ({ size }) => formatNumber(size),
    },
    ...names.map(
      (name, index): Column<RetentionRow> => ({
        name,
        isNumber: true,
        value: (row) => fileValue(row, cellOf(row, index), shown),
        cell: (row) => <Cell row={row} cell={cellOf(row, index)} shown={shown} />,
        className: 'heat',
        style: (row) => heatStyle(index === 0 && periods[0] === '0' ? 0 : heatOf(cellOf(row, index).share, largest)),
      }),
    ),
    {
      name: t('retention.openColumns'),
      value: ({ cells }) => names.filter((_name, index) => cells[index]?.isOpen).join(', '),
      isFileOnly: true,
    },
  ]
}

/** Averages have no count of people: they are shares in any case. */
const isShare = (row: RetentionRow, shown: ShownAs): boolean => shown === 'share' || row.start === null

function fileValue(row: RetentionRow, { returned, share }: RetentionCell, shown: ShownAs): number | null {
  if (!isShare(row, shown)) return returned
  return share === null ? null : Math.round(share * 10_000) / 10_000
}

function Cell({ row, cell, shown }: { row: RetentionRow; cell: RetentionCell; shown: ShownAs }) {
  const { returned, share, isOpen } = cell
  if (share === null) return <span className="quiet">–</span>
  const text = isShare(row, shown) ? formatShare(share) : formatNumber(returned ?? 0)
  const title =
    returned === null
      ? undefined
      : t('retention.cellTitle', { count: formatNumber(returned), size: formatNumber(row.size) })
  return (
    <span className={isOpen ? 'heat-open' : undefined} title={title}>
      {text}
      {isOpen && (
        <>
          <span aria-hidden="true">*</span>
          <span className="visually-hidden"> {t('chart.unfinished')}</span>
        </>
      )}
    </span>
  )
}

const heatStyle = (heat: number): CSSProperties =>
  ({
    '--heat-light': `${(heat * heatLimits.light) / 100}%`,
    '--heat-dark': `${(heat * heatLimits.dark) / 100}%`,
    '--heat-stripe': `${stripeShare}%`,
  }) as CSSProperties
