import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type FunnelQuestion,
  isFunnelQuestion,
  maxSize,
  moveStep,
  readWho,
  suggestSteps,
  toFunnel,
  toFunnelPeople,
  units,
  writeWho,
} from '../../web/pages/funnels/question.ts'
import { conversionOf, toStepFigures } from '../../web/pages/funnels/steps.ts'
import { resolveRange } from '../../web/url/range.ts'

const week = resolveRange({}, 'UTC', Date.parse('2026-11-30T12:00:00Z'))
const [a, b, c] = ['A', 'B', 'C'].map((event) => ({ event })) as [
  { event: string },
  { event: string },
  { event: string },
]
const dayMs = 86_400_000

describe('the question of an address', () => {
  const whole: FunnelQuestion = {
    steps: [a, { event: 'B', where: [{ field: 'path', operator: 'is', values: ['/'] }] }],
    size: 3,
    unit: 'hour',
    order: 'strict',
    count: 'totals',
    breakdown: 'properties.plan',
    by: 'last',
  }

  test('a whole one is one, and is asked as it stands', () => {
    expect(isFunnelQuestion(JSON.parse(JSON.stringify(whole)))).toBe(true)
    expect(toFunnel(whole, week, [])).toEqual({
      type: 'funnel',
      from: week.from,
      to: week.to,
      timeZone: 'UTC',
      where: [],
      steps: whole.steps,
      windowMs: 3 * 3_600_000,
      order: 'strict',
      count: 'totals',
      breakdown: 'properties.plan',
      breakdownBy: 'last',
      top: 10,
    })
  })

  test('what is left out is as usual, and too few steps ask nothing', () => {
    expect(toFunnel({ steps: [a, b] }, week, [])).toMatchObject({
      windowMs: 7 * dayMs,
      order: 'ordered',
      count: 'people',
    })
    expect(toFunnel({ steps: [a, b] }, week, [])).not.toHaveProperty('breakdownBy')
    expect(toFunnel({ steps: [a] }, week, [])).toBeUndefined()
  })

  test('people are asked for by the same entry, without what only figures have', () => {
    const query = toFunnelPeople(whole, week, [], { step: 1, dropped: true })
    expect(query).toMatchObject({
      type: 'funnel_people',
      order: 'strict',
      windowMs: 10_800_000,
      step: 1,
      droppedOnly: true,
    })
    expect(Object.keys(query)).not.toContain('breakdown')
    expect(Object.keys(query)).not.toContain('count')
  })

  test.each([
    [null],
    [0],
    [[]],
    [{}],
    [{ steps: 'A' }],
    [{ steps: [null] }],
    [{ steps: [{ event: '' }] }],
    [{ steps: [{ where: [{}] }] }],
    [{ steps: Array.from({ length: 13 }, () => ({})) }],
    [{ steps: [], size: 0 }],
    [{ steps: [], size: 1.5 }],
    [{ steps: [], size: '7' }],
    [{ steps: [], size: 367 }],
    [{ steps: [], size: 53, unit: 'week' }],
    [{ steps: [], unit: 'toString' }],
    [{ steps: [], order: 'random' }],
    [{ steps: [], count: 'events' }],
    [{ steps: [], breakdown: '__proto__' }],
    [{ steps: [], by: 'middle' }],
  ])('%j is none', (bad) => {
    expect(isFunnelQuestion(bad)).toBe(false)
  })

  test('nothing makes the check throw', () => {
    const parts = fc.record({ steps: fc.array(fc.anything()), unit: fc.anything(), size: fc.anything() })
    void fc.assert(
      fc.property(fc.oneof(fc.anything(), parts), (value) => {
        expect(typeof isFunnelQuestion(value)).toBe('boolean')
      }),
    )
  })

  test('no window is longer than a year and a day', () => {
    expect(units.map((unit) => [unit, maxSize(unit)])).toEqual([
      ['minute', 527_040],
      ['hour', 8_784],
      ['day', 366],
      ['week', 52],
    ])
  })
})

describe('whose people are shown', () => {
  test('a step, or who went no further', () => {
    for (const who of [
      { step: 1, dropped: false },
      { step: 12, dropped: false },
      { step: 11, dropped: true },
    ])
      expect(readWho(writeWho(who), 12)).toEqual(who)
  })

  test.each(['', '0', '4', '3-dropped', '-1', '1.5', '1-', '1-dropped-', '1e0', ' 1', '99999', 'dropped'])(
    '%j is none of 3 steps',
    (text) => {
      expect(readWho(text, 3)).toBeUndefined()
    },
  )
})

test('a step moves by one place, and at the ends nowhere', () => {
  expect(moveStep([a, b, c], 2, -1)).toEqual([a, c, b])
  expect(moveStep([a, b, c], 0, 1)).toEqual([b, a, c])
  expect(moveStep([a, b, c], 0, -1)).toEqual([a, b, c])
  expect(moveStep([a, b, c], 2, 1)).toEqual([a, b, c])
})

test('the most frequent events make a first funnel, but for those that say who somebody is', () => {
  const events = (...names: string[]) => names.map((event) => ({ event }))
  expect(suggestSteps(events('page', 'identify', 'A', 'B', 'C'))).toEqual(events('page', 'A', 'B'))
  expect(suggestSteps(events('page', 'identify'))).toBeUndefined()
  expect(suggestSteps([])).toBeUndefined()
})

const steps = (...reached: number[]) => ({ steps: reached.map((each) => ({ reached: each, medianMs: null })) })

test('shares are of the first step and of the one before, and of nothing there is none', () => {
  expect(toStepFigures(steps(20, 10, 4)).map(({ ofFirst, ofBefore, dropped }) => [ofFirst, ofBefore, dropped])).toEqual(
    [
      [1, null, 10],
      [0.5, 0.5, 6],
      [0.2, 0.4, null],
    ],
  )
  expect(toStepFigures(steps(0, 0)).map(({ ofFirst, ofBefore }) => [ofFirst, ofBefore])).toEqual([
    [null, null],
    [null, null],
  ])
  expect([conversionOf(steps(20, 10, 4)), conversionOf(steps(0, 0)), conversionOf(steps())]).toEqual([0.2, null, null])
})
