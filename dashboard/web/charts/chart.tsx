import Button from '@mui/material/Button'
import { useColorScheme } from '@mui/material/styles'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import { useCanKeep, useNotes } from '../app/use-kept.ts'
import { Loading } from '../parts/query-state.tsx'
import { formatNumber, formatTime } from '../texts/format.ts'
import { t } from '../texts/t.ts'
import { placeMarks } from './marks.ts'
import type { ChartColours, ChartData, ChartLine, ChartProps } from './types.ts'

const NoteDialog = lazy(async () => ({ default: (await import('./note-dialog.tsx')).NoteDialog }))
const ChartTable = lazy(async () => ({ default: (await import('./chart-table.tsx')).ChartTable }))

/** Lines over time, with a table that says the same. */
export function Chart(props: ChartProps) {
  const { label, starts, lines, interval, timeZone, openIndex, format = formatNumber, height = 260 } = props
  const [isTable, setTable] = useState(false)
  const [isNoting, setNoting] = useState(false)
  const canKeep = useCanKeep()
  const notes = useNotes().data
  const marks = useMemo(() => placeMarks(notes ?? [], starts, interval, timeZone), [notes, starts, interval, timeZone])
  const data = useMemo(() => {
    const formatStart = (start: number) => formatTime(start, interval === 'day' ? 'week' : interval, timeZone)
    return { starts, lines, openIndex, timeZone, marks, format, formatStart }
  }, [starts, lines, openIndex, timeZone, marks, format, interval])
  return (
    <div>
      {isTable ? (
        <Suspense fallback={<Loading />}>
          <ChartTable {...props} marks={marks} />
        </Suspense>
      ) : (
        <Canvas data={data} label={label} interval={interval} height={height} />
      )}
      <div className="bar" style={{ justifyContent: 'space-between', marginTop: 6 }}>
        {isTable ? <span /> : <Legend lines={lines} isUnfinished={openIndex !== undefined} />}
        <span className="bar">
          {canKeep && <Button onClick={() => setNoting(true)}>{t('note.add')}</Button>}
          <Button onClick={() => setTable(!isTable)}>{t(isTable ? 'chart.chart' : 'chart.table')}</Button>
        </span>
      </div>
      <Suspense fallback={null}>
        {isNoting && <NoteDialog starts={starts} timeZone={timeZone} onClose={() => setNoting(false)} />}
      </Suspense>
    </div>
  )
}

const palette = ['primary', 'success', 'warning', 'error', 'info', 'secondary']
const cssColour = (place: number) => `var(--mui-palette-${palette[place % palette.length]}-main)`

function readColours(): ChartColours {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--mui-palette-${name}`).trim()
  return {
    lines: palette.map((name) => read(`${name}-main`)),
    before: read('text-disabled'),
    text: read('text-secondary'),
    grid: read('divider'),
  }
}

type Point = { index: number; left: number; width: number }

function Canvas(props: { data: ChartData; label: string; interval: ChartProps['interval']; height: number }) {
  const { data, label, interval, height } = props
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
      {point && <Tip data={data} point={point} interval={interval} />}
    </div>
  )
}

function Tip({ data, point, interval }: { data: ChartData; point: Point; interval: ChartProps['interval'] }) {
  const start = data.starts[point.index]
  if (start === undefined) return null
  const isRight = point.left > point.width / 2
  return (
    <div
      className="chart-tip"
      aria-hidden="true"
      style={isRight ? { right: point.width - point.left + 12 } : { left: point.left + 12 }}
    >
      <strong>{formatTime(start, interval, data.timeZone)}</strong>
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

function Legend({ lines, isUnfinished }: { lines: readonly ChartLine[]; isUnfinished: boolean }) {
  const current = lines.filter(({ isBefore }) => !isBefore)
  return (
    <div className="chart-legend">
      {lines.map((line) => (
        <span key={line.name}>
          <span
            className="swatch"
            style={{ color: line.isBefore ? 'var(--mui-palette-text-disabled)' : cssColour(current.indexOf(line)) }}
          />
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
