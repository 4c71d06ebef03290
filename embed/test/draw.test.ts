import type * as protocol from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import type { FunnelAnswer, OverviewAnswer, RetentionAnswer, TrendAnswer } from '../src/answers.ts'
import { columnNames } from '../src/draw/retention.ts'
import { roundUp } from '../src/draw/trend.ts'
import { defineChartElement } from '../src/element.ts'

// What the server answers is what the charts take: the compiler holds both together.
const taken: [
  Omit<TrendAnswer, 'type' | 'question'>,
  Omit<FunnelAnswer, 'type' | 'question'>,
  Omit<RetentionAnswer, 'type' | 'question'>,
  Omit<OverviewAnswer, 'type'>,
][] = []
export const take = (
  trend: protocol.TrendAnswer,
  funnel: protocol.FunnelAnswer,
  retention: protocol.RetentionAnswer,
  overview: protocol.OverviewAnswer,
): number => taken.push([trend, funnel, retention, overview])

test.each([
  [0, 1],
  [-3, 1],
  [0.4, 0.5],
  [1, 1],
  [3, 5],
  [11, 20],
  [50, 50],
  [51, 100],
  [99_999, 100_000],
])('an axis for up to %d ends at %d', (most, end) => {
  expect(roundUp(most)).toBe(end)
})

const retention = (brackets: number[] | null, columns: number): RetentionAnswer => ({
  type: 'retention',
  question: { unit: 'day', timeZone: 'UTC', brackets },
  cohorts: [],
  average: Array.from({ length: columns }, () => null),
})

test('columns are named by their period, or by those of their bracket', () => {
  expect(columnNames(retention(null, 3))).toEqual(['0', '1', '2'])
  expect(columnNames(retention([0, 1, 3, 7], 4))).toEqual(['0', '1–2', '3–6', '7+'])
})

test('where there is no document, importing the element does nothing', () => {
  expect(() => defineChartElement()).not.toThrow()
})
