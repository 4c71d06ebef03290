import type { RangeInterval } from '../url/range.ts'
import type { Mark } from './marks.ts'

// What a chart library has to offer here. Another one takes uPlot's place by another file like uplot.ts.

/** How much of its colour a line of the time before has. */
export const beforeAlpha = 0.5

export interface ChartLine {
  name: string
  /** One an interval; null leaves a gap. */
  values: readonly (number | null)[]
  /** Of the time that is compared with: drawn faint, behind. */
  isBefore?: boolean
  /** Place of its colour. Default: its place among the lines of now; a line of the time before is grey. */
  colour?: number
}

export interface ChartData {
  /** Where each interval begins, ms since 1970, ascending. */
  starts: readonly number[]
  lines: readonly ChartLine[]
  /** Place of the interval that is not over: the way to it is dashed. */
  openIndex: number | undefined
  timeZone: string
  /** Notes, drawn as upright lines. */
  marks: readonly Mark[]
  format: (value: number) => string
  /** A start as the axis shows it. */
  formatStart: (start: number) => string
  /** A start as it is called where there is room. */
  nameStart: (start: number) => string
}

export interface ChartColours {
  lines: readonly string[]
  before: string
  text: string
  grid: string
}

export interface ChartOptions {
  data: ChartData
  colours: ChartColours
  height: number
  /** Place of the interval under the pointer, and where that is; undefined when the pointer leaves. */
  onPoint: (point: { index: number; left: number; width: number } | undefined) => void
}

export interface DrawnChart {
  resize(width: number): void
  destroy(): void
}

export type DrawChart = (container: HTMLElement, options: ChartOptions) => DrawnChart

export interface ChartProps {
  /** Says what is shown, for those who do not see it, and names the downloads. */
  label: string
  starts: readonly number[]
  lines: readonly ChartLine[]
  interval: RangeInterval
  timeZone: string
  /** What runs from left to right, where it is not time, and how a start is called then. */
  axis?: { name: string; format: (start: number) => string }
  /** Place of the interval that is not over. */
  openIndex?: number | undefined
  /** Default: whole numbers. */
  format?: (value: number) => string
  height?: number
}
