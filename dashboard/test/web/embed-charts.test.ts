import { describe, expect, test } from 'vitest'
import type { SavedReport } from '../../web/api/types.ts'
import { chartOf, snippetOf, usualCharts } from '../../web/pages/settings/embed-charts.ts'
import { readOrigins } from '../../web/pages/settings/origins.ts'

const now = Date.UTC(2026, 2, 10, 12)
const day = (date: string): number => Date.parse(`${date}T00:00:00Z`)
const report = (page: string, search: object): SavedReport => ({
  ...{ id: 'r1', name: 'Sign-ups', description: '', page, at: '', changedAt: '', madeBy: { kind: 'account' } },
  search: `?${new URLSearchParams(Object.entries(search).map(([name, value]) => [name, String(value)]))}`,
})
const q = JSON.stringify({ series: [{ event: 'Signed up', measure: 'people' }], breakdown: 'country' })

describe('a saved report as a chart', () => {
  test('of events keeps filters, breakdown and zone, and its range moves on with the days', () => {
    const chart = chartOf(
      report('/events', { period: 'month', tz: 'Europe/Vienna', f: 'path~is~/pricing', q }),
      'UTC',
      now,
    )
    expect(chart).toMatchObject({ type: 'trend', name: 'Sign-ups', names: ['Signed up: people'] })
    expect(chart?.query).toEqual({
      ...{ type: 'trend', days: 30, interval: 'day', timeZone: 'Europe/Vienna', breakdown: 'country', top: 5 },
      where: [{ field: 'path', operator: 'is', values: ['/pricing'] }],
      series: [{ event: 'Signed up', measure: 'people' }],
    })
  })

  test.each([
    { date: '2026-03-01', period: 'week' },
    { period: 'custom', from: '2026-02-23', to: '2026-03-01' },
  ])('with days of its own ($period) it keeps them', (range) => {
    const { query } = chartOf(report('/events', { ...range, q }), 'UTC', now) ?? {}
    expect(query).toMatchObject({ from: day('2026-02-23'), to: day('2026-03-02') })
    expect(query).not.toHaveProperty('days')
  })

  test('of a funnel and of retention asks what the page asks', () => {
    const steps = [{ event: 'page' }, { event: 'Ordered' }]
    expect(chartOf(report('/funnels', { q: JSON.stringify({ steps }) }), 'UTC', now)).toMatchObject({
      ...{ type: 'funnel', names: ['Page view', 'Ordered'] },
      query: { type: 'funnel', days: 7, steps, windowMs: 7 * 86_400_000, count: 'people' },
    })
    expect(chartOf(report('/retention', { period: 'year' }), 'UTC', now)).toMatchObject({
      ...{ type: 'retention', query: { type: 'retention', days: 365, unit: 'week', periods: 8, timeZone: 'UTC' } },
    })
  })

  test('is none where the page is no chart, or its question is not whole', () => {
    expect(chartOf(report('/people', {}), 'UTC', now)).toBeUndefined()
    expect(chartOf(report('/', {}), 'UTC', now)).toBeUndefined()
    expect(chartOf(report('/funnels', { q: '{"steps":[{"event":"page"}]}' }), 'UTC', now)).toBeUndefined()
    expect(chartOf(report('/events', { q: '{"series":[{"measure":"sum"}]}' }), 'UTC', now)).toBeUndefined()
  })
})

test('days are too many for a chart beyond a quarter of a year', () => {
  expect(usualCharts(90, 'UTC')[0]?.query).toMatchObject({ interval: 'day', days: 90 })
  expect(usualCharts(365, 'UTC')[0]?.query).toMatchObject({ interval: 'week', days: 365 })
})

test('names stay text in the HTML, whatever is in them', () => {
  const chart = {
    key: 'a',
    name: '"><script>alert(1)</script>',
    type: 'trend',
    query: {},
    names: ['a|b', 'R & D'],
  } as const
  expect(snippetOf('https://stats.example.com', 'tok', [chart])).toBe(
    [
      '<script async src="https://stats.example.com/embed/v1.js"></script>',
      '<trailstitch-chart src="https://stats.example.com" token="tok" type="trend" index="0" ' +
        'label="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;" names="a/b|R &amp; D"></trailstitch-chart>',
    ].join('\n'),
  )
})

test('sites are read as browsers name them, each once', () => {
  expect(readOrigins('HTTPS://App.example.com/page\nhttps://app.example.com, http://b.example:8080/ nonsense')).toEqual(
    ['https://app.example.com', 'http://b.example:8080', 'nonsense'],
  )
})
