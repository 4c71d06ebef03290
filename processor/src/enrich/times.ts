import { limits } from '@trailstitch/protocol'

/** The times of an event, ms since 1970, see docs/definitions.md. */
export interface EventTimes {
  timestamp: number
  originalTimestamp?: number
  sentAt?: number
  clamped?: 'future' | 'stale'
}

const isoWithoutZone = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?$/
const zoned = /(?:z|[+-]\d\d:?\d\d|gmt|utc|ut|[ecmp][sd]t)\s*(?:\(.*\))?$/i

/**
 * ms since 1970, whole, or undefined. Text without a time zone counts as UTC: `Date.parse` would take this machine's
 * zone and two workers could then store two different times for the same event.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return whole(value)
  if (typeof value !== 'string') return undefined
  if (value.endsWith('Z')) return whole(Date.parse(value))
  if (isoWithoutZone.test(value)) return whole(Date.parse(`${value}Z`))
  const time = zoned.test(value) ? Number.NaN : Date.parse(`${value} UTC`)
  return whole(Number.isNaN(time) ? Date.parse(value) : time)
}

const whole = (time: number): number | undefined => (Number.isFinite(time) ? Math.floor(time) : undefined)

/**
 * Corrects a wrong client clock: the time between happening and sending is right even on a clock that is not, so it is
 * counted back from the time of receipt. Depends on nothing but its arguments.
 */
export function correctTimes(event: Record<string, unknown>, receivedAt: number): EventTimes {
  const originalTimestamp = parseTime(event.timestamp) ?? parseTime(event.originalTimestamp)
  const sentAt = parseTime(event.sentAt)
  const times: EventTimes = { timestamp: receivedAt }
  if (sentAt !== undefined) times.sentAt = sentAt
  if (originalTimestamp === undefined) return times
  times.originalTimestamp = originalTimestamp
  const corrected = sentAt === undefined ? originalTimestamp : receivedAt - (sentAt - originalTimestamp)
  if (corrected > receivedAt + limits.maxFutureMs) times.clamped = 'future'
  else if (corrected < limits.earliestTimestamp) times.clamped = 'stale'
  else times.timestamp = corrected
  return times
}
