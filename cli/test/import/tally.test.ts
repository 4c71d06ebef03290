import { expect, test } from 'vitest'
import { countSessions, createTally } from '../../src/import/tally.ts'

const minute = 60_000
const hour = 60 * minute

test.each([
  ['no events', [], 0],
  ['one event', [5], 1],
  ['a gap of exactly 30 minutes', [0, 30 * minute], 1],
  ['a gap of a millisecond more', [0, 30 * minute + 1], 2],
  ['events out of order', [40 * minute, 0, 20 * minute], 1],
  ['24 hours exactly', Array.from({ length: 49 }, (_, index) => index * 30 * minute), 1],
  ['one event past 24 hours', Array.from({ length: 50 }, (_, index) => index * 30 * minute), 2],
])('%s', (_, times, sessions) => {
  expect(countSessions([...times])).toBe(sessions)
})

test('a visitor is a bot once one of its user agents is', () => {
  const tally = createTally()
  const add = (visitor: string | undefined, userAgent: string, time: number) =>
    tally.add({ event: {}, visitor, userAgent, time, page: true })
  add('a', 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0', 0)
  add('b', 'Googlebot/2.1', 0)
  add('b', 'Googlebot/2.1', hour)
  add(undefined, 'server', 0)
  expect(tally.figures()).toEqual({ events: 4, pages: 4, visitors: 2, sessions: 3, botVisitors: 1 })
})
