import type { DateSpan, RangeInterval } from './range.ts'
import { addDays, dateIn, startOfDate } from './zone.ts'

const hourMs = 3_600_000

/** Weeks begin on Monday. */
function firstOfInterval(date: string, interval: RangeInterval): string {
  if (interval === 'month') return `${date.slice(0, 7)}-01`
  if (interval === 'week') return addDays(date, -((new Date(date).getUTCDay() + 6) % 7))
  return date
}

function nextOf(date: string, interval: RangeInterval): string {
  if (interval === 'month') return firstOfInterval(addDays(date, 31), 'month')
  return addDays(date, interval === 'week' ? 7 : 1)
}

/** Where the intervals of a range begin, in a zone. The first week or month may begin before the range. */
export function intervalStarts(span: DateSpan, interval: RangeInterval, timeZone: string): number[] {
  const starts: number[] = []
  if (interval === 'hour') for (let at = span.from; at < span.to; at += hourMs) starts.push(at)
  else
    for (let date = firstOfInterval(span.first, interval); date <= span.last; date = nextOf(date, interval))
      starts.push(startOfDate(date, timeZone))
  return starts
}

/** Where an interval of a zone ends that begins there. */
export const endOfInterval = (start: number, interval: RangeInterval, timeZone: string): number =>
  interval === 'hour' ? start + hourMs : startOfDate(nextOf(dateIn(start, timeZone), interval), timeZone)

/** Sums figures of hours into the intervals that they lie in. What lies before the first counts to none. */
export function sumByInterval<Row>(
  rows: readonly Row[],
  at: (row: Row) => number,
  value: (row: Row) => number,
  starts: readonly number[],
): number[] {
  const sums = starts.map(() => 0)
  for (const row of rows) {
    const place = starts.findLastIndex((start) => start <= at(row))
    if (place >= 0) sums[place] = (sums[place] ?? 0) + value(row)
  }
  return sums
}

/** Place of the interval that holds this moment; undefined when none does. */
export function openIntervalIndex(starts: readonly number[], end: number, now: number): number | undefined {
  const place = starts.findLastIndex((start) => start <= now)
  return place >= 0 && now < end ? place : undefined
}
