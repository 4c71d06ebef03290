import type { RangeInterval } from '../url/range.ts'
import type { Mark } from './marks.ts'

// What a chart library has to offer here. Another one takes uPlot's place by another file like uplot.ts.

export interface ChartLine {
  name: string
  /** One an interval; null leaves a gap. */
  values: readonly (number | null)[]
  /** Of the time that is compared with: drawn faint, behind. */
  isBefore?: boolean
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
  /** Place of the interval that is not over. */
  openIndex?: number | undefined
  /** Default: whole numbers. */
  format?: (value: number) => string
  height?: number
}
