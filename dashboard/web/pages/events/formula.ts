import type { Series } from '@trailstitch/protocol'
import { isOneOf, isWhole } from '../../url/checks.ts'
import { isObject } from '../../url/event-filter.ts'
import { needsProperty } from './measures.ts'

export const operators = ['/', '*', '+', '-'] as const

/** Two series, by their places, worked out into one. */
export interface Formula {
  left: number
  operator: (typeof operators)[number]
  right: number
}

/** Whether something is a formula of so many series. */
export const isFormula = (value: unknown, count: number): value is Formula =>
  isObject(value) &&
  isWhole(value.left, 0, count - 1) &&
  isWhole(value.right, 0, count - 1) &&
  isOneOf(operators, value.operator)

type Figure = number | null | undefined

/** Null where a figure is missing, and for a division by zero. */
export function combine(operator: Formula['operator'], left: Figure, right: Figure): number | null {
  if (left === null || left === undefined || right === null || right === undefined) return null
  const result = {
    '/': right === 0 ? Number.NaN : left / right,
    '*': left * right,
    '+': left + right,
    '-': left - right,
  }[operator]
  return Number.isFinite(result) ? result : null
}

/** A letter for the place of a series: A, B, C … */
export const letterOf = (place: number): string => String.fromCharCode(65 + place)

const signs = { '/': '/', '*': '×', '+': '+', '-': '−' } as const

/** `A / B`. */
export const describeFormula = ({ left, operator, right }: Formula): string =>
  `${letterOf(left)} ${signs[operator]} ${letterOf(right)}`

const isCount = (series: Series | undefined): boolean => series === undefined || !needsProperty(series.measure)

/** Whether it is a share: one count by another, or one property by another. A sum by a count is an amount for each. */
export const isShare = ({ left, operator, right }: Formula, series: readonly Series[]): boolean =>
  operator === '/' && isCount(series[left]) === isCount(series[right])
