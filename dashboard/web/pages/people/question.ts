import type { EventFilter, SegmentQuery } from '@trailstitch/protocol'
import { askable, isEventFilter, isObject } from '../../url/event-filter.ts'

/** Who is asked for, as the address holds it. */
export interface SegmentQuestion {
  did?: EventFilter | undefined
  didNot?: EventFilter | undefined
}

/** Whether something of an address is a question that can be asked. */
export function isQuestion(value: unknown): value is SegmentQuestion {
  if (!isObject(value)) return false
  const { did = {}, didNot = {} } = value
  return isEventFilter(did) && isEventFilter(didNot)
}

/** The part of the query that the question makes. Not to have done something that nobody has named yet asks nothing. */
export function toQuery({ did = {}, didNot = {} }: SegmentQuestion) {
  const not = askable(didNot)
  const hasNot = not.event !== undefined || not.where !== undefined
  return { type: 'segment', did: askable(did), ...(hasNot && { didNot: not }) } satisfies Omit<
    SegmentQuery,
    'project' | 'from' | 'to'
  >
}
