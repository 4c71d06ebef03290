import type { Machine } from './machine.ts'

/** One measured figure. Rows without a goal leave `goal` and `met` out. */
export interface Row {
  what: string
  /** The case it was measured in, where there are several: the same figures in each, side by side in the docs. */
  at?: string
  /** How other benchmarks find it, see {@link findValue}. */
  key?: string
  value: number
  unit: string
  /** What `value` is held against, measured in the same run; null where there is nothing to hold it against. */
  baseline: number | null
  /** `value / baseline`. Where both were measured in pairs it is the median of the pairs' ratios. */
  ratio: number | null
  /** The same figure of others, by their names, measured in the same run. */
  beside?: Record<string, number>
  /** In words, such as `ratio >= 0.6`. */
  goal?: string
  met?: boolean
}

export interface Result {
  name: string
  machine: Machine
  rows: Row[]
}

/** What a benchmark is run with. */
export interface BenchOptions {
  /** A short form that shows that all works; its figures say little. */
  quick: boolean
  progress: Progress
}

/** Shows where a run is; says nothing unless somebody watches. */
export interface Progress {
  show(text: string): void
  clear(): void
}

/** A benchmark: what it is called, how it measures (Markdown list items for the docs page), and the run. */
export interface Measured {
  title: string
  how: readonly string[]
  run(options: BenchOptions): Promise<Row[]>
}

/** Figures that follow from those of others. */
export interface Derived {
  title: string
  how: readonly string[]
  /** `measured`: the rows of all other benchmarks, as far as they are known. Throws when one that it needs is not. */
  derive(measured: readonly Row[], prices: Prices): Row[]
}

export type Bench = Measured | Derived

/** US dollars by what they buy. What is not among them is counted and not priced. */
export type Prices = Readonly<Record<string, number>>

/** The value of the row with that key; of the case, where there are several. Throws when there is none. */
export function findValue(rows: readonly Row[], key: string, at?: string): number {
  const row = rows.find((one) => one.key === key && one.at === at)
  if (!row) throw new Error(`the figure ${key}${at === undefined ? '' : ` (${at})`} has not been measured`)
  return row.value
}

export interface Goal {
  /** Which figure is held to it. Default `value`. */
  of?: 'value' | 'ratio'
  atLeast?: number
  atMost?: number
}

type Figures = Pick<Row, 'what' | 'at' | 'key' | 'value' | 'unit' | 'beside'> & {
  baseline?: number
  ratio?: number
  goal?: Goal
}

export function createRow({ what, at, key, value, unit, baseline, ratio, beside, goal }: Figures): Row {
  const row: Row = {
    what,
    ...(at !== undefined && { at }),
    ...(key !== undefined && { key }),
    value: round(value),
    unit,
    baseline: baseline === undefined ? null : round(baseline),
    ratio: baseline === undefined ? null : round(ratio ?? value / baseline),
    ...(beside && {
      beside: Object.fromEntries(Object.entries(beside).map(([name, figure]) => [name, round(figure)])),
    }),
  }
  if (!goal) return row
  // Held to the goal as shown: what reads 0.6 meets 0.6.
  const figure = goal.of === 'ratio' ? (row.ratio ?? Number.NaN) : row.value
  const isMet =
    figure >= (goal.atLeast ?? Number.NEGATIVE_INFINITY) && figure <= (goal.atMost ?? Number.POSITIVE_INFINITY)
  return { ...row, goal: describeGoal(goal, unit), met: isMet }
}

function describeGoal({ of = 'value', atLeast, atMost }: Goal, unit: string): string {
  const bound = atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`
  return of === 'ratio' ? `ratio ${bound}` : `${bound} ${unit}`
}

/** Four figures are more than any of these measurements repeats. */
const round = (value: number): number => (Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(4)))
