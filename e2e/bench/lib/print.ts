import type { Result, Row } from './result.ts'

/** A figure for people: thousands apart, no more digits than there are. */
export function formatValue(value: number | null): string {
  if (value === null) return ''
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(value)
}

const verdict = ({ met }: Row): string => (met === undefined ? '' : met ? 'yes' : 'NO')

/** A table for the terminal and for the docs page alike: its head, its rows, and which columns are numbers. */
export interface Table {
  head: string[]
  rows: string[][]
  isNumber: boolean[]
}

/** Columns that no row has anything in are left out; those of others, to be compared with, come last. */
export function createTable(rows: readonly Row[]): Table {
  const others = [...new Set(rows.flatMap(({ beside }) => Object.keys(beside ?? {})))]
  const head = ['what', 'value', 'unit', 'baseline', 'ratio', 'goal', 'met', ...others]
  const cells = rows.map((row) => [
    row.what,
    formatValue(row.value),
    row.unit,
    formatValue(row.baseline),
    row.ratio === null ? '' : String(row.ratio),
    row.goal ?? '',
    verdict(row),
    ...others.map((name) => formatValue(row.beside?.[name] ?? null)),
  ])
  const isNumber = head.map((name) => ['value', 'baseline', 'ratio', ...others].includes(name))
  const isUsed = head.map((_, column) => cells.some((row) => row[column] !== ''))
  const used = <T>(items: readonly T[]): T[] => items.filter((_, column) => isUsed[column])
  return { head: used(head), rows: cells.map(used), isNumber: used(isNumber) }
}

export function formatTable({ rows }: Result): string {
  const { head, rows: cells, isNumber } = createTable(rows)
  const lines = [head, ...cells]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const fill = (cell: string, column: number): string =>
    isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return lines.map((line) => line.map(fill).join('  ').trimEnd()).join('\n')
}
