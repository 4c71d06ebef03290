import { expect, test } from 'vitest'
import { formatFailure } from './simulation/report.ts'
import { simulate } from './simulation/simulate.ts'

/** The same in every run of the tests; `npm run simulate` draws new ones. */
const seeds = Array.from({ length: 24 }, (_, index) => index + 1)

test.each(seeds)('no fault breaks an invariant, seed %i', async (seed) => {
  const result = await simulate({ seed })
  expect(result.failure, result.failure && formatFailure(result, undefined)).toBeUndefined()
})

test('a seed replays to the same trace', async () => {
  const [first, second] = [await simulate({ seed: 7 }), await simulate({ seed: 7 })]
  expect(first.steps).toBeGreaterThan(600)
  expect(second.traceHash).toBe(first.traceHash)
})
