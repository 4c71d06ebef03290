import type { TrendAnswer, TrendQuery } from '@trailstitch/protocol'
import { placeOf } from './calendar.ts'
import { chooseValues } from './groups.ts'
import type { Scan } from './scan.ts'

type Measure = TrendQuery['series'][number]['measure']

/** Takes the events of a row, in the order of the scan, and gives its figures. */
interface Meter {
  add(index: number, place: number): void
  points(): (number | null)[]
  total(): number | null
}

/** `scan` has a filter for each series, a number column for each that measures one, and the breakdown's values first. */
export function trendRows(query: TrendQuery, scan: Scan, starts: readonly number[]): TrendAnswer['rows'] {
  const { breakdown, series, top } = query
  const groups = breakdown === undefined ? undefined : chooseValues(scan.values[0] ?? noValues, top)
  const places = placesOf(scan, starts)
  let column = 0
  return series.flatMap(({ measure, property }, number) => {
    const numbers = property === undefined ? noNumbers : (scan.numbers[column++] ?? noNumbers)
    const meters = Array.from({ length: groups?.count ?? 1 }, () => createMeter(measure, scan, numbers, starts.length))
    for (let index = 0; index < scan.count; index++)
      if (((scan.matches[index] as number) >> number) & 1)
        meters[groups ? groups.rowOf(index) : 0]?.add(index, places[index] as number)
    return meters.map((meter, row) => ({
      series: number,
      ...groups?.nameOf(row),
      points: meter.points(),
      total: meter.total(),
    }))
  })
}

const noValues = { ids: new Int32Array(), names: [''] }
const noNumbers = new Float64Array()

/** The interval of each event. */
function placesOf({ count, time }: Scan, starts: readonly number[]): Int32Array {
  const sorted = Float64Array.from(starts)
  const places = new Int32Array(count)
  for (let index = 0; index < count; index++) places[index] = placeOf(sorted, time[index] as number)
  return places
}

function createMeter(measure: Measure, scan: Scan, numbers: Float64Array, length: number): Meter {
  switch (measure) {
    case 'events':
      return createCount(length, () => true)
    case 'people':
      return createPeopleCount(scan, length)
    case 'sessions': {
      const seen = new Set<number>()
      return createCount(length, (index) => isNew(seen, scan.session[index] ?? -1))
    }
    default:
      return createNumbers(measure, numbers, length)
  }
}

function isNew(seen: Set<number>, session: number): boolean {
  if (session < 0 || seen.has(session)) return false
  seen.add(session)
  return true
}

function createCount(length: number, counts: (index: number) => boolean): Meter {
  const points = new Float64Array(length)
  let total = 0
  return {
    add(index, place) {
      if (!counts(index)) return
      points[place] = (points[place] as number) + 1
      total++
    },
    points: () => [...points],
    total: () => total,
  }
}

/** A person's events come one after the other, by time: so whoever is not the one before is new. */
function createPeopleCount({ person }: Scan, length: number): Meter {
  const points = new Float64Array(length)
  let total = 0
  let last = -1
  let lastPlace = -1
  return {
    add(index, place) {
      const who = person[index] as number
      if (who < 0 || (who === last && place === lastPlace)) return
      points[place] = (points[place] as number) + 1
      if (who !== last) total++
      last = who
      lastPlace = place
    },
    points: () => [...points],
    total: () => total,
  }
}

function createNumbers(
  measure: Exclude<Measure, 'events' | 'people' | 'sessions'>,
  numbers: Float64Array,
  length: number,
): Meter {
  const cells = Array.from({ length: length + 1 }, () => ({ count: 0, sum: 0, least: Infinity, most: -Infinity }))
  const show = ({ count, sum, least, most }: (typeof cells)[number]): number | null => {
    if (measure === 'sum') return sum
    if (count === 0) return null
    return measure === 'average' ? sum / count : measure === 'minimum' ? least : most
  }
  return {
    add(index, place) {
      const value = numbers[index] as number
      if (!Number.isFinite(value)) return
      for (const cell of [cells[place], cells[length]]) {
        if (!cell) continue
        cell.count++
        cell.sum += value
        cell.least = Math.min(cell.least, value)
        cell.most = Math.max(cell.most, value)
      }
    },
    points: () => cells.slice(0, length).map(show),
    total: () => show(cells[length] as (typeof cells)[number]),
  }
}
