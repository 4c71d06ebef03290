import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  asksForNone,
  frequencyOf,
  isQuestion,
  rowsOf,
  toQuery,
  withFrequency,
} from '../../web/pages/people/question.ts'

test('what of an address is no question is refused, and nothing throws', () => {
  for (const value of [
    null,
    [],
    'x',
    { did: null },
    { did: { event: 7 } },
    { didNot: { where: {} } },
    { didNot: [] },
    ...[
      { counts: {} },
      { counts: [{}] },
      { counts: [{ times: 'never', count: 0 }] },
      { counts: [{ times: 'exactly', count: 0.5 }] },
    ],
    { counts: Array(11).fill({ times: 'exactly', count: 1 }) },
  ])
    expect([value, isQuestion(value)]).toEqual([value, false])
  void fc.assert(fc.property(fc.anything(), (value) => typeof isQuestion(value) === 'boolean'))
  expect(isQuestion({ did: { event: 'A' }, didNot: { where: [] } })).toBe(true)
  expect(isQuestion({ counts: [{ event: 'A', times: 'at_most', count: 3 }] })).toBe(true)
})

const once = { times: 'at_least', count: 1 } as const
const never = { times: 'exactly', count: 0 } as const

test('never to have done something is asked once it is said what', () => {
  expect(toQuery({})).toEqual({ type: 'segment', counts: [once] })
  const unfinished = { where: [{ field: 'path', operator: 'is', values: [] }], ...never } as const
  expect(toQuery({ counts: [{ event: 'A', ...once }, unfinished] })).toEqual({
    type: 'segment',
    counts: [{ event: 'A', ...once }],
  })
  expect(toQuery({ counts: [never] })).toEqual({ type: 'segment' })
  expect(toQuery({ counts: [{ times: 'at_most', count: 2 }] })).toEqual({
    type: 'segment',
    counts: [{ times: 'at_most', count: 2 }],
  })
})

test('an address from before there were numbers asks what it asked then', () => {
  const question = { did: { event: 'A' }, didNot: { event: 'B' } }
  expect(rowsOf(question)).toEqual([
    { event: 'A', ...once },
    { event: 'B', ...never },
  ])
  expect(rowsOf({ did: {}, didNot: {} })).toEqual([once])
})

test('never and so many times turn into each other', () => {
  const rare = { event: 'A', times: 'at_most', count: 3 } as const
  expect(frequencyOf(withFrequency(rare, 'never'))).toBe('never')
  expect(withFrequency({ event: 'A', ...never }, 'exactly')).toEqual({ event: 'A', times: 'exactly', count: 1 })
  expect(withFrequency(rare, 'at_least')).toEqual({ event: 'A', times: 'at_least', count: 3 })
  expect([asksForNone([rare, never]), asksForNone([rare, once])]).toEqual([true, false])
})
