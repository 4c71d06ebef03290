import type { Result, Row } from './result.ts'

/** A figure for people: thousands apart, no more digits than there are. */
export function formatValue(value: number | null): string {
  if (value === null) return ''
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : String(value)
}

const verdict = ({ met }: Row): string => (met === undefined ? '' : met ? 'yes' : 'NO')

/** What a row is about, its case included. */
export const nameOf = ({ what, at }: Row): string => (at === undefined ? what : `${what}, ${at}`)

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
    nameOf(row),
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
  const { head, rows: cells, isNumber } = createTable(rows)
  const lines = [head, ...cells]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const fill = (cell: string, column: number): string =>
    isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return lines.map((line) => line.map(fill).join('  ').trimEnd()).join('\n')
}
