import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { createOptions, emptyLedger, overviewAnswer, token } from './scripted.ts'

const none = { items: [], nextCursor: null }

async function open() {
  const options = createOptions({
    people: () => none,
    person: () => undefined,
    journey: () => none,
    sessions: () => none,
    live: () => ({ items: [], cursor: '0' }),
    overview: ({ from, to }) => overviewAnswer(from, to),
    ledger: () => emptyLedger,
    clocks: () => ({ days: [] }),
    rejected: () => none,
    event: () => ({ takenOn: null, rememberedSince: null, rejected: [] }),
    processed: () => [],
  })
  const app = await createDashboardApp(options)
  const get = async (url: string) => {
    const response = await app.inject({ url: `/api/v1${url}`, headers: { authorization: `Bearer ${token}` } })
    return { status: response.statusCode, body: response.json() as Record<string, unknown> }
  }
  return { get, asked: options.store.asked }
}

const bad = [
  '/people?limit=0',
  '/people?limit=1001',
  '/people?limit=-1',
  '/people?limit=1.5',
  '/people?limit=NaN',
  '/people?limit=1e9',
  '/people?limit=1&limit=2',
  '/people?cursor=',
  `/people?cursor=${'x'.repeat(2049)}`,
  `/people?search=${'x'.repeat(513)}`,
  '/people?search=a&search=b',
  '/people/p/journey?order=up',
  '/people/p/journey?order=asc&order=desc',
  `/people/${'x'.repeat(1025)}`,
  '/people/%zz',
  '/people/%ff',
  '/sessions?from=yesterday',
  '/sessions?from=2024-05-06T10:00:00',
  '/sessions?from=2024-13-45',
  '/sessions?from=99999999999999999999',
  '/sessions?from=2&to=1',
  '/overview?from=1&to=1',
  '/clocks?from=1&to=1',
  '/clocks?from=2999-01-01',
  '/clocks?from=0&to=34560000001',
  '/clocks?timeZone=Middle/Earth',
  '/clocks?timeZone=',
  `/clocks?timeZone=${'x'.repeat(65)}`,
  '/overview?top=0',
  '/overview?top=5000',
  '/overview?bots=perhaps',
  '/ledger?from=-5',
  '/ledger?minutes=2',
  '/rejected?id=',
  '/live?after=',
  `/events/${'x'.repeat(513)}`,
  '/events/%zz',
  '/live?after=1%0Adata:x',
  '/live/stream?after=1%0D%0Adata:x',
  '/people?cursor=a%20b',
  '/live/stream?after=',
]

test('bad input is refused with a coded 400, and the store is not asked', async () => {
  const { get, asked } = await open()
  for (const url of bad) {
    const { status, body } = await get(url)
    expect.soft([url, status, Object.keys(body).sort()]).toEqual([url, 400, ['code', 'message']])
  }
  expect(asked).toEqual([])
})

test('what does not exist is a coded 404', async () => {
  const { get } = await open()
  for (const url of [
    '/people?project=none',
    '/ledger?project=',
    '/people?project=*',
    '/overview?project=__proto__',
    '/clocks?project=*',
    '/nothing',
  ]) {
    const { status, body } = await get(url)
    expect.soft([url, status, Object.keys(body).sort()]).toEqual([url, 404, ['code', 'message']])
  }
})

test('no query string and no path makes a 5xx', async () => {
  const { get } = await open()
  const names = fc.constantFrom(
    'project',
    'limit',
    'cursor',
    'search',
    'order',
    'from',
    'to',
    'top',
    'bots',
    'after',
    'minutes',
    'id',
    '__proto__',
    'a[b]',
  )
  const values = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom(
      '1',
      '1000',
      '-1',
      '1e308',
      'null',
      'shop',
      '*',
      '2024-05-06',
      '275760-09-13',
      '999999999999999',
      'asc',
      '%',
      '%00',
      '\u0000',
      "' OR 1=1 --",
      '{"$gt":""}',
    ),
  )
  const paths = fc.oneof(
    fc.constantFrom('/people', '/sessions', '/overview', '/live', '/ledger', '/clocks', '/rejected', '/projects'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((id) => `/people/${encodeURIComponent(id)}/journey`),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((id) => `/events/${encodeURIComponent(id)}`),
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => `/people/${text.replace(/[^!-~]/g, '')}`),
  )
  const pairs = fc.array(fc.tuple(names, values, fc.boolean()), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(paths, pairs, async (path, query) => {
      const text = query.map(
        ([name, value, raw]) =>
          `${name}=${raw ? value.replace(/[^!-~]/g, '') : encodeURIComponent(value.toWellFormed())}`,
      )
      const { status } = await get(`${path}?${text.join('&')}`)
      expect(status).toBeLessThan(500)
    }),
    { numRuns: 500 },
  )
})
