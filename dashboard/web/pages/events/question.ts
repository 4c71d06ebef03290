import type { Condition, Field, Interval, Series, TrendQuery } from '@trailstitch/protocol'
import { isField } from '../../parts/fields.ts'
import { isOneOf, isOptional, isWhole } from '../../url/checks.ts'
import { askable, isEventFilter, isObject } from '../../url/event-filter.ts'
import type { DateSpan, Range } from '../../url/range.ts'
import { daysBetween } from '../../url/zone.ts'
import { type Formula, isFormula } from './formula.ts'
import { measures, needsProperty } from './measures.ts'

export const maxSeries = 10
export const topChoices = [3, 5, 10, 20, 50] as const
export const usualTop = 5
const intervals = ['hour', 'day', 'week', 'month'] as const
/** Ranges of more days are not shown by the hour: nobody can tell so many points apart. */
const maxDaysByHour = 31
const maxTop = 100

/** What the page asks, as its address holds it. */
export interface EventsQuestion {
  series: readonly Series[]
  formula?: Formula
  breakdown?: Field
  top?: number
  /** Left out: by the length of the range. */
  interval?: Interval
}

export const usualQuestion: EventsQuestion = { series: [{ measure: 'events' }] }

/** Whether something is a question of this page. Never throws. */
export function isEventsQuestion(value: unknown): value is EventsQuestion {
  if (!isObject(value)) return false
  const { series, formula, breakdown, top, interval } = value
  if (!Array.isArray(series) || series.length < 1 || series.length > maxSeries || !series.every(isSeries)) return false
  return (
    isOptional(formula, (given) => isFormula(given, series.length)) &&
    isOptional(breakdown, isField) &&
    isOptional(top, (given) => isWhole(given, 1, maxTop)) &&
    isOptional(interval, (given) => isOneOf(intervals, given))
  )
}

function isSeries(value: unknown): value is Series {
  if (!isObject(value) || !isOneOf(measures, value.measure) || !isEventFilter(value)) return false
  const { property } = value as { property?: unknown }
  return isOptional(property, (given) => isField(given) && given.startsWith('properties.'))
}

/** Intervals that a range can be shown by. */
export const intervalsOf = ({ first, last }: DateSpan): Interval[] =>
  intervals.filter((each) => each !== 'hour' || daysBetween(first, last) <= maxDaysByHour)

/** The chosen interval, or the range's own. */
export const intervalOf = ({ interval }: EventsQuestion, range: Range): Interval =>
  interval !== undefined && intervalsOf(range).includes(interval) ? interval : range.interval

type Trend = Omit<TrendQuery, 'project'>

/** As it is put to the server; undefined while a series has no property yet. */
export function toTrend(question: EventsQuestion, range: Range, where: readonly Condition[]): Trend | undefined {
  const { series, breakdown, top = usualTop } = question
  if (series.some(({ measure, property }) => needsProperty(measure) && property === undefined)) return undefined
  return {
    type: 'trend',
    from: range.from,
    to: range.to,
    timeZone: range.timeZone,
    where,
    interval: intervalOf(question, range),
    series: series.map(({ measure, property, ...filter }) => ({
      ...askable(filter),
      measure,
      ...(needsProperty(measure) && property !== undefined && { property }),
    })),
    ...(breakdown !== undefined && { breakdown, top }),
  }
}

/** Takes a series out, and the formula with it if it needs it. The last one stays. */
export function withoutSeries(question: EventsQuestion, place: number): EventsQuestion {
  const { formula, series, ...rest } = question
  if (series.length === 1) return question
  const left = { ...rest, series: series.filter((_each, at) => at !== place) }
  if (!formula || formula.left === place || formula.right === place) return left
  const moved = (at: number) => (at > place ? at - 1 : at)
  return { ...left, formula: { ...formula, left: moved(formula.left), right: moved(formula.right) } }
}
