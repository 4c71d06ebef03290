import type { Condition, EventFilter } from '@trailstitch/protocol'
import { isField } from '../parts/fields.ts'
import { isComplete, needsValue, operators } from './filters.ts'

// What may stand in an address as a part of a question. Whatever else stands there is refused, and never throws.

/** Conditions on the events of one series or step. */
export const maxEventConditions = 10
const maxNameLength = 500
const maxValues = 100

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isOneOf = <T extends string>(list: readonly T[], value: unknown): value is T =>
  list.some((each) => each === value)

/** A whole number between two, both included. */
export const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most

/** Undefined, or what `check` lets through. */
export const isOptional = (value: unknown, check: (value: unknown) => boolean): boolean =>
  value === undefined || check(value)

const isValue = (value: unknown): boolean =>
  typeof value === 'string' ? value.length <= maxNameLength : typeof value === 'number' || typeof value === 'boolean'

function isCondition(value: unknown): value is Condition {
  if (!isObject(value) || !isField(value.field) || !isOneOf(operators, value.operator)) return false
  const { values } = value
  if (!isOptional(values, (list) => Array.isArray(list) && list.length <= maxValues && list.every(isValue)))
    return false
  return isComplete(value as unknown as Condition)
}

/** Which events: a name, or any, and at most 10 conditions. */
export function isEventFilter(value: unknown): value is EventFilter {
  if (!isObject(value)) return false
  const isName = (name: unknown) => typeof name === 'string' && name !== '' && name.length <= maxNameLength
  const isList = (list: unknown) => Array.isArray(list) && list.length <= maxEventConditions && list.every(isCondition)
  return isOptional(value.event, isName) && isOptional(value.where, isList)
}

/** The part of an object that a question takes. The address may hold more. */
export const toEventFilter = ({ event, where }: EventFilter): EventFilter => ({
  ...(event !== undefined && { event }),
  ...(where && where.length > 0 && { where: where.map(toCondition) }),
})

const toCondition = ({ field, operator, values }: Condition): Condition => ({
  field,
  operator,
  ...(needsValue(operator) && values && { values }),
})
