import Button from '@mui/material/Button'
import { useColorScheme } from '@mui/material/styles'
import { type CSSProperties, lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useCanKeep, useNotes } from '../app/use-kept.ts'
import { Loading } from '../parts/query-state.tsx'
import { formatNumber, formatTime } from '../texts/format.ts'
import { t } from '../texts/t.ts'
import { placeMarks } from './marks.ts'
import { beforeAlpha, type ChartColours, type ChartData, type ChartLine, type ChartProps } from './types.ts'

const NoteDialog = lazy(async () => ({ default: (await import('./note-dialog.tsx')).NoteDialog }))
const ChartTable = lazy(async () => ({ default: (await import('./chart-table.tsx')).ChartTable }))

/** Lines over time, with a table that says the same. */
export function Chart(props: ChartProps) {
  const { label, starts, lines, interval, timeZone, axis, openIndex, format = formatNumber, height = 260 } = props
  const [isTable, setTable] = useState(false)
  const [isNoting, setNoting] = useState(false)
  const canKeep = useCanKeep()
  const notes = useNotes().data
  const marks = useMemo(() => placeMarks(notes ?? [], starts, interval, timeZone), [notes, starts, interval, timeZone])
  const data = useMemo(() => {
    const style = interval === 'day' ? 'week' : interval
    const formatStart = axis?.format ?? ((start: number) => formatTime(start, style, timeZone))
    const nameStart = axis?.format ?? ((start: number) => formatTime(start, interval, timeZone))
    return { starts, lines, openIndex, timeZone, marks, format, formatStart, nameStart }
  }, [starts, lines, openIndex, timeZone, axis, marks, format, interval])
  return (
    <div>
      {isTable ? (
        <Suspense fallback={<Loading />}>
          <ChartTable {...props} marks={marks} />
        </Suspense>
      ) : (
        <Canvas data={data} label={label} height={height} />
      )}
      <div className="bar" style={{ justifyContent: 'space-between', marginTop: 6 }}>
        {isTable ? <span /> : <Legend lines={lines} isUnfinished={openIndex !== undefined} />}
        <span className="bar">
          {canKeep && !axis && <Button onClick={() => setNoting(true)}>{t('note.add')}</Button>}
          <Button onClick={() => setTable(!isTable)}>{t(isTable ? 'chart.chart' : 'chart.table')}</Button>
        </span>
      </div>
      <Suspense fallback={null}>
        {isNoting && <NoteDialog starts={starts} timeZone={timeZone} onClose={() => setNoting(false)} />}
      </Suspense>
    </div>
  )
}

/** As many lines as can be told apart by their colours, which style.css has for light and dark. */
export const maxColours = 10
const colourName = (place: number) => `--chart-${(place % maxColours) + 1}`
/** The colour of a line, for what stands beside the chart. */
export const cssColour = (place: number): string => `var(${colourName(place)})`

function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(name).trim()
  return {
    lines: Array.from({ length: maxColours }, (_, place) => read(colourName(place))),
    before: read('--mui-palette-text-disabled'),
    text: read('--mui-palette-text-secondary'),
    grid: read('--mui-palette-divider'),
  }
}

type Point = { index: number; left: number; width: number }

function Canvas({ data, label, height }: { data: ChartData; label: string; height: number }) {
  const container = useRef<HTMLDivElement>(null)
  const [point, setPoint] = useState<Point>()
  const { colorScheme } = useColorScheme()
  useEffect(() => {
    const element = container.current
    if (!element) return
    let isGone = false
    let drawn: { resize(width: number): void; destroy(): void } | undefined
    // The colours belong to the scheme: another one means another drawing.
    void colorScheme
    const observer = new ResizeObserver(() => drawn?.resize(element.clientWidth))
    void import('./uplot.ts').then(({ drawChart }) => {
      if (isGone) return
      drawn = drawChart(element, { data, colours: readColours(), height, onPoint: setPoint })
      observer.observe(element)
    })
    return () => {
      isGone = true
      observer.disconnect()
      drawn?.destroy()
    }
  }, [data, height, colorScheme])
  return (
    <div className="chart" style={{ minHeight: height }}>
      <div ref={container} role="img" aria-label={label} />
      {point && <Tip data={data} point={point} />}
    </div>
  )
}

function Tip({ data, point }: { data: ChartData; point: Point }) {
  const start = data.starts[point.index]
  if (start === undefined) return null
  const isRight = point.left > point.width / 2
  return (
    <div
      className="chart-tip"
      aria-hidden="true"
      style={isRight ? { right: point.width - point.left + 12 } : { left: point.left + 12 }}
    >
      <strong>{data.nameStart(start)}</strong>
      {point.index === data.openIndex && ` (${t('chart.unfinished')})`}
      {data.lines.map(({ name, values }) => {
        const value = values[point.index]
        return (
          <div key={name}>
            {name}: {value === null || value === undefined ? '–' : data.format(value)}
          </div>
        )
      })}
      {data.marks.map(({ index, text }) => index === point.index && <div key={text}>▾ {text}</div>)}
    </div>
  )
}

function swatchStyle({ isBefore, colour }: ChartLine, place: number): CSSProperties {
  if (isBefore && colour === undefined) return { color: 'var(--mui-palette-text-disabled)' }
  return { color: cssColour(colour ?? place), ...(isBefore && { opacity: beforeAlpha }) }
}

function Legend({ lines, isUnfinished }: { lines: readonly ChartLine[]; isUnfinished: boolean }) {
  const current = lines.filter(({ isBefore }) => !isBefore)
  return (
    <div className="chart-legend">
      {lines.map((line) => (
        <span key={line.name}>
          <span className="swatch" style={swatchStyle(line, current.indexOf(line))} />
          {line.name}
        </span>
      ))}
      {isUnfinished && (
        <span>
          <span className="swatch is-dashed" style={{ color: cssColour(0) }} />
          {t('chart.unfinished')}
        </span>
      )}
    </div>
  )
}
