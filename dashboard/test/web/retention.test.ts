import type { RetentionAnswer } from '@trailstitch/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { palettes } from '../../web/app/theme.ts'
import { isQuestion, maxPeriods, readBrackets, toQuery, withDefaults } from '../../web/pages/retention/question.ts'
import {
  columnPeriods,
  heatLimits,
  heatOf,
  largestShare,
  stripeShare,
  toRows,
} from '../../web/pages/retention/table.ts'
import { askable, isEventFilter } from '../../web/url/event-filter.ts'

test('what of an address is no question is refused, and nothing throws', () => {
  const hostile: unknown[] = [
    null,
    [],
    'x',
    7,
    { start: null },
    { start: { event: '' } },
    { start: { event: 7 } },
    { start: { where: 'all' } },
    { start: { where: [null] } },
    { start: { where: [{ field: '__proto__', operator: 'is', values: ['x'] }] } },
    { start: { where: [{ field: 'toString', operator: 'is', values: ['x'] }] } },
    { start: { where: [{ field: 'path', operator: 'like', values: ['x'] }] } },
    { start: { where: [{ field: 'path', operator: 'is', values: [{}] }] } },
    { start: { where: [{ field: 'path', operator: 'is', values: ['x'.repeat(501)] }] } },
    { start: { where: Array.from({ length: 11 }, () => ({ field: 'path', operator: 'set' })) } },
    { unit: 'eon' },
    { periods: 0 },
    { periods: 1.5 },
    { periods: maxPeriods + 1 },
    { periods: '7' },
    { mode: 'off' },
    { cohort: 'never' },
    { brackets: [] },
    { brackets: [3, 1] },
    { brackets: [1, 1] },
    { brackets: [1, Number.NaN] },
  ]
  for (const value of hostile) expect([value, isQuestion(value)]).toEqual([value, false])
  void fc.assert(fc.property(fc.anything(), (value) => typeof isQuestion(value) === 'boolean'))
  expect(
    isQuestion({ start: { event: 'A', where: [{ field: 'traits.plan', operator: 'set' }] }, brackets: [0, 3] }),
  ).toBe(true)
})

test('conditions that are not filled in yet are not asked', () => {
  const where = [
    { field: 'path', operator: 'is', values: [] },
    { field: 'path', operator: 'is', values: ['/a'] },
    { field: 'properties.total', operator: 'more', values: ['many'] },
    { field: 'properties.total', operator: 'more', values: ['5'] },
    { field: 'country', operator: 'set', values: ['left over'] },
  ] as const
  const filter: unknown = { event: 'A', where }
  if (!isEventFilter(filter)) throw new Error('refused')
  expect(askable(filter)).toEqual({ event: 'A', where: [where[1], where[3], { field: 'country', operator: 'set' }] })
  expect(askable({ where: [where[0]] })).toEqual({})
})

test('what was not chosen follows from the range, and brackets lengthen the periods', () => {
  expect(withDefaults({}, 'hour')).toMatchObject({ unit: 'day', periods: 7, mode: 'on', cohort: 'ever' })
  expect(withDefaults({}, 'week')).toMatchObject({ unit: 'week', periods: 8 })
  expect(toQuery(withDefaults({ brackets: [1, 14] }, 'day'))).toMatchObject({ periods: 14, brackets: [1, 14] })
  expect(readBrackets('7, 1; 3 and 3, 9999')).toEqual([1, 3, 7])
  expect(readBrackets('none')).toBeUndefined()
})

test('columns say which times they put together', () => {
  const periodsOf = (question: object) => columnPeriods(withDefaults({ periods: 3, ...question }, 'day'))
  expect(periodsOf({})).toEqual(['0', '1', '2', '3'])
  expect(periodsOf({ mode: 'on_or_after' })).toEqual(['0', '1+', '2+', '3+'])
  expect(periodsOf({ brackets: [1, 2, 7], periods: 9 })).toEqual(['1', '2–6', '7–9'])
})

const answer: RetentionAnswer = {
  cohorts: [
    { start: 1, size: 4, returned: [4, 2, 1], complete: 3 },
    { start: 2, size: 0, returned: [0, 0, 0], complete: 3 },
    { start: 3, size: 2, returned: [2, 1, null], complete: 1 },
  ],
  average: [1, 0.5, null],
  meta: { computedAt: 0, exact: true, rowsScanned: 0, timeZone: 'UTC' },
}

test('rows are shares of their cohort; what may still grow is told from what lies in the future', () => {
  const rows = toRows(answer)
  expect(rows.map(({ start, size }) => [start, size])).toEqual([
    [null, 6],
    [1, 4],
    [3, 2],
  ])
  expect(rows[0]?.cells.map(({ share }) => share)).toEqual([1, 0.5, null])
  expect(rows[2]?.cells).toEqual([
    { returned: 2, share: 1, isOpen: false },
    { returned: 1, share: 0.5, isOpen: true },
    { returned: null, share: null, isOpen: false },
  ])
  expect(largestShare(rows, true)).toBe(0.5)
  expect(largestShare(rows, false)).toBe(1)
})

test('colours run from nothing to the largest share', () => {
  expect([0, 0.2, 0.4, 1].map((share) => heatOf(share, 0.4))).toEqual([0, 50, 100, 100])
  expect([heatOf(null, 1), heatOf(1, 0)]).toEqual([0, 0])
})

type Rgb = readonly [number, number, number]
const rgb = (hex: string): Rgb => {
  const at = (place: number) => Number.parseInt(hex.slice(place, place + 2), 16)
  return [at(1), at(3), at(5)]
}
/** As `color-mix(in srgb, over share%, under)` does. */
const mix = (over: Rgb, under: Rgb, share: number): Rgb => {
  const part = (place: 0 | 1 | 2) => over[place] * share + under[place] * (1 - share)
  return [part(0), part(1), part(2)]
}
const luminance = (colour: Rgb): number => {
  const [r = 0, g = 0, b = 0] = colour.map((each) => {
    const value = each / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
const contrast = (a: Rgb, b: Rgb): number => {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

test.each(['light', 'dark'] as const)('text on every colour of the table can be read in the %s scheme', (scheme) => {
  const palette = palettes[scheme]
  const text = rgb(palette.text.primary)
  const paper = rgb(palette.background.paper)
  const primary = rgb(palette.primary.main)
  for (let heat = 0; heat <= 100; heat++) {
    const cell = mix(primary, paper, (heat * heatLimits[scheme]) / 10_000)
    expect(contrast(text, cell)).toBeGreaterThanOrEqual(4.5)
    expect(contrast(text, mix(text, cell, stripeShare / 100))).toBeGreaterThanOrEqual(4.5)
  }
})
