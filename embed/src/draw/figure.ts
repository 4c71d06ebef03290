import { html } from '../elements.ts'
import type { ChartOptions, Draw } from '../mount.ts'

export interface FigureOptions extends ChartOptions {
  /** Of an overview. Default `people`. A trend shows the total of its first row. */
  figure?: 'people' | 'sessions' | 'pages' | 'events' | undefined
}

export const drawFigure: Draw<'trend' | 'overview', FigureOptions> = (answer, { options, number }) => {
  const value = answer.type === 'trend' ? answer.rows[0]?.total : answer.totals[options.figure ?? 'people']
  return value === null || value === undefined ? undefined : [html('div', { class: 'value' }, number(value))]
}
