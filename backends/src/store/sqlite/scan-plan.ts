import type { Condition, Field } from '@trailstitch/protocol'
import { type Fact, isSessionField, isTraitField, testOf } from '../analysis/conditions.ts'
import type { ScanRequest } from '../analysis/scan.ts'
import { isColumn } from './segment-codec.ts'

/** Conditions, apart by whether a segment's columns tell them. */
export interface Conditions {
  columns: readonly Condition[]
  others: (fact: Fact) => boolean
  hasOthers: boolean
}

export interface ScanPlan {
  where: Conditions
  filters: readonly Conditions[]
  /** Some condition is not told by columns. */
  hasOthers: boolean
  /** Something is asked for that only the event itself tells. */
  needsEvent: boolean
  /** The columns tell all that is asked for. */
  isTold: boolean
}

/** What can be told of the events of a segment without reading them. */
export function planScan({ where, filters, fields, numbers }: ScanRequest): ScanPlan {
  const plans = filters.map(({ event, where: own = [] }) =>
    conditionsOf(event === undefined ? own : [{ field: 'event', operator: 'is', values: [event] }, ...own]),
  )
  const all = conditionsOf(where)
  const asked = [
    ...where.map(({ field }) => field),
    ...filters.flatMap(({ where: own = [] }) => own.map(({ field }) => field)),
    ...fields,
    ...numbers,
  ]
  return {
    where: all,
    filters: plans,
    hasOthers: [all, ...plans].some(({ hasOthers }) => hasOthers),
    needsEvent: asked.some(isOfEventAlone),
    isTold: asked.every(isColumn),
  }
}

function conditionsOf(conditions: readonly Condition[]): Conditions {
  const others = conditions.filter(({ field }) => !isColumn(field)).map(testOf)
  return {
    columns: conditions.filter(({ field }) => isColumn(field)),
    others: (fact) => others.every((test) => test(fact)),
    hasOthers: others.length > 0,
  }
}

const isOfEventAlone = (field: Field): boolean => !isColumn(field) && !isSessionField(field) && !isTraitField(field)
