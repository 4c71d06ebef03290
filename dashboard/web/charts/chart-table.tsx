import { DataTable } from '../parts/data-table.tsx'
import { formatNumber, formatTime } from '../texts/format.ts'
import { tk } from '../texts/kept.ts'
import { t } from '../texts/t.ts'
import type { Mark } from './marks.ts'
import type { ChartProps } from './types.ts'

/** What a chart shows, as a table that can be taken away. */
export function ChartTable({ marks, ...props }: ChartProps & { marks: readonly Mark[] }) {
  const { label, starts, lines, interval, timeZone, axis, openIndex, format = formatNumber } = props
  const rows = starts.map((start, index) => ({ start, index }))
  const notesOf = (place: number) => marks.flatMap(({ index, text }) => (index === place ? [text] : [])).join('; ')
  return (
    <DataTable
      name={label}
      rows={rows}
      rowKey={({ start }) => String(start)}
      maxHeight={320}
      columns={[
        {
          name: axis?.name ?? t('chart.time'),
          value: ({ start }) => axis?.format(start) ?? new Date(start).toISOString(),
          cell: ({ start, index }) =>
            `${axis?.format(start) ?? formatTime(start, interval, timeZone)}${index === openIndex ? ` (${t('chart.unfinished')})` : ''}`,
        },
        ...lines.map((line) => ({
          name: line.name,
          isNumber: true,
          value: ({ index }: { index: number }) => line.values[index] ?? null,
          cell: ({ index }: { index: number }) => {
            const value = line.values[index]
            return value === null || value === undefined ? '–' : format(value)
          },
        })),
        ...(marks.length === 0
          ? []
          : [{ name: tk('note.column'), value: ({ index }: { index: number }) => notesOf(index) }]),
      ]}
    />
  )
}
