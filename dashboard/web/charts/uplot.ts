import UPlot from 'uplot'
import {
  beforeAlpha,
  type ChartColours,
  type ChartData,
  type ChartLine,
  type ChartOptions,
  type DrawnChart,
} from './types.ts'

const dash = [5, 5]
const axisFont = '12px system-ui, sans-serif'
/** A point without a neighbour makes no line: it is shown as a dot. */
const dotSize = 6

/** Draws lines over time with uPlot. */
export function drawChart(container: HTMLElement, { data, colours, height, onPoint }: ChartOptions): DrawnChart {
  const strokes = layOut(data)
  const chart = new UPlot(
    {
      width: container.clientWidth,
      height,
      tzDate: (seconds) => UPlot.tzDate(new Date(seconds * 1000), data.timeZone),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: dotSize } },
      scales: { y: { range: (_chart, min, max) => withRoom(min, max) } },
      axes: [
        {
          stroke: colours.text,
          font: axisFont,
          grid: { show: false },
          ticks: { show: false },
          size: 30,
          splits: (chart) => pickStarts(data.starts, chart.width),
          values: (_chart, seconds) => seconds.map((second) => data.formatStart(second * 1000)),
        },
        {
          stroke: colours.text,
          font: axisFont,
          grid: { stroke: colours.grid, width: 1 },
          ticks: { show: false },
          size: 52,
          values: (_chart, values) => values.map((value) => data.format(value)),
        },
      ],
      series: [
        {},
        ...strokes.map(({ line, place, isTail, values }) => ({
          stroke: strokeOf(line, place, colours),
          width: line.isBefore ? 1.5 : 2,
          ...(line.isBefore && line.colour !== undefined && { alpha: beforeAlpha }),
          ...(isTail && { dash }),
          points: { show: true, size: dotSize, filter: () => lonelyPlaces(values) },
          spanGaps: false,
        })),
      ],
      hooks: {
        draw: [(chart) => drawMarks(chart, data, colours)],
        setCursor: [
          ({ cursor, bbox }) =>
            onPoint(
              cursor.idx === null || cursor.idx === undefined || (cursor.left ?? -1) < 0
                ? undefined
                : {
                    index: cursor.idx,
                    left: (cursor.left ?? 0) + bbox.left / devicePixelRatio,
                    width: container.clientWidth,
                  },
            ),
        ],
      },
    },
    [data.starts.map((start) => start / 1000), ...strokes.map(({ values }) => [...values])],
    container,
  )
  return {
    resize: (width) => chart.setSize({ width, height }),
    destroy: () => chart.destroy(),
  }
}

/** Where a value stands alone. */
const lonelyPlaces = (values: Stroke['values']): number[] =>
  values.flatMap((value, place) =>
    value !== null && (values[place - 1] ?? values[place + 1] ?? null) === null ? place : [],
  )

/** From zero, or from below it where values are, with room above. */
function withRoom(min: number, max: number): [number, number] {
  if (min < 0) return [min * 1.08, Math.max(0, max * 1.08)]
  return [0, max > 0 ? max * 1.08 : 1]
}

function strokeOf({ isBefore, colour }: ChartLine, place: number, { lines, before, text }: ChartColours): string {
  if (isBefore && colour === undefined) return before
  return lines[(colour ?? place) % lines.length] ?? text
}

const markHead = 5

/** Each note as a dotted upright line, with a head on top of it. */
function drawMarks(chart: UPlot, { marks, starts }: ChartData, { text }: ChartColours): void {
  const { ctx, bbox } = chart
  const head = markHead * devicePixelRatio
  ctx.save()
  ctx.strokeStyle = text
  ctx.fillStyle = text
  ctx.lineWidth = devicePixelRatio
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio])
  for (const index of new Set(marks.map((mark) => mark.index))) {
    const left = Math.round(chart.valToPos((starts[index] ?? 0) / 1000, 'x', true))
    ctx.beginPath()
    ctx.moveTo(left, bbox.top)
    ctx.lineTo(left, bbox.top + bbox.height)
    ctx.stroke()
    ctx.beginPath()
    ctx.moveTo(left - head, bbox.top)
    ctx.lineTo(left + head, bbox.top)
    ctx.lineTo(left, bbox.top + head * 1.5)
    ctx.fill()
  }
  ctx.restore()
}

/** Room for one label of the time axis, pixels. */
const labelWidth = 80

/** As many of the starts as have room, at even distances, in seconds. */
function pickStarts(starts: readonly number[], width: number): number[] {
  const step = Math.max(1, Math.ceil((starts.length * labelWidth) / Math.max(width, labelWidth)))
  return starts.filter((_start, index) => index % step === 0).map((start) => start / 1000)
}

interface Stroke {
  line: ChartLine
  /** Among the lines that are not of the time before: tells the colour. */
  place: number
  values: readonly (number | null)[]
  isTail: boolean
}

/** The time before lies behind. A line with an open interval is drawn in two: up to it, and the dashed way to it. */
function layOut({ lines, openIndex }: ChartData): Stroke[] {
  const current = lines.filter(({ isBefore }) => !isBefore)
  const behind = lines.filter(({ isBefore }) => isBefore)
  return [
    ...behind.map((line) => ({ line, place: 0, values: line.values, isTail: false })),
    ...current.flatMap((line, place): Stroke[] => {
      if (openIndex === undefined || openIndex < 1) return [{ line, place, values: line.values, isTail: false }]
      const head = line.values.map((value, index) => (index < openIndex ? value : null))
      const tail = line.values.map((value, index) => (index >= openIndex - 1 ? value : null))
      return [
        { line, place, values: head, isTail: false },
        { line, place, values: tail, isTail: true },
      ]
    }),
  ]
}
