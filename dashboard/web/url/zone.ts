// Calendar dates are texts such as 2026-11-30; arithmetic on them is done in UTC, where all days have 24 hours.

const dayMs = 86_400_000

const formatters = new Map<string, Intl.DateTimeFormat>()

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  let found = formatters.get(timeZone)
  if (!found) {
    const parts = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
    found = new Intl.DateTimeFormat('en-CA', { timeZone, hourCycle: 'h23', second: '2-digit', ...parts })
    formatters.set(timeZone, found)
  }
  return found
}

/** Whether this browser knows a zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name)
    return true
  } catch {
    return false
  }
}

/** The zone's clock at a moment, as if it were UTC. */
function wallClock(ms: number, timeZone: string): number {
  const part: Record<string, number> = {}
  for (const { type, value } of formatterOf(timeZone).formatToParts(ms)) part[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** The date in a zone at a moment. */
export const dateIn = (ms: number, timeZone: string): string =>
  new Date(wallClock(ms, timeZone)).toISOString().slice(0, 10)

/** When a date begins in a zone, ms since 1970. Where midnight is skipped, the first moment that exists. */
export function startOfDate(date: string, timeZone: string): number {
  const wanted = Date.parse(date)
  // The offset a day off is within hours of right; once corrected it is that of the day itself.
  let at = wanted - (wallClock(wanted, timeZone) - wanted)
  at = wanted - (wallClock(at, timeZone) - at)
  // Skipped midnights are approached from below: the date only begins at the jump.
  while (dateIn(at, timeZone) < date) at += 1_800_000
  return at
}

export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(date) + days * dayMs).toISOString().slice(0, 10)

/** Days from one date to another, both counted. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1

/** A date that exists, between 1970 and 9999. */
export const isDate = (text: unknown): text is string =>
  typeof text === 'string' &&
  /^(19[7-9]\d|[2-9]\d{3})-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text)
