import { addDays, dateIn, daysBetween, isDate, startOfDate } from './zone.ts'

/** `day`: one. The others: the last 7, 30, 365 days up to a date. `custom`: from one date to another. */
export const periods = ['day', 'week', 'month', 'year', 'custom'] as const
export type Period = (typeof periods)[number]
export const comparisons = ['previous', 'year', 'none'] as const
export type Comparison = (typeof comparisons)[number]
export type RangeInterval = 'hour' | 'day' | 'week' | 'month'

/** The part of the address that tells the range. */
export interface RangeSearch {
  period?: Period
  /** The last day. Today, when left out. */
  date?: string
  /** First and last day of `custom`. */
  from?: string
  to?: string
  compare?: Comparison
}

export interface DateSpan {
  /** First and last date, both counted. */
  first: string
  last: string
  /** [from, to) in ms since 1970. */
  from: number
  to: number
}

export interface Range extends DateSpan {
  period: Period
  timeZone: string
  interval: RangeInterval
  comparison: Comparison
  /** What it is compared with; undefined for `none`. */
  compared: DateSpan | undefined
  /** The range ends with the day that is not over. */
  isCurrent: boolean
}

const lengths = { day: 1, week: 7, month: 30, year: 365 }
export const defaultPeriod: Period = 'week'
/** A year back that falls on the same weekdays. */
const yearDays = 364

function span(first: string, last: string, timeZone: string): DateSpan {
  return { first, last, from: startOfDate(first, timeZone), to: startOfDate(addDays(last, 1), timeZone) }
}

/** What the address says, as moments. Nonsense in it counts as left out. */
export function resolveRange(search: RangeSearch, timeZone: string, now: number): Range {
  const { period: asked = defaultPeriod, from, to, compare: comparison = 'previous' } = search
  const today = dateIn(now, timeZone)
  const isCustom = asked === 'custom' && isDate(from) && isDate(to) && from <= to
  const period = asked === 'custom' && !isCustom ? defaultPeriod : asked
  const last = isCustom ? to : isDate(search.date) ? search.date : today
  const first = isCustom ? from : addDays(last, 1 - lengths[period as keyof typeof lengths])
  const days = daysBetween(first, last)
  const back = comparison === 'year' ? yearDays : days
  const compared = comparison === 'none' ? undefined : span(addDays(first, -back), addDays(last, -back), timeZone)
  const interval = days <= 2 ? 'hour' : days <= 92 ? 'day' : days <= 366 ? 'week' : 'month'
  return {
    ...span(first, last, timeZone),
    period,
    timeZone,
    interval,
    comparison,
    compared,
    isCurrent: last >= today,
  }
}

/** The range before (-1) or after (1). It does not go beyond today. */
export function shiftRange(range: Range, by: -1 | 1, now: number): RangeSearch {
  const days = daysBetween(range.first, range.last)
  const today = dateIn(now, range.timeZone)
  const wanted = addDays(range.last, by * days)
  const last = [wanted, today].sort()[0] ?? today
  if (range.period === 'custom') return { period: 'custom', from: addDays(last, 1 - days), to: last }
  return last === today ? { period: range.period } : { period: range.period, date: last }
}
