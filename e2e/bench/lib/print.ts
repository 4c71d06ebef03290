import type { Result, Row } from './result.ts'

/** A figure for people: thousands apart, no more digits than there are. */
export function formatValue(value: number | null): string {
  if (value === null) return ''
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(value)
}

const verdict = ({ met }: Row): string => (met === undefined ? '' : met ? 'yes' : 'NO')

/** What a row is about, its case included. */
export const nameOf = ({ what, at }: Row): string => (at === undefined ? what : `${what}, ${at}`)

/** The columns of a row, for the terminal and for the docs page alike. */
export const columns = ['what', 'value', 'unit', 'baseline', 'ratio', 'goal', 'met'] as const
export const cells = (row: Row): string[] => [
  nameOf(row),
  formatValue(row.value),
  row.unit,
  formatValue(row.baseline),
  row.ratio === null ? '' : String(row.ratio),
  row.goal ?? '',
  verdict(row),
]

export interface CaseLine {
  what: string
  unit: string
  goal: string
  /** One a case; undefined where it was not measured in that one. */
  values: (Row | undefined)[]
}

/** Rows that were measured in several cases, as one line a figure, in the order they first come. */
export function inCases(rows: readonly Row[]): { cases: string[]; lines: CaseLine[] } {
  const cases = [...new Set(rows.map(({ at = '' }) => at))]
  const lines = [...Map.groupBy(rows, ({ what }) => what)].map(([what, same]) => ({
    what,
    unit: same[0]?.unit ?? '',
    goal: same[0]?.goal ?? '',
    values: cases.map((one) => same.find(({ at = '' }) => at === one)),
  }))
  return { cases, lines }
}

export function formatTable({ rows }: Pick<Result, 'rows'>): string {
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
