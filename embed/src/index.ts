import { drawFigure, type FigureOptions } from './draw/figure.ts'
import { drawFunnel, type FunnelOptions } from './draw/funnel.ts'
import { drawRetention, type RetentionOptions } from './draw/retention.ts'
import { drawTrend, type TrendOptions } from './draw/trend.ts'
import { type MountedChart, mount } from './mount.ts'

export { EmbedError } from './ask.ts'
export type { ChartOptions, MountedChart } from './mount.ts'
export type { Texts } from './texts.ts'
export type { FigureOptions, FunnelOptions, RetentionOptions, TrendOptions }

/** Lines over time, with a table that screen readers read. The token's question is a `trend`. */
export const mountTrend = (element: HTMLElement, options: TrendOptions): MountedChart =>
  mount(element, options, ['trend'], drawTrend)

/** One number: of an `overview`, or the total of a `trend`. */
export const mountFigure = (element: HTMLElement, options: FigureOptions): MountedChart =>
  mount(element, options, ['trend', 'overview'], drawFigure)

/** The steps of a `funnel`, and who reached them. */
export const mountFunnel = (element: HTMLElement, options: FunnelOptions): MountedChart =>
  mount(element, options, ['funnel'], drawFunnel)

/** Who came back of each cohort of a `retention`. */
export const mountRetention = (element: HTMLElement, options: RetentionOptions): MountedChart =>
  mount(element, options, ['retention'], drawRetention)
