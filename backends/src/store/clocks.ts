import {
  type ClockClass,
  type ClockCounts,
  type ClocksAnswer,
  type ClocksQuery,
  clockClasses,
  type StoredEvent,
} from '@trailstitch/protocol'
import { intervalStarts, placeOf } from './analysis/calendar.ts'

/** A row of the books, as far as it tells of clocks; of a minute of receipt, or of several of one day. */
export interface ClockRow {
  minute: number
  stored: number
  clocks?: ClockCounts
}

const secondMs = 1_000
const limits = [
  [10 * secondMs, '10s'],
  [60 * secondMs, '1m'],
  [600 * secondMs, '10m'],
  [3_600 * secondMs, '1h'],
  [Number.POSITIVE_INFINITY, 'more'],
] as const

/** How right the clock was that an event was sent by; undefined for one that does not tell when it was sent. */
export function clockOf({ sentAt, receivedAt }: Pick<StoredEvent, 'sentAt' | 'receivedAt'>): ClockClass | undefined {
  if (sentAt === undefined) return undefined
  const offMs = Math.abs(receivedAt - sentAt)
  if (offMs <= secondMs) return 'within_1s'
  const [, size] = limits.find(([most]) => offMs <= most) ?? limits[4]
  return `${sentAt > receivedAt ? 'ahead' : 'behind'}_${size}`
}

/** Both together. */
export function addClocks(counts: ClockCounts = {}, more: ClockCounts = {}): ClockCounts {
  const sums = { ...counts }
  for (const [name, count] of Object.entries(more) as [ClockClass, number][]) sums[name] = (sums[name] ?? 0) + count
  return sums
}

/** The part of each day, by the calendar of the time zone, that lies in the range. */
export function dayRanges({ from, to, timeZone = 'UTC' }: ClocksQuery): { from: number; to: number }[] {
  const starts = intervalStarts({ from, to }, 'day', timeZone)
  return starts.map((start, index) => ({ from: Math.max(start, from), to: Math.min(starts[index + 1] ?? to, to) }))
}

/** Puts rows of a range together to days. What a day stored and no class has is unknown. */
export function clockDays({ from, to, timeZone = 'UTC' }: ClocksQuery, rows: Iterable<ClockRow>): ClocksAnswer {
  const starts = intervalStarts({ from, to }, 'day', timeZone)
  const days = starts.map((start) => ({ start, events: 0, clocks: {} as ClockCounts }))
  for (const { minute, stored, clocks } of rows) {
    const day = days[placeOf(starts, minute)]
    if (!day) continue
    day.events += stored
    day.clocks = addClocks(day.clocks, clocks)
  }
  return { days: days.map(({ clocks, ...day }) => ({ ...day, clocks: withUnknown(clocks, day.events) })) }
}

function withUnknown(counts: ClockCounts, events: number): ClocksAnswer['days'][number]['clocks'] {
  const known = clockClasses.map((name) => [name, counts[name] ?? 0] as const)
  const sum = known.reduce((total, [, count]) => total + count, 0)
  return Object.fromEntries([...known, ['unknown', events - sum]]) as ReturnType<typeof withUnknown>
}
