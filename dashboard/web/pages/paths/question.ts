import type { EventFilter, PathsQuery } from '@trailstitch/protocol'
import { askable, isEventFilter, isObject } from '../../url/event-filter.ts'

export const directions = ['forward', 'backward'] as const
export const kinds = ['event', 'path'] as const
export type Direction = (typeof directions)[number]
/** As many as the server takes. */
export const maxSteps = 10
export const maxTop = 20

/** What is asked, as the address holds it. What is left out has a default. */
export interface PathsQuestion {
  anchor?: EventFilter | undefined
  direction?: Direction | undefined
  by?: (typeof kinds)[number] | undefined
  /** From the anchor on. */
  steps?: number | undefined
  /** Named at each step. */
  top?: number | undefined
}

const isWhole = (value: unknown, max: number): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max

/** Whether something of an address is a question that can be asked. */
export function isQuestion(value: unknown): value is PathsQuestion {
  if (!isObject(value)) return false
  const { anchor = {}, direction = 'forward', by = 'event', steps = 1, top = 1 } = value
  return (
    isEventFilter(anchor) &&
    directions.some((each) => each === direction) &&
    kinds.some((each) => each === by) &&
    isWhole(steps, maxSteps) &&
    isWhole(top, maxTop)
  )
}

/** All of the question, with what stands where nothing was chosen. */
export function withDefaults({ anchor = {}, direction = 'forward', by = 'event', steps = 4, top = 5 }: PathsQuestion) {
  return { anchor, direction, by, steps, top }
}

export type FullQuestion = ReturnType<typeof withDefaults>

/** The part of the query that the question makes. */
export function toQuery({ anchor, ...rest }: FullQuestion) {
  const asked = askable(anchor)
  const hasAnchor = asked.event !== undefined || asked.where !== undefined
  return { type: 'paths', ...rest, ...(hasAnchor && { anchor: asked }) } satisfies Omit<
    PathsQuery,
    'project' | 'from' | 'to'
  >
}

/** Which events a step stands for. Its name is that of an event, else a page's path, else that of a page or screen. */
export function anchorOf(name: string, events: readonly string[]): EventFilter {
  if (events.includes(name)) return { event: name }
  if (!name.startsWith('/')) return { where: [{ field: 'name', operator: 'is', values: [name] }] }
  return {
    where: [
      { field: 'type', operator: 'is', values: ['page', 'screen'] },
      { field: 'path', operator: 'is', values: [name] },
    ],
  }
}
