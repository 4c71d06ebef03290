import type { EventCount, EventFilter, SegmentQuery } from '@trailstitch/protocol'
import { askable, isEventFilter, isObject } from '../../url/event-filter.ts'

/** Who is asked for, as the address holds it. `did` is at least once and `didNot` never; the page writes `counts` alone. */
export interface SegmentQuestion {
  did?: EventFilter | undefined
  didNot?: EventFilter | undefined
  counts?: readonly EventCount[] | undefined
}

/** As many as the server takes. */
export const maxCounts = 10
export const maxTimes = 1_000_000

export const frequencies = ['at_least', 'exactly', 'at_most', 'never'] as const
export type Frequency = (typeof frequencies)[number]

const once: EventCount = { times: 'at_least', count: 1 }

/** Whether something of an address is a question that can be asked. */
export function isQuestion(value: unknown): value is SegmentQuestion {
  if (!isObject(value)) return false
  const { did = {}, didNot = {}, counts = [] } = value
  if (!isEventFilter(did) || !isEventFilter(didNot)) return false
  return Array.isArray(counts) && counts.length <= maxCounts && counts.every(isCount)
}

function isCount(value: unknown): value is EventCount {
  if (!isObject(value) || !isEventFilter(value)) return false
  const { times, count } = value as Record<string, unknown>
  const isKnown = frequencies.some((each) => each === times && each !== 'never')
  return isKnown && Number.isInteger(count) && Number(count) >= 0 && Number(count) <= maxTimes
}

/** All that is asked, one row each; at least one. */
export function rowsOf({ did, didNot, counts = [] }: SegmentQuestion): readonly EventCount[] {
  const rows: EventCount[] = [
    ...(did ? [{ ...did, ...once }] : []),
    ...(didNot && isNamed(didNot) ? [withFrequency({ ...didNot, ...once }, 'never')] : []),
    ...counts,
  ]
  return rows.length > 0 ? rows : [once]
}

/** The part of the query that the question makes. Never to have done something that nobody has named yet asks nothing. */
export function toQuery(question: SegmentQuestion) {
  const counts = rowsOf(question).flatMap(({ times, count, ...filter }) => {
    const asked = { ...askable(filter), times, count }
    return frequencyOf(asked) === 'never' && !isNamed(asked) ? [] : [asked]
  })
  return { type: 'segment', ...(counts.length > 0 && { counts }) } satisfies Omit<
    SegmentQuery,
    'project' | 'from' | 'to'
  >
}

const isNamed = ({ event, where = [] }: EventFilter): boolean => event !== undefined || where.length > 0

export const frequencyOf = ({ times, count }: EventCount): Frequency =>
  count === 0 && times !== 'at_least' ? 'never' : times

export const withFrequency = (row: EventCount, frequency: Frequency): EventCount =>
  frequency === 'never'
    ? { ...row, times: 'exactly', count: 0 }
    : { ...row, times: frequency, count: Math.max(1, row.count) }

/** Whether somebody who did nothing of this is asked for, too: then it is said who is looked at. */
export const asksForNone = (rows: readonly EventCount[]): boolean =>
  rows.every(({ times, count }) => times === 'at_most' || count === 0)
