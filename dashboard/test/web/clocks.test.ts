import { clockClasses } from '@trailstitch/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ClockSums } from '../../web/api/types.ts'
import { shareOfSide, shareWithin, sides, sizes, sumOf, toRows } from '../../web/pages/quality/clock-shares.ts'

const none = Object.fromEntries([...clockClasses, 'unknown'].map((name) => [name, 0])) as ClockSums
const some: ClockSums = { ...none, within_1s: 6, behind_10s: 1, ahead_10s: 1, ahead_more: 2, unknown: 10 }

test('shares within are of those that told, and shares of sides of all events', () => {
  expect(sizes.map((size) => shareWithin(some, size))).toEqual([0.6, 0.8, 0.8, 0.8, 0.8, 1])
  expect(sides.map((side) => shareOfSide(some, side))).toEqual([0.3, 0.05, 0.15, 0.5])
})

test('where nothing is known nothing is told', () => {
  expect([shareWithin({ ...none, unknown: 3 }, '1h'), shareOfSide(none, 'right'), sumOf([])]).toEqual([
    null,
    null,
    undefined,
  ])
  expect(shareOfSide({ ...none, unknown: 3 }, 'unknown')).toBe(1)
})

test('rows hold every event once, however days are put together', () => {
  const arbitrarySums = fc.record(
    Object.fromEntries([...clockClasses, 'unknown'].map((name) => [name, fc.nat({ max: 99 })])),
  ) as fc.Arbitrary<unknown> as fc.Arbitrary<ClockSums>
  const totalOf = (sums: ClockSums): number => Object.values(sums).reduce((total, count) => total + count, 0)
  void fc.assert(
    fc.property(fc.array(arbitrarySums, { minLength: 1, maxLength: 4 }), (list) => {
      const days = list.map((clocks) => ({ start: '', events: totalOf(clocks), clocks }))
      const rows = toRows(sumOf(days) ?? none)
      expect(rows.reduce((total, { events }) => total + events, 0)).toBe(
        days.reduce((total, { events }) => total + events, 0),
      )
      expect(rows).toHaveLength(sizes.length + 1)
    }),
  )
})
