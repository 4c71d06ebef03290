import { BackendError } from '@trailstitch/backends'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { apiPlugin } from '../../src/server/api.ts'
import { createDashboardApp } from '../../src/server/app.ts'
import {
  createOptions,
  iso,
  journeyItem,
  overviewAnswer,
  person,
  rejectedEvent,
  type Script,
  session,
  start,
  storedEvent,
  token,
} from './scripted.ts'

const bearer = { authorization: `Bearer ${token}` }

async function open(script: Script) {
  const options = createOptions(script)
  const app = await createDashboardApp(options)
  const get = async (url: string, headers: Record<string, string> = bearer) => {
    const response = await app.inject({ url: `/api/v1${url}`, headers })
    return { status: response.statusCode, headers: response.headers, body: response.json() }
  }
  return { app, get, asked: options.store.asked }
}

test('without the right token every route answers 401 and the store is not asked', async () => {
  const { get, asked } = await open({})
  const routes = ['/projects', '/people', '/people/p1', '/people/p1/journey', '/people/p1/sessions', '/sessions']
  const more = [
    '/overview',
    '/live',
    '/live/stream',
    '/ledger',
    '/clocks',
    '/rejected',
    '/openapi.json',
    '/nothing',
    '/people?limit=x',
  ]
  const wrong = [{}, { authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: `Basic ${token}` }]
  const worse = [
    { authorization: `Bearer ${token}x` },
    { authorization: `Bearer ${token.slice(1)}` },
    { authorization: token },
  ]
  for (const url of [...routes, ...more])
    for (const headers of [...wrong, ...worse]) {
      const { status, headers: answered, body } = await get(url, headers as Record<string, string>)
      expect([url, status, body.code]).toEqual([url, 401, 'unauthorized'])
      expect(answered['www-authenticate']).toMatch(/^Bearer /)
    }
  expect(asked).toEqual([])
})

test('the scheme is read in any case', async () => {
  const { get } = await open({})
  expect((await get('/projects', { authorization: `bearer ${token}` })).status).toBe(200)
})

test('an empty token is refused at the start', async () => {
  await expect(createDashboardApp({ ...createOptions({}), adminToken: '' })).rejects.toMatchObject({
    code: 'invalid_options',
  })
})

test('projects are listed without their keys', async () => {
  const { get } = await open({})
  const { body } = await get('/projects')
  expect(body.items[0]).toEqual({
    ...{ id: 'shop', name: 'Shop', writeKeys: ['wk_0…', '…'] },
    ...{ timeZone: null, excludes: [], isDemo: false },
  })
  expect(body.nextCursor).toBeNull()
})

test('people are searched, paged and answered with times as text', async () => {
  const { get, asked } = await open({ people: () => ({ items: [person()], nextCursor: 'next' }) })
  const { body } = await get('/people?search=ann%40example.com&limit=7&cursor=here')
  expect(asked).toEqual([{ type: 'people', project: 'shop', limit: 7, cursor: 'here', search: 'ann@example.com' }])
  expect(body).toEqual({
    items: [
      {
        profileId: 'p1',
        userIds: ['ann'],
        anonymousIds: ['visitor-1'],
        traits: { email: 'ann@example.com' },
        firstSeen: iso(start - 60_000),
        lastSeen: iso(start),
      },
    ],
    nextCursor: 'next',
  })
  await get('/people?search=')
  expect(asked[1]).toEqual({ type: 'people', project: 'shop', limit: 50 })
})

test('a person comes with links and touches', async () => {
  const { get, asked } = await open({ person: () => person() })
  const { body } = await get('/people/a%2Fb%20%C3%A9')
  expect(asked).toEqual([{ type: 'person', project: 'shop', profileId: 'a/b é' }])
  expect(body.links).toEqual([
    { kind: 'visitor', from: 'visitor-1', userId: 'ann', timestamp: iso(start), messageId: 'm1', undone: false },
  ])
  expect(body.firstTouch).toEqual({ channel: 'Direct' })
})

test('profile ids may be as long as ids are', async () => {
  const { get, asked } = await open({ person: () => person() })
  const profileId = 'é'.repeat(520)
  expect((await get(`/people/${encodeURIComponent(profileId)}`)).status).toBe(200)
  expect(asked[0]).toMatchObject({ profileId })
})

