import { expect, test } from 'vitest'
import { checkSize } from '../../../backends/src/store/analysis/scan.ts'
import { addPlace, createFound, maxFound } from '../../../backends/src/store/sqlite/scan-columns.ts'

test('a question that is about too many events is refused, and says what to do', () => {
  expect(() => checkSize(999_999, 1_000_000)).not.toThrow()
  expect(() => checkSize(1_000_000, 1_000_000)).toThrow(/too many events. It may be about 1,000,000 at most/)
})

test('columns grow up to their bound and no further', () => {
  const found = createFound(1, 1)
  for (let index = 0; index < 10_000; index++) addPlace(found)
  expect(found.values[0]?.length).toBeGreaterThanOrEqual(10_000)
  found.count = maxFound
  expect(() => addPlace(found)).toThrow(/20,000,000/)
})
