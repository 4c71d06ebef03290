import type { Condition, EventFilter, Field, FunnelPeopleQuery, FunnelQuery } from '@trailstitch/protocol'
import { isField } from '../../parts/fields.ts'
import { isOneOf, isOptional, isWhole } from '../../url/checks.ts'
import { askable, isEventFilter, isObject } from '../../url/event-filter.ts'
import type { Range } from '../../url/range.ts'

export const minSteps = 2
export const maxSteps = 12
export const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const
export type Unit = keyof typeof unitMs
export const units = Object.keys(unitMs) as Unit[]
export const orders = ['ordered', 'strict', 'any'] as const
export const counts = ['people', 'totals'] as const
export const sides = ['first', 'last'] as const
/** As long as the server lets a window be. */
const maxWindowMs = 366 * unitMs.day
/** Values with a row of their own. */
const top = 10

/** What the page asks, as its address holds it. What is left out is as usual. */
export interface FunnelQuestion {
  steps: readonly EventFilter[]
  size?: number
  unit?: Unit
  order?: (typeof orders)[number]
  count?: (typeof counts)[number]
  breakdown?: Field
  by?: (typeof sides)[number]
}

export const usualFunnel: FunnelQuestion = { steps: [] }
export const usualWindow = { size: 7, unit: 'day' } as const

/** The largest number of a unit that a window may have. */
export const maxSize = (unit: Unit): number => Math.floor(maxWindowMs / unitMs[unit])

/** Whether something is a question of this page. Never throws. */
export function isFunnelQuestion(value: unknown): value is FunnelQuestion {
  if (!isObject(value)) return false
  const { steps, size, unit = usualWindow.unit, order, count, breakdown, by } = value
  return (
    Array.isArray(steps) &&
    steps.length <= maxSteps &&
    steps.every(isEventFilter) &&
    isOneOf(units, unit) &&
    isOptional(size, (given) => isWhole(given, 1, maxSize(unit))) &&
    isOptional(order, (given) => isOneOf(orders, given)) &&
    isOptional(count, (given) => isOneOf(counts, given)) &&
    isOptional(breakdown, isField) &&
    isOptional(by, (given) => isOneOf(sides, given))
  )
}

type Asked<Query> = Omit<Query, 'project'>

function toEntry({ steps, size, unit, order }: FunnelQuestion, range: Range, where: readonly Condition[]) {
  const window = { size: size ?? usualWindow.size, unit: unit ?? usualWindow.unit }
  return {
    from: range.from,
    to: range.to,
    timeZone: range.timeZone,
    where,
    steps: steps.map(askable),
    windowMs: window.size * unitMs[window.unit],
    order: order ?? 'ordered',
  }
}

/** As it is put to the server; undefined while there are too few steps. */
export function toFunnel(
  question: FunnelQuestion,
  range: Range,
  where: readonly Condition[],
): Asked<FunnelQuery> | undefined {
  const { steps, count = 'people', breakdown, by = 'first' } = question
  if (steps.length < minSteps) return undefined
  return {
    type: 'funnel',
    ...toEntry(question, range, where),
    count,
    ...(breakdown !== undefined && { breakdown, breakdownBy: by, top }),
  }
}

/** People of a step, from 1: those who reached it, or those who went no further. */
export interface Who {
  step: number
  dropped: boolean
}

/** `2`, or `2-dropped`. */
export const writeWho = ({ step, dropped }: Who): string => `${step}${dropped ? '-dropped' : ''}`

/** Undefined for what names no step of so many. Nobody drops off behind the last one. */
export function readWho(text: string, steps: number): Who | undefined {
  const [, digits, dropped] = /^(\d{1,2})(-dropped)?$/.exec(text) ?? []
  const step = Number(digits)
  if (!isWhole(step, 1, dropped ? steps - 1 : steps)) return undefined
  return { step, dropped: dropped !== undefined }
}

/** The question for the people behind a figure. */
export function toFunnelPeople(
  question: FunnelQuestion,
  range: Range,
  where: readonly Condition[],
  { step, dropped }: Who,
): Asked<FunnelPeopleQuery> {
  return { type: 'funnel_people', ...toEntry(question, range, where), step, droppedOnly: dropped }
}

/** Moves a step one place up (-1) or down (1). At the ends nothing moves. */
export function moveStep(steps: readonly EventFilter[], from: number, by: -1 | 1): EventFilter[] {
  const [step, other] = [steps[from], steps[from + by]]
  if (!step || !other) return [...steps]
  return steps.map((each, at) => (at === from ? other : at === from + by ? step : each))
}

/** Events that say who somebody is: nobody thinks of them as a step. */
const noSteps = ['identify', 'group']
const suggestedSteps = 3

/** A first funnel: the most frequent events, as most people do what comes first. Undefined where there are too few. */
export function suggestSteps(events: readonly { event: string }[]): EventFilter[] | undefined {
  const found = events.filter(({ event }) => !noSteps.includes(event)).slice(0, suggestedSteps)
  return found.length < minSteps ? undefined : found.map(({ event }) => ({ event }))
}
