import { expect, test } from 'vitest'
import { placeMarks } from '../../web/charts/marks.ts'
import { intervalStarts } from '../../web/url/intervals.ts'
import { resolveRange } from '../../web/url/range.ts'

const now = Date.parse('2026-11-30T12:00:00Z')
const startsOf = (timeZone: string, search: Parameters<typeof resolveRange>[0] = { period: 'week' }) => {
  const range = resolveRange(search, timeZone, now)
  return { starts: intervalStarts(range, range.interval, timeZone), interval: range.interval }
}

test.each(['UTC', 'Pacific/Auckland', 'America/Los_Angeles'])('a note on a day is at that day in %s', (timeZone) => {
  const { starts, interval } = startsOf(timeZone, { period: 'custom', from: '2026-11-24', to: '2026-11-30' })
  const note = (when: string) => ({ when, text: when })
  const notes = ['2026-11-30', '2026-11-24', '2026-11-23', '2026-12-01', '2026-11-26'].map(note)
  expect(placeMarks(notes, starts, interval, timeZone)).toEqual([
    { index: 0, text: '2026-11-24' },
    { index: 2, text: '2026-11-26' },
    { index: 6, text: '2026-11-30' },
  ])
})

test('a note at a moment is at the day it has in the zone of the chart, or at its hour', () => {
  const notes = [{ when: '2026-11-27T23:30:00.000Z', text: 'Late' }]
  const index = (timeZone: string) => {
    const { starts, interval } = startsOf(timeZone, { period: 'custom', from: '2026-11-24', to: '2026-11-30' })
    return placeMarks(notes, starts, interval, timeZone)[0]?.index
  }
  expect([index('UTC'), index('Europe/Berlin')]).toEqual([3, 4])
  const { starts, interval } = startsOf('UTC', { period: 'day', date: '2026-11-27' })
  expect([interval, placeMarks(notes, starts, interval, 'UTC')]).toEqual(['hour', [{ index: 23, text: 'Late' }]])
})

test('a week holds the notes of its days, and a chart without intervals none', () => {
  const { starts, interval } = startsOf('UTC', { period: 'year' })
  expect(interval).toBe('week')
  const [mark] = placeMarks([{ when: '2026-11-29', text: 'Sunday' }], starts, interval, 'UTC')
  expect(new Date(starts[mark?.index ?? 0] ?? 0).toISOString()).toBe('2026-11-23T00:00:00.000Z')
  expect(placeMarks([{ when: '2026-11-29', text: 'x' }], [], 'day', 'UTC')).toEqual([])
})
