import type { Field, TrendAnswer } from '@trailstitch/protocol'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combine, isFormula, isShare, operators } from '../../web/pages/events/formula.ts'
import { drawnLines, toLines, valuesOf } from '../../web/pages/events/lines.ts'
import { sortFields, toEventRows } from '../../web/pages/events/names.ts'
import {
  type EventsQuestion,
  intervalOf,
  isEventsQuestion,
  toTrend,
  withoutSeries,
} from '../../web/pages/events/question.ts'
import { resolveRange } from '../../web/url/range.ts'

const noon = Date.parse('2026-11-30T12:00:00Z')
const week = resolveRange({}, 'UTC', noon)

describe('formula', () => {
  test.each([
    ['/', 6, 4, 1.5],
    ['*', 6, 4, 24],
    ['+', 6, 4, 10],
    ['-', 4, 6, -2],
    ['/', 0, 4, 0],
    ['/', 4, 0, null],
    ['/', 0, 0, null],
    ['+', null, 4, null],
    ['-', 4, null, null],
    ['*', undefined, 4, null],
    ['/', 4, undefined, null],
    ['*', 1e308, 1e308, null],
  ] as const)('%s of %s and %s', (operator, left, right, result) => {
    expect(combine(operator, left, right)).toBe(result)
  })

  test('what comes out is a number that can be drawn, or null', () => {
    const figure = fc.option(fc.double({ noNaN: true }))
    void fc.assert(
      fc.property(fc.constantFrom(...operators), figure, figure, (operator, left, right) => {
        const result = combine(operator, left, right)
        expect(result === null || Number.isFinite(result)).toBe(true)
      }),
    )
  })

  test('it is a share of two counts or of two properties, else an amount', () => {
    const people = { measure: 'people' } as const
    const total = { measure: 'sum', property: 'properties.total' } as const
    const share = (left: number, right: number) => isShare({ left, operator: '/', right }, [people, total])
    expect([share(0, 0), share(1, 1), share(1, 0), share(0, 1)]).toEqual([true, true, false, false])
    expect(isShare({ left: 0, operator: '*', right: 0 }, [people])).toBe(false)
    // A property that is left over does not make a sum of a count.
    expect(isShare({ left: 0, operator: '/', right: 1 }, [{ ...people, property: 'properties.x' }, people])).toBe(true)
  })

  test('it is of series that there are', () => {
    expect(isFormula({ left: 0, operator: '/', right: 1 }, 2)).toBe(true)
    for (const bad of [
      { left: 0, operator: '/', right: 2 },
      { left: -1, operator: '/', right: 1 },
      { left: 0.5, operator: '/', right: 1 },
      { left: '0', operator: '/', right: 1 },
      { left: 0, operator: '**', right: 1 },
      { left: 0, operator: 'toString', right: 1 },
      null,
      [],
    ])
      expect([bad, isFormula(bad, 2)]).toEqual([bad, false])
  })
})

describe('the question of an address', () => {
  const series = [
    { event: 'Ordered', measure: 'sum', property: 'properties.total' },
    { measure: 'people', where: [{ field: 'path', operator: 'is', values: ['/'] }] },
  ] as const
  const whole: EventsQuestion = {
    series,
    formula: { left: 0, operator: '/', right: 1 },
    breakdown: 'country',
    top: 3,
    interval: 'day',
  }

  test('a whole one is one, and is asked as it stands', () => {
    expect(isEventsQuestion(JSON.parse(JSON.stringify(whole)))).toBe(true)
    expect(toTrend(whole, week, [])).toEqual({
      type: 'trend',
      from: week.from,
      to: week.to,
      timeZone: 'UTC',
      where: [],
      interval: 'day',
      series,
      breakdown: 'country',
      top: 3,
    })
  })

  test.each([
    [null],
    [1],
    ['x'],
    [[]],
    [{}],
    [{ series: [] }],
    [{ series: {} }],
    [{ series: [null] }],
    [{ series: [{}] }],
    [{ series: [{ measure: 'median' }] }],
    [{ series: [{ measure: '__proto__' }] }],
    [{ series: [{ measure: 'sum', property: 'total' }] }],
    [{ series: [{ measure: 'sum', property: 'traits.total' }] }],
    [{ series: [{ measure: 'events', where: 'x' }] }],
    [{ series: Array.from({ length: 11 }, () => ({ measure: 'events' })) }],
    [{ series: [{ measure: 'events' }], formula: { left: 0, operator: '/', right: 1 } }],
    [{ series: [{ measure: 'events' }], breakdown: 'everything' }],
    [{ series: [{ measure: 'events' }], breakdown: ['country'] }],
    [{ series: [{ measure: 'events' }], top: 0 }],
    [{ series: [{ measure: 'events' }], top: 1e9 }],
    [{ series: [{ measure: 'events' }], interval: 'second' }],
  ])('%j is none', (bad) => {
    expect(isEventsQuestion(bad)).toBe(false)
  })

  test('nothing makes the check throw', () => {
    const parts = fc.record({
      series: fc.array(fc.record({ measure: fc.anything(), event: fc.anything(), where: fc.anything() })),
      formula: fc.anything(),
      breakdown: fc.anything(),
    })
    void fc.assert(
      fc.property(fc.oneof(fc.anything(), parts), (value) => {
        expect(typeof isEventsQuestion(value)).toBe('boolean')
      }),
    )
  })

  test('only what the server takes is put to it', () => {
    const odd = {
      series: [{ measure: 'events', property: 'properties.x', where: [], colour: 'red' }],
      more: 1,
      top: 7,
    }
    expect(isEventsQuestion(odd) && toTrend(odd, week, [])).toMatchObject({ series: [{ measure: 'events' }] })
    expect(Object.keys((isEventsQuestion(odd) && toTrend(odd, week, [])) || {})).not.toContain('top')
    expect(isEventsQuestion(odd) && toTrend(odd, week, [])?.series[0]).toEqual({ measure: 'events' })
  })

  test('nothing is asked while a sum has no property', () => {
    expect(toTrend({ series: [{ measure: 'sum' }] }, week, [])).toBeUndefined()
  })

  test('a long range is not shown by the hour', () => {
    const byHour: EventsQuestion = { series, interval: 'hour' }
    expect(intervalOf(byHour, week)).toBe('hour')
    expect(intervalOf(byHour, resolveRange({ period: 'year' }, 'UTC', noon))).toBe('week')
  })

  test('a series goes with the formula that needs it, and others keep theirs', () => {
    const three: EventsQuestion = {
      series: [...series, { measure: 'events' }],
      formula: { left: 2, operator: '-', right: 1 },
    }
    expect(withoutSeries(three, 0)).toEqual({
      series: [series[1], { measure: 'events' }],
      formula: { left: 1, operator: '-', right: 0 },
    })
    expect(withoutSeries(three, 2)).toEqual({ series: [...series] })
    const one: EventsQuestion = { series: [{ measure: 'events' }] }
    expect(withoutSeries(one, 0)).toBe(one)
  })
})

