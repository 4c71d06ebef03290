import type { Interval } from '@trailstitch/protocol'
import { Temporal } from 'temporal-polyfill'

const lengths = {
  hour: { hours: 1 },
  day: { days: 1 },
  week: { weeks: 1 },
  month: { months: 1 },
} as const satisfies Record<Interval, Temporal.DurationLike>

/**
 * Where the intervals begin that [from, to) lies in, ms since 1970, ascending; and after them `more` further ones. By the
 * calendar of the time zone: days of 23 and 25 hours are days. Weeks begin on Monday. Hours are hours of the clock on the
 * wall: where it is set back, the hour that comes twice is two.
 */
export function intervalStarts(
  { from, to }: { from: number; to: number },
  interval: Interval,
  timeZone: string,
  more = 0,
): number[] {
  const starts: number[] = []
  let begin = beginOf(Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone), interval)
  for (let left = more; begin.epochMilliseconds < to || left > 0; ) {
    if (begin.epochMilliseconds >= to) left--
    starts.push(begin.epochMilliseconds)
    const next = begin.add(lengths[interval])
    // Where midnight does not exist, the day begins later.
    begin = interval === 'hour' ? next : next.startOfDay()
  }
  return starts
}

function beginOf(moment: Temporal.ZonedDateTime, interval: Interval): Temporal.ZonedDateTime {
  switch (interval) {
    case 'hour':
      return moment.round({ smallestUnit: 'hour', roundingMode: 'floor' })
    case 'day':
      return moment.startOfDay()
    case 'week':
      return moment.subtract({ days: moment.dayOfWeek - 1 }).startOfDay()
    case 'month':
      return moment.with({ day: 1 }).startOfDay()
  }
}

/** The place of the last start at or before the moment; -1 before the first. */
export function placeOf(starts: readonly number[] | Float64Array, time: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] as number) <= time) low = middle + 1
    else high = middle
  }
  return low - 1
}
