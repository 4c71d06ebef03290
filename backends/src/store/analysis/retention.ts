import type { RetentionAnswer, RetentionQuery } from '@trailstitch/protocol'
import { placeOf } from './calendar.ts'
import { eachPerson } from './groups.ts'
import type { Scan } from './scan.ts'

/** Periods of a column, from and to, both included. */
interface Column {
  from: number
  to: number
}

function columnsOf({ brackets, periods, mode = 'on' }: RetentionQuery): Column[] {
  const begins = brackets ?? Array.from({ length: periods + 1 }, (_, period) => period)
  return begins.map((from, index) => {
    if (mode === 'on_or_after') return { from, to: Number.POSITIVE_INFINITY }
    return { from, to: brackets ? (begins[index + 1] ?? periods + 1) - 1 : from }
  })
}

/**
 * Filter 0 of the scan is the start, filter 1 the return. `starts` are those of all intervals from the range's first one
 * on, past the last period of the last cohort by one.
 */
export function retention(
  query: RetentionQuery,
  scan: Scan,
  starts: readonly number[],
  now: number,
): Pick<RetentionAnswer, 'cohorts' | 'average'> {
  const columns = columnsOf(query)
  const count = starts.filter((start) => start < query.to).length
  const sizes = new Float64Array(count)
  const returned = Array.from({ length: count }, () => new Float64Array(columns.length))
  const visits = createVisits(query, scan, starts)
  eachPerson(scan, (_person, from, to) => {
    const { cohorts, places } = visits(from, to)
    for (const cohort of cohorts) {
      sizes[cohort] = (sizes[cohort] as number) + 1
      const row = returned[cohort] as Float64Array
      for (const [index, column] of columns.entries())
        if (column.from === 0 || hasOneIn(places, cohort + column.from, cohort + column.to))
          row[index] = (row[index] as number) + 1
    }
  })
  const endOf = (cohort: number, period: number): number => starts[cohort + period + 1] ?? Number.POSITIVE_INFINITY
  const cohorts = Array.from({ length: count }, (_, cohort) => ({
    start: starts[cohort] as number,
    size: sizes[cohort] as number,
    returned: columns.map(({ from }, index) =>
      (starts[cohort + from] ?? Number.POSITIVE_INFINITY) > now ? null : (returned[cohort]?.[index] as number),
    ),
    complete: columns.filter((column) => endOf(cohort, lastPeriod(column, query.periods)) <= now).length,
  }))
  return { cohorts, average: columns.map((_, index) => averageOf(cohorts, index)) }
}

/** When a column is over. One that goes on for ever is taken for over with the period it begins with. */
const lastPeriod = ({ from, to }: Column, periods: number): number => (to > periods ? from : to)

function averageOf(cohorts: RetentionAnswer['cohorts'], index: number): number | null {
  let size = 0
  let returned = 0
  for (const cohort of cohorts) {
    if (cohort.complete <= index) continue
    size += cohort.size
    returned += cohort.returned[index] ?? 0
  }
  return size === 0 ? null : returned / size
}

/** Of one person, whose events lie at [from, to): the cohorts, and the intervals of their returns, ascending. */
function createVisits(
  { from: since, to: until, cohort = 'ever' }: RetentionQuery,
  scan: Scan,
  starts: readonly number[],
) {
  const { time, matches } = scan
  const placeAt = createPlaces(starts)
  return (from: number, to: number): { cohorts: number[]; places: number[] } => {
    const cohorts: number[] = []
    const places: number[] = []
    let isKnown = false
    for (let index = from; index < to; index++) {
      const at = time[index] as number
      const bits = matches[index] as number
      const inRange = at >= since && at < until
      if (bits & 1 && (inRange || cohort === 'ever')) {
        const place = placeAt(at)
        if (inRange && (cohort === 'every' ? cohorts.at(-1) !== place : !isKnown)) cohorts.push(place)
        isKnown = true
      }
      if (bits & 2 && at >= since) {
        const place = placeAt(at)
        if (places.at(-1) !== place) places.push(place)
      }
    }
    return { cohorts, places }
  }
}

/** The place of the last start at or before a moment. What comes next mostly lies in the same interval, or not far from it. */
function createPlaces(starts: readonly number[]): (at: number) => number {
  const sorted = Float64Array.from(starts)
  let place = 0
  let [begin, end] = [0, 0]
  return (at) => {
    if (at >= begin && at < end) return place
    place = placeOf(sorted, at)
    begin = sorted[place] ?? Number.NEGATIVE_INFINITY
    end = sorted[place + 1] ?? Number.POSITIVE_INFINITY
    return place
  }
}

function hasOneIn(places: readonly number[], from: number, to: number): boolean {
  const place = places[placeOf(places, from - 1) + 1]
  return place !== undefined && place <= to
}
