import type { EventFilter, RetentionQuery } from '@trailstitch/protocol'
import { askable, isEventFilter, isObject } from '../../url/event-filter.ts'
import type { RangeInterval } from '../../url/range.ts'

export const units = ['day', 'week', 'month'] as const
export const modes = ['on', 'on_or_after'] as const
export const cohorts = ['ever', 'range', 'every'] as const
export type Unit = (typeof units)[number]

/** As far as a table can be read. */
export const maxPeriods = 60

/** What is asked, as the address holds it. What is left out has a default. */
export interface RetentionQuestion {
  start?: EventFilter | undefined
  return?: EventFilter | undefined
  /** Default: by the range. */
  unit?: Unit | undefined
  /** Default: by the unit. */
  periods?: number | undefined
  mode?: (typeof modes)[number] | undefined
  cohort?: (typeof cohorts)[number] | undefined
  /** Ascending, each at most `periods`. */
  brackets?: readonly number[] | undefined
}

const usualPeriods: Record<Unit, number> = { day: 7, week: 8, month: 6 }

const isOneOf = (list: readonly string[], value: unknown): boolean => list.some((each) => each === value)
const isPeriod = (value: unknown, least: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= maxPeriods
const isOptional = (value: unknown, check: (value: unknown) => boolean): boolean => value === undefined || check(value)

function areBrackets(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((each, index) => isPeriod(each, 0) && (index === 0 || each > value[index - 1]))
}

/** Whether something of an address is a question that can be asked. */
export function isQuestion(value: unknown): value is RetentionQuestion {
  if (!isObject(value)) return false
  const names: Record<string, (value: unknown) => boolean> = {
    start: isEventFilter,
    return: isEventFilter,
    unit: (each) => isOneOf(units, each),
    periods: (each) => isPeriod(each, 1),
    mode: (each) => isOneOf(modes, each),
    cohort: (each) => isOneOf(cohorts, each),
    brackets: areBrackets,
  }
  return Object.entries(names).every(([name, check]) => isOptional(value[name], check))
}

/** All of the question, with what stands where nothing was chosen. */
export function withDefaults(question: RetentionQuestion, interval: RangeInterval) {
  const { unit = interval === 'hour' ? 'day' : interval } = question
  const { start = {}, return: back = {}, mode = 'on', cohort = 'ever', brackets } = question
  const periods = Math.max(question.periods ?? usualPeriods[unit], ...(brackets ?? []))
  return { start, return: back, unit, periods, mode, cohort, brackets }
}

export type FullQuestion = ReturnType<typeof withDefaults>

/** The part of the query that the question makes. */
export function toQuery({ start, return: back, brackets, ...rest }: FullQuestion) {
  return {
    type: 'retention',
    start: askable(start),
    return: askable(back),
    ...rest,
    ...(brackets && { brackets }),
  } satisfies Omit<RetentionQuery, 'project' | 'from' | 'to'>
}

/** `1, 3, 7` as numbers, ascending, each once; undefined where there is none. */
export function readBrackets(text: string): number[] | undefined {
  const found = (text.match(/\d+/g) ?? []).map(Number).filter((each) => each <= maxPeriods)
  const sorted = [...new Set(found)].sort((a, b) => a - b)
  return sorted.length > 0 ? sorted : undefined
}