type Row = TrendAnswer['rows'][number]
const row = (series: number, value: string | null, points: (number | null)[], total: number | null): Row => ({
  series,
  value,
  points,
  total,
})

describe('lines', () => {
  const series = [{ measure: 'people' }, { event: 'Ordered', measure: 'events' }] as const
  const formula = { left: 1, operator: '/', right: 0 } as const

  test('a formula is worked out for each interval, for the total, and for the time before', () => {
    const answer = { rows: [row(0, null, [4, 0, 2], 6), row(1, null, [1, 3, 1], 5)] }
    const before = { rows: [row(0, null, [10, 10], 20), row(1, null, [5, 1], 6)] }
    const lines = toLines({ series, formula }, answer, before)
    expect(lines.map(({ name, points, total }) => [name, points, total])).toEqual([
      ['A Any event: people', [4, 0, 2], 6],
      ['B Ordered: how many', [1, 3, 1], 5],
      ['B / A', [0.25, null, 0.5], 5 / 6],
    ])
    expect(lines.map((line) => line.before?.total)).toEqual([20, 6, 0.3])
    expect(drawnLines({ series, formula }, lines).map(({ name }) => name)).toEqual(['B / A'])
  })

  test('with a breakdown there is a line for each value, and all others are compared with nothing', () => {
    const rows = (factor: number): Row[] => [
      row(0, 'DE', [factor], factor),
      row(0, '', [9 * factor], 9 * factor),
      { series: 0, rest: { values: 7 }, points: [99 * factor], total: 99 * factor },
    ]
    const question: EventsQuestion = { series: [{ measure: 'people' }], breakdown: 'country' }
    const lines = toLines(question, { rows: rows(1) }, { rows: rows(2) })
    expect(lines.map(({ name, before }) => [name, before?.total])).toEqual([
      ['Germany', 2],
      ['(none)', 18],
      ['All others (7)', undefined],
    ])
    expect(new Set(lines.map(({ key }) => key)).size).toBe(3)
    expect(valuesOf({ rows: rows(1) })).toEqual(['DE'])
    expect(drawnLines(question, lines).map(({ name }) => name)).toEqual(['(none)', 'Germany', 'All others (7)'])
  })

  test('a formula with a breakdown is of the same value on both sides', () => {
    const answer = { rows: [row(0, 'DE', [2], 2), row(0, 'AT', [5], 5), row(1, 'AT', [1], 1), row(1, 'DE', [1], 1)] }
    const lines = toLines({ series, formula, breakdown: 'country' }, answer, undefined)
    expect(drawnLines({ series, formula }, lines).map(({ name, total }) => [name, total])).toEqual([
      ['B / A · Germany', 0.5],
      ['B / A · Austria', 0.2],
    ])
  })

  test('rows of a series that is gone are left out', () => {
    expect(toLines({ series: [{ measure: 'people' }] }, { rows: [row(1, null, [1], 1)] }, undefined)).toEqual([])
  })
})

describe('names of events', () => {
  test('counts are exact where they are known, and say so where they are not', () => {
    const names = {
      events: [
        { event: 'page', events: 40, lastSeen: 9 },
        { event: 'Rare', events: 2, lastSeen: 5 },
      ],
    }
    const trend = {
      rows: [
        row(0, 'page', [], 100),
        row(0, 'Old', [], 7),
        { series: 0, rest: { values: 1 }, points: [], total: 3 },
        row(1, 'page', [], 30),
        row(1, 'Old', [], 6),
      ],
    }
    expect(toEventRows(names, trend)).toEqual([
      { event: 'page', events: 100, isAtLeast: false, people: 30, lastSeen: 9 },
      { event: 'Old', events: 7, isAtLeast: false, people: 6, lastSeen: null },
      { event: 'Rare', events: 2, isAtLeast: true, people: null, lastSeen: 5 },
    ])
  })

  test('what was sent with an event stands before what every event has', () => {
    const known = (field: Field, events: number) => ({ field, events, kind: 'text' as const, values: [] })
    const fields = [known('path', 9), known('traits.plan', 8), known('properties.a', 1), known('properties.b', 2)]
    expect(sortFields(fields).map(({ field }) => field)).toEqual([
      'properties.b',
      'properties.a',
      'traits.plan',
      'path',
    ])
  })
})
