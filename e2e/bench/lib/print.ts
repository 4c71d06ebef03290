import type { Result, Row } from './result.ts'

/** A figure for people: thousands apart, no more digits than there are. */
export function formatValue(value: number | null): string {
  if (value === null) return ''
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(value)
}

const verdict = ({ met }: Row): string => (met === undefined ? '' : met ? 'yes' : 'NO')

/** The columns of a row, for the terminal and for the docs page alike. */
export const columns = ['what', 'value', 'unit', 'baseline', 'ratio', 'goal', 'met'] as const
export const cells = (row: Row): string[] => [
  row.what,
  formatValue(row.value),
  row.unit,
  formatValue(row.baseline),
  row.ratio === null ? '' : String(row.ratio),
  row.goal ?? '',
  verdict(row),
]

export function formatTable({ rows }: Result): string {
  const table = [[...columns], ...rows.map(cells)]
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  const isNumber = (column: number): boolean => column === 1 || column === 3 || column === 4
  return table
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
