import type { Condition } from '@trailstitch/protocol'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxFilters, operators, readFilter, readFilters, toggleFilter, writeFilter } from '../../web/url/filters.ts'
import { parseSearch, validateSearch, writeSearch } from '../../web/url/search.ts'

const conditions: fc.Arbitrary<Condition> = fc
  .record({
    field: fc.constantFrom('country', 'path', 'properties.a.b', 'traits.plan' as const),
    operator: fc.constantFrom(...operators),
    values: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ field, operator, values }) =>
    operator === 'set' || operator === 'not_set' ? { field, operator } : { field, operator, values },
  ) as fc.Arbitrary<Condition>

test('filters come out of the address as they went in, whatever is in them', () => {
  void fc.assert(
    fc.property(fc.array(conditions, { maxLength: 5 }), (list) => {
      const unique = [...new Map(list.map((each) => [writeFilter(each), each])).values()]
      const text = writeSearch({ f: unique.map(writeFilter), project: 'shop' })
      const found = validateSearch(parseSearch(text))
      expect(readFilters(found.f ?? [])).toEqual(unique)
      expect(found.project).toBe('shop')
    }),
  )
})

test('an address stays readable', () => {
  expect(writeSearch({ period: 'month', f: ['path~is~/tents', 'country~is~DE~AT'], project: undefined })).toBe(
    '?period=month&f=path~is~/tents&f=country~is~DE~AT',
  )
  expect(writeSearch({ f: [] })).toBe('')
})

test('what is no filter is left out', () => {
  for (const text of ['', 'country', 'country~is', 'country~equals~DE', '~is~DE', '<b>~is~x'])
    expect(readFilter(text)).toBeUndefined()
  expect(readFilters(Array.from({ length: 30 }, (_, index) => `path~is~/${index}`))).toHaveLength(maxFilters)
})

test('of the address only what can be understood is kept', () => {
  const raw = parseSearch('?tz=Mars/Olympus&period=eon&compare=year&date=2026-01-01&f=a~set&other=1&project=')
  expect(validateSearch(raw)).toEqual({ compare: 'year', date: '2026-01-01', f: ['a~set'] })
})

test('a click adds a value, a second one of the field joins it, the same one again takes it out', () => {
  const one = toggleFilter([{ field: 'path', operator: 'is_not', values: ['/x'] }], 'path', '/a')
  const two = toggleFilter(one, 'path', '/b')
  expect(two.map(writeFilter)).toEqual(['path~not~/x', 'path~is~/a~/b'])
  expect(toggleFilter(two, 'path', '/a').map(writeFilter)).toEqual(['path~not~/x', 'path~is~/b'])
  expect(toggleFilter(one, 'path', '/a').map(writeFilter)).toEqual(['path~not~/x'])
})
