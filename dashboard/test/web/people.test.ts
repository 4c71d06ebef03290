import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isQuestion, toQuery } from '../../web/pages/people/question.ts'

test('what of an address is no question is refused, and nothing throws', () => {
  for (const value of [null, [], 'x', { did: null }, { did: { event: 7 } }, { didNot: { where: {} } }, { didNot: [] }])
    expect([value, isQuestion(value)]).toEqual([value, false])
  void fc.assert(fc.property(fc.anything(), (value) => typeof isQuestion(value) === 'boolean'))
  expect(isQuestion({ did: { event: 'A' }, didNot: { where: [] } })).toBe(true)
})

test('not to have done something is asked once it is said what', () => {
  expect(toQuery({})).toEqual({ type: 'segment', did: {} })
  const unfinished = { where: [{ field: 'path', operator: 'is', values: [] }] } as const
  expect(toQuery({ did: { event: 'A' }, didNot: unfinished })).toEqual({ type: 'segment', did: { event: 'A' } })
  expect(toQuery({ didNot: { event: 'B' } })).toEqual({ type: 'segment', did: {}, didNot: { event: 'B' } })
})