test('a journey answers every promised field, null where nothing is known, and leaves properties alone', async () => {
  const bare = journeyItem({ messageId: 'm2', sessionId: null })
  delete bare.anonymousId
  delete bare.properties
  const { get, asked } = await open({ journey: () => ({ items: [journeyItem(), bare], nextCursor: 'more' }) })
  const { body } = await get('/people/p1/journey?limit=2&cursor=c&order=desc')
  expect(asked).toEqual([{ type: 'journey', project: 'shop', profileId: 'p1', limit: 2, cursor: 'c', order: 'desc' }])
  expect(body.nextCursor).toBe('more')
  expect(body.items[0]).toEqual({
    ...storedEvent(),
    timestamp: iso(start - 1000),
    receivedAt: iso(start),
    originalTimestamp: iso(start - 5000),
    userId: null,
    sessionId: 's1',
  })
  expect(body.items[1]).toMatchObject({ anonymousId: null, userId: null, sessionId: null, properties: {} })
})

test("a person's sessions answer every promised field", async () => {
  const full = session({ entry: '/', exit: '/pay', device: { type: 'tablet' } })
  const { get, asked } = await open({ sessions: () => ({ items: [full, session()], nextCursor: null }) })
  const { body } = await get('/people/p1/sessions')
  expect(asked).toEqual([{ type: 'sessions', project: 'shop', profileId: 'p1', limit: 50 }])
  expect(body.items[0]).toMatchObject({ start: iso(start - 60_000), end: iso(start), durationMs: 60_000, entry: '/' })
  expect(body.items[0].device).toEqual({ type: 'tablet' })
  expect(body.items[1]).toMatchObject({ entry: null, exit: null, device: null, userId: null, country: null })
})

test('an unknown person is 404 everywhere, and a known one without events is an empty list', async () => {
  const none = { items: [], nextCursor: null }
  const unknown = await open({ person: () => undefined, journey: () => none, sessions: () => none })
  for (const url of ['/people/x', '/people/x/journey', '/people/x/sessions']) {
    const { status, body } = await unknown.get(url)
    expect([url, status, body.code]).toEqual([url, 404, 'unknown_person'])
  }
  const known = await open({ person: () => person(), journey: () => none, sessions: () => none })
  expect(await known.get('/people/p1/journey')).toMatchObject({ status: 200, body: none })
})

test('sessions of the project are asked for in a range', async () => {
  const { get, asked } = await open({ sessions: () => ({ items: [session()], nextCursor: 'n' }) })
  const { body } = await get(`/sessions?from=2024-05-06&to=${start}&project=blog`)
  expect(asked).toEqual([{ type: 'sessions', project: 'blog', limit: 50, from: Date.UTC(2024, 4, 6), to: start }])
  expect(body.nextCursor).toBe('n')
})

test('an overview is of the last 24 hours unless told, with derived figures', async () => {
  const dayEnd = Date.UTC(2024, 4, 6, 11)
  const { get, asked } = await open({ overview: ({ from, to }) => overviewAnswer(from, to) })
  const { body } = await get('/overview')
  expect(asked).toEqual([
    { type: 'overview', project: 'shop', from: dayEnd - 86_400_000, to: dayEnd, top: 10, bots: false },
  ])
  expect(body.totals).toMatchObject({ sessions: 4, bounceRate: 0.25, averageDurationMs: 15_000 })
  expect(body.hours[0].hour).toBe(iso(dayEnd - 86_400_000))
  expect(body.by.page.rows).toEqual([{ value: '/', events: 4, pages: 4, people: 2 }])
  expect(body.meta).toEqual({ computedAt: iso(start), exact: true, rowsScanned: 5, timeZone: 'UTC' })
  await get('/overview?from=2024-05-01T00:00:00%2B02:00&to=2024-05-02T00:00:00Z&top=3&bots=true')
  expect(asked[1]).toMatchObject({ from: Date.UTC(2024, 3, 30, 22), to: Date.UTC(2024, 4, 2), top: 3, bots: true })
})

