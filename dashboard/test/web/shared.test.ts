import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { questionsOf } from '../../web/app/collect-questions.ts'
import { createSharedApi, openReport } from '../../web/shared/visit.ts'
import { lockedSearch, pinnedSearch } from '../../web/url/reports.ts'

let calls: { url: string; body: unknown; token: string | undefined }[]
let answer: (url: string) => Response

// Only the network is replaced: what a server answers in these cases, in this order.
beforeEach(() => {
  calls = []
  vi.stubGlobal('fetch', async (url: string, init: { body: string; headers: Record<string, string> }) => {
    calls.push({ url, body: JSON.parse(init.body), token: init.headers.authorization })
    return answer(url)
  })
})
afterEach(() => vi.unstubAllGlobals())

const report = {
  ...{ name: 'r', description: '', project: 'Shop', page: '/', search: '', range: 'fixed' as const },
  ...{ sums: false, rules: false },
  accessToken: 'first',
}
const gone = () => Response.json({ code: 'unknown_link', message: '' }, { status: 404 })

test('pages ask their questions through the link, and nothing else leaves the browser', async () => {
  answer = () => Response.json({ rows: [] })
  const api = createSharedApi(report, () => openReport('t'))
  await api.get('/overview', { project: 'shared', from: 1, to: 2, top: 10 })
  await api.send('POST', '/query', { project: 'shared', type: 'trend' })
  expect(calls).toEqual([
    { url: '/api/v1/shared/query', body: { type: 'overview', from: 1, to: 2, top: 10 }, token: 'Bearer first' },
    { url: '/api/v1/shared/query', body: { type: 'trend' }, token: 'Bearer first' },
  ])
  for (const run of [
    () => api.send('POST', '/query', { project: 'shared', type: 'properties' }),
    () => api.get('/people'),
    () => api.send('DELETE', '/me'),
    () => api.open('/live/stream', {}),
  ])
    await expect(run()).rejects.toMatchObject({ status: 403, code: 'not_granted' })
  expect(calls).toHaveLength(2)
})

test('a token that is over is replaced once, and a link that is over stays so', async () => {
  const answers = [gone, () => Response.json({ ...report, accessToken: 'second' }), () => Response.json({ rows: [] })]
  answer = () => (answers.shift() ?? gone)()
  const api = createSharedApi(report, () => openReport('t', 'secret'))
  expect(await api.send('POST', '/query', { type: 'trend' })).toEqual({ rows: [] })
  expect(calls.map(({ token }) => token)).toEqual(['Bearer first', undefined, 'Bearer second'])
  expect(calls[1]?.body).toEqual({ token: 't', password: 'secret' })
  await expect(api.send('POST', '/query', { type: 'trend' })).rejects.toMatchObject({ code: 'unknown_link' })
})

test('what a visitor changes of the address is dropped, but for the time where it may be chosen', () => {
  const saved = '?period=week&metric=pages&f=path~is~/a'
  const asked = '?period=month&tz=UTC&metric=events&f=userId~is~ada&panel-pages=exit'
  expect(lockedSearch(saved, asked, false)).toEqual({ period: 'week', metric: 'pages', f: ['path~is~/a'] })
  expect(lockedSearch(saved, asked, true)).toEqual({
    ...{ metric: 'pages', f: ['path~is~/a'], period: 'month', tz: 'UTC' },
  })
})

test('a time that stays is written down as its days, in its zone', () => {
  const range = { first: '2026-11-24', last: '2026-11-30', timeZone: 'Europe/Vienna' }
  const search = { period: 'week', date: '2026-11-30', metric: 'pages', report: 'r1', dialog: 'share', project: 'shop' }
  expect(pinnedSearch(search, range)).toBe('?period=custom&metric=pages&from=2026-11-24&to=2026-11-30&tz=Europe/Vienna')
})

test('of what a page has asked, the questions that name nobody go into a link', () => {
  const trend = { type: 'trend', from: 1 }
  const keys = [
    ['overview', 'shop', { from: 1, to: 2, top: 10 }],
    ['analysis', 'shop', trend],
    ['analysis', 'shop', undefined],
    ['analysis', 'shop', { type: 'segment' }],
    ['analysis', 'shop', { type: 'properties' }],
    ['kept', '/projects/shop/reports'],
    ['newest', 'shop'],
  ]
  expect(questionsOf(keys)).toEqual([{ type: 'overview', from: 1, to: 2, top: 10 }, trend])
})

test('a breakdown is compared with its own values of the time before, whatever the page compared', () => {
  const where = [{ field: 'country', operator: 'is', values: ['AT'] }]
  const now = { type: 'trend', from: 10, to: 20, breakdown: 'path', top: 5, where, series: [{ measure: 'people' }] }
  const before = {
    ...now,
    ...{ from: 0, to: 10, top: 2, where: [...where, { field: 'path', operator: 'is', values: ['/', '/a'] }] },
  }
  const keyOf = (question: object) => ['analysis', 'shop', question]
  expect(questionsOf([now, before].map(keyOf))).toEqual([now, { ...now, from: 0, to: 10 }])
  // A filter by what is broken down by, which the page has of its own, stays.
  const own = { ...before, from: 10, to: 20 }
  expect(questionsOf([own].map(keyOf))).toEqual([own])
})
