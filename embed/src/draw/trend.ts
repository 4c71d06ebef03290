import type { TrendAnswer } from '../answers.ts'
import { html, svg, table } from '../elements.ts'
import type { ChartOptions, Draw, Drawing } from '../mount.ts'

export interface TrendOptions extends ChartOptions {
  /** Of the drawing, pixels. Default 220. */
  height?: number | undefined
}

const colours = 6
const room = { left: 46, right: 8, top: 8, bottom: 22 }
/** Of one date below the axis, pixels. */
const labelWidth = 76
const styles = {
  hour: { hour: '2-digit', minute: '2-digit' },
  day: { day: 'numeric', month: 'short' },
  week: { day: 'numeric', month: 'short' },
  month: { month: 'short', year: 'numeric' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

interface Line {
  name: string
  points: readonly (number | null)[]
  colour: string
}

/** The next number above that is 1, 2 or 5 and noughts: a round end of an axis. */
export function roundUp(value: number): number {
  if (value <= 0) return 1
  const unit = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 5, 10].find((step) => step * unit >= value) ?? 10) * unit
}

const linesOf = ({ rows, question }: TrendAnswer, { options, texts }: Drawing<TrendOptions>): Line[] =>
  rows.map(({ series, value, rest, points }, place) => {
    const what = rest ? texts.others : value === '' ? texts.none : value
    const own = options.names?.[series] ?? question.series[series] ?? ''
    const isTold = question.series.length > 1 && what !== undefined && what !== null
    return {
      name: isTold ? `${own}, ${what}` : (what ?? own),
      points,
      colour: `var(--c${place % colours})`,
    }
  })

export const drawTrend: Draw<'trend', TrendOptions> = (answer, drawing, width) => {
  const { starts, question } = answer
  if (starts.length === 0) return undefined
  const lines = linesOf(answer, drawing)
  const { height = 220 } = drawing.options
  const most = roundUp(Math.max(0, ...lines.flatMap(({ points }) => points.map((point) => point ?? 0))))
  const inner = { width: Math.max(width - room.left - room.right, 40), height: height - room.top - room.bottom }
  const x = (index: number) =>
    room.left + (starts.length === 1 ? inner.width / 2 : (index / (starts.length - 1)) * inner.width)
  const y = (value: number) => room.top + inner.height * (1 - value / most)
  const dateOf = (at: number) => drawing.date(at, styles[question.interval], question.timeZone)
  const picture = svg('svg', {
    role: 'img',
    viewBox: `0 0 ${width} ${height}`,
    height,
    'aria-label': nameOf(drawing, lines),
  })
  for (const value of [0, most / 2, most])
    picture.append(
      svg('line', { class: 'grid', x1: room.left, x2: width - room.right, y1: y(value), y2: y(value) }),
      svg('text', { x: room.left - 8, y: y(value) + 4, 'text-anchor': 'end' }, drawing.number(value)),
    )
  const step = Math.max(1, Math.ceil((starts.length * labelWidth) / inner.width))
  for (const [index, at] of starts.entries())
    if (index % step === 0)
      picture.append(
        svg('text', { x: x(index), y: height - 4, 'text-anchor': anchorOf(index, starts.length) }, dateOf(at)),
      )
  for (const { points, colour } of lines) picture.append(...strokesOf(points, colour, x, y))
  return [
    html('div', {}, picture),
    ...(lines.length > 1 ? [legendOf(lines)] : []),
    tipOf(picture, { answer, lines, drawing, x, dateOf }),
    table(
      { caption: nameOf(drawing, lines), className: 'hidden' },
      [drawing.texts.time, ...lines.map(({ name }) => name)],
      starts.map((at, index) => [dateOf(at), ...lines.map(({ points }) => textOf(points[index], drawing))]),
    ),
  ]
}

/** The first and the last date stay within the drawing. */
const anchorOf = (index: number, count: number): string =>
  index === 0 ? 'start' : index === count - 1 ? 'end' : 'middle'

const nameOf = ({ label }: Drawing<TrendOptions>, lines: readonly Line[]): string =>
  label || lines.map(({ name }) => name).join(', ')

const textOf = (value: number | null | undefined, { number }: Drawing<TrendOptions>): string =>
  value === null || value === undefined ? '–' : number(value)

/** A line with gaps where there is no value, and a dot for a value that stands alone. */
function strokesOf(
  points: readonly (number | null)[],
  colour: string,
  x: (index: number) => number,
  y: (value: number) => number,
): SVGElement[] {
  let path = ''
  const dots: SVGElement[] = []
  for (const [index, value] of points.entries()) {
    if (value === null) continue
    const isFirst = (points[index - 1] ?? null) === null
    path += `${isFirst ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`
    if (isFirst && (points[index + 1] ?? null) === null) {
      const dot = svg('circle', { cx: x(index), cy: y(value), r: 3 })
      dot.style.fill = colour
      dots.push(dot)
    }
  }
  const line = svg('path', { class: 'series', d: path })
  line.style.stroke = colour
  return [line, ...dots]
}

function legendOf(lines: readonly Line[]): HTMLElement {
  const legend = html('div', { class: 'legend', 'aria-hidden': 'true' })
  for (const { name, colour } of lines) {
    const swatch = html('span', { class: 'swatch' })
    swatch.style.color = colour
    legend.append(html('span', {}, swatch, name))
  }
  return legend
}

interface Parts {
  answer: TrendAnswer
  lines: readonly Line[]
  drawing: Drawing<TrendOptions>
  x: (index: number) => number
  dateOf: (at: number) => string
}

/** What is under the pointer. The table says the same to those without one. */
function tipOf(picture: SVGElement, { answer: { starts }, lines, drawing, x, dateOf }: Parts): HTMLElement {
  const tip = html('div', { class: 'tip', 'aria-hidden': 'true', hidden: '' })
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect()
    const left = event.clientX - box.left
    const distances = starts.map((_at, index) => Math.abs(x(index) - left))
    const index = distances.indexOf(Math.min(...distances))
    tip.hidden = false
    tip.style.left = left < box.width / 2 ? `${x(index) + 24}px` : 'auto'
    tip.style.right = left < box.width / 2 ? 'auto' : `${box.width - x(index) + 24}px`
    tip.replaceChildren(
      html('strong', {}, dateOf(starts[index] ?? 0)),
      ...lines.map(({ name, points }) => html('div', {}, `${name}: ${textOf(points[index], drawing)}`)),
    )
  })
  picture.addEventListener('pointerleave', () => {
    tip.hidden = true
  })
  return tip
}
