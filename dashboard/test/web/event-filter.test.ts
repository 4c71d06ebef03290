import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { askable, isEventFilter } from '../../web/url/event-filter.ts'
import { isComplete } from '../../web/url/filters.ts'

test('events are chosen by a name and by conditions that say all a question needs', () => {
  const where = [
    { field: 'path', operator: 'is', values: ['/a', 7, true] },
    { field: 'properties.a.b', operator: 'less', values: ['7.5'] },
    { field: 'traits.plan', operator: 'not_set' },
  ]
  for (const good of [{}, { event: 'Ordered' }, { where: [] }, { event: 'Ordered', where }])
    expect([good, isEventFilter(good)]).toEqual([good, true])
})

test.each([
  [undefined],
  [null],
  ['Ordered'],
  [[]],
  [{ event: '' }],
  [{ event: 7 }],
  [{ event: 'x'.repeat(501) }],
  [{ where: {} }],
  [{ where: [null] }],
  [{ where: [{ field: 'path', operator: 'is', values: [{}] }] }],
  [{ where: [{ field: 'path', operator: 'is', values: ['x'.repeat(501)] }] }],
  [{ where: [{ field: 'path', operator: 'is', values: 'x' }] }],
  [{ where: [{ field: 'path', operator: 'is', values: [Number.POSITIVE_INFINITY] }] }],
  [{ where: [{ field: 'path', operator: 'equals', values: ['x'] }] }],
  [{ where: [{ field: 'constructor', operator: 'set' }] }],
  [{ where: [{ field: 'properties.', operator: 'set' }] }],
  [{ where: Array.from({ length: 11 }, () => ({ field: 'path', operator: 'set' })) }],
])('%j chooses no events', (bad) => {
  expect(isEventFilter(bad)).toBe(false)
})

test('nothing in an address makes the check throw, and what it lets through can be asked', () => {
  void fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.record({ event: fc.anything(), where: fc.anything() })), (value) => {
      if (isEventFilter(value)) expect(askable(value).where?.every(isComplete) ?? true).toBe(true)
    }),
  )
})

test.each([
  [{ field: 'path', operator: 'is' }],
  [{ field: 'path', operator: 'is', values: [] }],
  [{ field: 'path', operator: 'less', values: ['x'] }],
  [{ field: 'path', operator: 'more', values: ['1', '2'] }],
])('%j may stand there and is not asked', (condition) => {
  const filter = { where: [condition] }
  expect(isEventFilter(filter) && askable(filter)).toEqual({})
})

test('of an object only what a question takes is asked', () => {
  const found = {
    event: 'Ordered',
    extra: 1,
    where: [{ field: 'path', operator: 'set', values: ['x'], more: 2 }],
  }
  expect(isEventFilter(found) && askable(found)).toEqual({
    event: 'Ordered',
    where: [{ field: 'path', operator: 'set' }],
  })
})