test('an overview without sessions has no rates', async () => {
  const { get } = await open({
    overview: ({ from, to }) => {
      const answer = overviewAnswer(from, to)
      return { ...answer, totals: { ...answer.totals, sessions: 0, bounces: 0, durationMs: 0 } }
    },
  })
  expect((await get('/overview')).body.totals).toMatchObject({ bounceRate: null, averageDurationMs: null })
})

test('live leaves out what is older than it is asked for, but for the newest event', async () => {
  const ages = [5, 10, 20]
  const items = ages.map((age) => storedEvent({ messageId: `m${age}`, timestamp: start - age }))
  const { get } = await open({ live: () => ({ items, cursor: 'now' }) })
  const idsSince = async (since: string | number) => {
    const { body } = await get(`/live?since=${since}`)
    return (body as { items: { messageId: string }[] }).items.map(({ messageId }) => messageId)
  }
  expect(await idsSince(start - 10)).toEqual(['m5', 'm10'])
  expect(await idsSince(encodeURIComponent(iso(start)))).toEqual(['m5'])
  expect((await get('/live?since=lately')).status).toBe(400)
})

test('live answers the newest events and a cursor', async () => {
  const { get, asked } = await open({ live: () => ({ items: [storedEvent()], cursor: 'now' }) })
  const { body } = await get('/live?after=before&limit=3')
  expect(asked).toEqual([{ type: 'live', project: 'shop', limit: 3, after: 'before' }])
  expect(body).toMatchObject({ cursor: 'now', items: [{ messageId: 'm1', receivedAt: iso(start) }] })
})

test('rejected events are listed, of one project or of all', async () => {
  const { get, asked } = await open({
    rejected: () => ({ items: [rejectedEvent(), rejectedEvent({ replayedAt: start })], nextCursor: null }),
  })
  const { body } = await get('/rejected?id=r1')
  expect(body.items[0]).toEqual({ ...rejectedEvent(), receivedAt: iso(start), replayedAt: null })
  expect(body.items[1].replayedAt).toBe(iso(start))
  await get('/rejected?project=*&cursor=c')
  expect(asked).toEqual([
    { type: 'rejected', project: 'shop', limit: 50, id: 'r1' },
    { type: 'rejected', limit: 50, cursor: 'c' },
  ])
})

test('a failing store is 503 with Retry-After when trying again helps, and a plain 500 when not', async () => {
  const locked = await open({ people: () => Promise.reject(new BackendError('file_locked', '/secret/path')) })
  const answer = await locked.get('/people')
  expect(answer).toMatchObject({ status: 503, body: { code: 'store_unavailable' } })
  expect(answer.headers['retry-after']).toBe('5')
  const broken = await open({ people: () => Promise.reject(new Error('secret detail')) })
  const { status, body } = await broken.get('/people')
  expect([status, body.code]).toEqual([500, 'internal'])
  expect(JSON.stringify([answer.body, body])).not.toContain('secret')
})

test('a cursor the store does not know is 400', async () => {
  const { get } = await open({
    people: () => Promise.reject(Object.assign(new Error('bad'), { code: 'invalid_cursor' })),
  })
  expect(await get('/people?cursor=forged')).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } })
})

test('in an app of somebody else the plugin keeps to itself', async () => {
  const app = Fastify()
  app.get('/mine', async () => ({ mine: true }))
  await app.register(apiPlugin, createOptions({}))
  const mine = await app.inject('/mine')
  expect(mine.json()).toEqual({ mine: true })
  expect(mine.headers['content-security-policy']).toBeUndefined()
  expect((await app.inject('/elsewhere')).json()).not.toHaveProperty('code', 'not_found')
  expect((await app.inject('/api/v1/projects')).statusCode).toBe(401)
})

test('answers are kept by no cache and run by no browser', async () => {
  const { get } = await open({})
  for (const url of ['/projects', '/nothing', '/people/%zz', '/people?limit=0']) {
    const { headers } = await get(url)
    expect([url, headers['cache-control'], headers['x-content-type-options']]).toEqual([url, 'no-store', 'nosniff'])
    expect(headers['content-security-policy']).toContain("default-src 'none'")
  }
})
