import { expect, test } from 'vitest'
import { maxRetryAfterMs, parseRetryAfter, retryDelayMs } from '../../src/lib/retry.ts'

const now = Date.UTC(2026, 2, 1, 12)

test.each([
  ['5', 5_000],
  ['0', 0],
  [' 7 ', 7_000],
  ['Sun, 01 Mar 2026 12:00:30 GMT', 30_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['soon', 0],
  ['-5', 0],
  ['1e99', maxRetryAfterMs],
  [null, 0],
])('Retry-After %s is %s ms', (header, ms) => {
  expect(parseRetryAfter(header, now)).toBe(ms)
})

test('the pause after a failure is anything up to twice the one before, and at most five minutes', () => {
  expect([0, 1, 2, 3, 20, 2_000].map((failures) => retryDelayMs(failures, 1))).toEqual([
    1_000, 2_000, 4_000, 8_000, 300_000, 300_000,
  ])
  expect(retryDelayMs(5, 0)).toBe(0)
})
