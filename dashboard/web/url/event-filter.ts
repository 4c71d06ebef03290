import type { Condition, EventFilter } from '@trailstitch/protocol'
import { fieldNames } from '../parts/fields.ts'
import { isComplete, needsValue, operators } from './filters.ts'

/** As many conditions as the server takes for one event, and its longest texts. */
export const maxConditions = 10
const maxValues = 100
const maxValueLength = 500
const maxFieldLength = 300

type Fields<T> = { [Name in keyof T]?: unknown }

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value.length <= maxLength

const isField = (value: unknown): boolean =>
  isText(value, maxFieldLength) && (Object.hasOwn(fieldNames, value) || /^(properties|traits)\../.test(value))

const isValue = (value: unknown): boolean =>
  isText(value, maxValueLength) || typeof value === 'boolean' || Number.isFinite(value)

/** Whether something of an address has the form of a condition. It may still lack its value. */
export function isCondition(value: unknown): value is Condition {
  if (!isObject(value)) return false
  const { field, operator, values = [] }: Fields<Condition> = value
  const isKnown = operators.some((each) => each === operator)
  return isField(field) && isKnown && Array.isArray(values) && values.length <= maxValues && values.every(isValue)
}

/** Whether something of an address says which events are meant. */
export function isEventFilter(value: unknown): value is EventFilter {
  if (!isObject(value)) return false
  const { event = 'x', where = [] }: Fields<EventFilter> = value
  if (!isText(event, maxValueLength) || event === '') return false
  return Array.isArray(where) && where.length <= maxConditions && where.every(isCondition)
}

/** As it may be asked: the server refuses conditions that somebody is still filling in. */
export function askable({ event, where = [] }: EventFilter): EventFilter {
  const complete = where.filter(isComplete).map((each) => {
    const { field, operator, values } = each
    return needsValue(operator) && values ? { field, operator, values } : { field, operator }
  })
  return { ...(event !== undefined && { event }), ...(complete.length > 0 && { where: complete }) }
}
