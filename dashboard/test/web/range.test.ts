import { describe, expect, test } from 'vitest'
import { intervalStarts, openIntervalIndex, sumByInterval } from '../../web/url/intervals.ts'
import { resolveRange, shiftRange } from '../../web/url/range.ts'
import { addDays, dateIn, daysBetween, isDate, startOfDate } from '../../web/url/zone.ts'

const noon = Date.parse('2026-11-30T12:00:00Z')
const hourMs = 3_600_000

describe('dates in a time zone', () => {
  test.each([
    ['2026-11-30', 'UTC', '2026-11-30T00:00:00Z'],
    ['2026-11-30', 'Europe/Berlin', '2026-11-29T23:00:00Z'],
    ['2026-06-01', 'America/New_York', '2026-06-01T04:00:00Z'],
    ['2026-11-30', 'Asia/Kolkata', '2026-11-29T18:30:00Z'],
    ['2026-11-30', 'Pacific/Kiritimati', '2026-11-29T10:00:00Z'],
    // The clock changes between midnight there and midnight of UTC.
    ['2026-04-05', 'Pacific/Auckland', '2026-04-04T11:00:00Z'],
    // Midnight is skipped there on this day.
    ['2018-11-04', 'America/Sao_Paulo', '2018-11-04T03:00:00Z'],
  ])('%s begins in %s at %s', (date, zone, start) => {
    expect(new Date(startOfDate(date, zone)).toISOString().replace('.000', '')).toBe(start)
    expect(dateIn(startOfDate(date, zone), zone)).toBe(date)
    expect(dateIn(startOfDate(date, zone) - 1, zone)).toBe(addDays(date, -1))
  })

  test('the days that a clock changes on are 23 and 25 hours long', () => {
    const length = (date: string) => startOfDate(addDays(date, 1), 'Europe/Berlin') - startOfDate(date, 'Europe/Berlin')
    expect([length('2026-03-29'), length('2026-10-25'), length('2026-06-01')]).toEqual([
      23 * hourMs,
      25 * hourMs,
      24 * hourMs,
    ])
  })

  test('only dates that exist are dates', () => {
    expect(['2026-02-28', '2026-02-30', '2026-13-01', '26-01-01', '', undefined].map(isDate)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(daysBetween('2026-02-27', '2026-03-01')).toBe(3)
  })
})

describe('ranges', () => {
  test('by default the last 7 days, today included, against the 7 before', () => {
    const range = resolveRange({}, 'UTC', noon)
    expect(range).toMatchObject({
      first: '2026-11-24',
      last: '2026-11-30',
      period: 'week',
      interval: 'day',
      isCurrent: true,
    })
    expect(range.compared).toMatchObject({ first: '2026-11-17', last: '2026-11-23' })
    expect(range.to - range.from).toBe(7 * 24 * hourMs)
  })

  test('a year before falls on the same weekdays', () => {
    const range = resolveRange({ period: 'month', compare: 'year' }, 'UTC', noon)
    const weekday = (date = '') => new Date(date).getUTCDay()
    expect(weekday(range.compared?.first)).toBe(weekday(range.first))
    expect(resolveRange({ compare: 'none' }, 'UTC', noon).compared).toBeUndefined()
  })

  test('nonsense in the address counts as left out', () => {
    const usual = resolveRange({}, 'UTC', noon)
    expect(resolveRange({ period: 'custom', from: '2026-02-30', to: 'x' }, 'UTC', noon)).toEqual(usual)
    expect(resolveRange({ period: 'custom', from: '2026-03-02', to: '2026-03-01' }, 'UTC', noon)).toEqual(usual)
    expect(resolveRange({ date: 'yesterday' }, 'UTC', noon)).toEqual(usual)
  })

  test('earlier and later move by its length, and stop at today', () => {
    const week = resolveRange({}, 'UTC', noon)
    expect(shiftRange(week, 1, noon)).toEqual({ period: 'week' })
    const earlier = shiftRange(week, -1, noon)
    expect(earlier).toEqual({ period: 'week', date: '2026-11-23' })
    expect(shiftRange(resolveRange(earlier, 'UTC', noon), 1, noon)).toEqual({ period: 'week' })
    const custom = resolveRange({ period: 'custom', from: '2026-11-01', to: '2026-11-10' }, 'UTC', noon)
    expect(shiftRange(custom, -1, noon)).toEqual({ period: 'custom', from: '2026-10-22', to: '2026-10-31' })
  })

  test.each([
    ['day', 'hour', 24],
    ['week', 'day', 7],
    ['month', 'day', 30],
    ['year', 'week', 53],
  ] as const)('a %s is shown by %s', (period, interval, count) => {
    const range = resolveRange({ period }, 'UTC', noon)
    expect([range.interval, intervalStarts(range, range.interval, 'UTC').length]).toEqual([interval, count])
  })
})

describe('intervals', () => {
  test('weeks begin on Monday, months on their first', () => {
    const range = resolveRange({ period: 'custom', from: '2026-11-04', to: '2026-12-02' }, 'UTC', noon)
    const dates = (interval: 'week' | 'month') =>
      intervalStarts(range, interval, 'UTC').map((start) => new Date(start).toISOString().slice(0, 10))
    expect(dates('week')).toEqual(['2026-11-02', '2026-11-09', '2026-11-16', '2026-11-23', '2026-11-30'])
    expect(dates('month')).toEqual(['2026-11-01', '2026-12-01'])
  })

  test('hours add up to the days of the zone', () => {
    const range = resolveRange({}, 'Europe/Berlin', noon)
    const starts = intervalStarts(range, 'day', 'Europe/Berlin')
    const hours = [
      { at: '2026-11-28T22:00:00Z', n: 1 },
      { at: '2026-11-28T23:00:00Z', n: 2 },
      { at: '2026-11-29T22:00:00Z', n: 4 },
      { at: '2026-11-01T00:00:00Z', n: 8 },
    ]
    const sums = sumByInterval(
      hours,
      ({ at }) => Date.parse(at),
      ({ n }) => n,
      starts,
    )
    expect(sums).toEqual([0, 0, 0, 0, 1, 6, 0])
  })

  test('the interval that is not over is the one that holds now', () => {
    const range = resolveRange({}, 'UTC', noon)
    const starts = intervalStarts(range, 'day', 'UTC')
    expect(openIntervalIndex(starts, range.to, noon)).toBe(6)
    expect(openIntervalIndex(starts, range.to, range.to)).toBeUndefined()
  })
})
