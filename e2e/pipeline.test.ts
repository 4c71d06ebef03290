import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadFixtures } from '../protocol/test/load-fixtures.ts'
import { type Api, createApi, type JourneyRow, type LedgerRow, post } from './support/api.ts'
import { adminToken, makeFolder, readStored, removeFolder, writeKey } from './support/data-folder.ts'
import { createServices, type Service, type Services } from './support/services.ts'
import { until } from './support/until.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

interface Run {
  data: string
  services: Services
  service: Service
  url: string
  api: Api
}

async function startRun(): Promise<Run> {
  const data = makeFolder()
  const services = createServices()
  const service = services.start('start', startFlags(data))
  const url = await service.ready
  return { data, services, service, url, api: createApi(url) }
}

const startFlags = (data: string): string[] => {
  return ['--data', data, '--port', '0', '--write-key', writeKey, '--admin-token', adminToken]
}

async function endRun({ services, data }: Run): Promise<void> {
  await services.killAll()
  removeFolder(data)
}

/** The books once everything received is in them. */
const settled = (api: Api, received: number): Promise<LedgerRow> =>
  until(`${received} events are processed`, 20_000, async () => {
    const ledger = await api.ledger()
    return ledger.received === received && ledger.inFlight === 0 && ledger
  })

describe('one process', () => {
  let run: Run
  beforeAll(async () => {
    run = await startRun()
  })
  afterAll(() => endRun(run))

  const start = Date.now() - 3 * dayMs
  const at = (ms: number): string => new Date(start + ms).toISOString()
  const phone = 'phone-1'
  const laptop = 'laptop-1'
  const screen = {
    route: 'screen',
    messageId: 'm-screen',
    anonymousId: phone,
    name: 'Cart',
    timestamp: at(3 * minuteMs),
  }
  const calls = [
    { route: 'page', messageId: 'm-home', anonymousId: phone, name: 'Home', timestamp: at(0) },
    { route: 'track', messageId: 'm-view', anonymousId: phone, event: 'Product Viewed', timestamp: at(minuteMs) },
    { route: 'identify', messageId: 'm-sign-in', anonymousId: phone, userId: 'ada', timestamp: at(2 * minuteMs) },
    screen,
    { route: 'page', messageId: 'm-pricing', anonymousId: laptop, name: 'Pricing', timestamp: at(-dayMs) },
    { route: 'track', messageId: 'm-order', anonymousId: laptop, userId: 'ada', event: 'Order', timestamp: at(dayMs) },
    { route: 'group', messageId: 'm-group', userId: 'ada', groupId: 'acme', timestamp: at(dayMs + minuteMs) },
    { route: 'track', messageId: 'm-renewal', userId: 'ada-old', event: 'Renewed', timestamp: at(-2 * dayMs) },
    { route: 'alias', messageId: 'm-alias', userId: 'ada', previousId: 'ada-old', timestamp: at(dayMs + 2 * minuteMs) },
  ] as const
  const inEventTime = [...calls].sort((a, b) => (a.timestamp < b.timestamp ? -1 : 1)).map(({ messageId }) => messageId)
  let journey: JourneyRow[]

  test('every call of the tracking API is acknowledged and processed', async () => {
    for (const { route, ...call } of calls) {
      const body = route === 'identify' ? { ...call, traits: { email: 'Ada@example.com', plan: 'team' } } : call
      expect(await post(run.url, route, body)).toMatchObject({ status: 200, body: { success: true, accepted: 1 } })
    }
    const ledger = await settled(run.api, calls.length)
    expect(ledger).toMatchObject({
      stored: calls.length,
      duplicate: 0,
      rejected: 0,
      dead: 0,
      balanced: true,
      holes: [],
    })
  })

  test.each([phone, laptop, 'ada', 'ada-old', 'ada@example.com'])('a person is found by %s', async (id) => {
    const person = await run.api.person(id)
    expect(person.userIds.toSorted()).toEqual(['ada', 'ada-old'])
    expect(person.anonymousIds.toSorted()).toEqual([laptop, phone])
    expect(person).toMatchObject({ traits: { email: 'Ada@example.com', plan: 'team' } })
    // An alias speaks of ids and is nothing that somebody did.
    expect(person).toMatchObject({ firstSeen: at(-2 * dayMs), lastSeen: at(dayMs + minuteMs) })
  })

  test('what was done on two devices before signing in is in the journey, in event time', async () => {
    const { profileId } = await run.api.person('ada')
    journey = (await run.api.journey(profileId)).items
    expect(journey.map(({ messageId }) => messageId)).toEqual(inEventTime)
    const pricing = journey.find(({ messageId }) => messageId === 'm-pricing')
    expect(pricing).toMatchObject({ type: 'page', name: 'Pricing', anonymousId: laptop, userId: null })
    expect(pricing).toMatchObject({ timestamp: at(-dayMs), receivedAt: expect.any(String), properties: {} })
  })

  test('a journey comes in pages without repetition', async () => {
    const { profileId } = await run.api.person('ada')
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const { items, nextCursor } = await run.api.journey(profileId, `limit=2${more}`)
      seen.push(...items.map(({ messageId }) => messageId))
      cursor = nextCursor
    }
    expect(seen).toEqual(inEventTime)
  })

  test('sessions are cut by device and by pause, and hold their events', async () => {
    const { profileId } = await run.api.person('ada')
    const { items } = await run.api.sessions(profileId)
    const expected = [
      { anonymousId: laptop, start: at(dayMs), end: at(dayMs), events: 1, pages: 0 },
      { anonymousId: phone, start: at(0), end: at(3 * minuteMs), events: 4, pages: 2, entry: 'Home', exit: 'Cart' },
      { anonymousId: laptop, start: at(-dayMs), end: at(-dayMs), events: 1, pages: 1, entry: 'Pricing' },
    ]
    expect(items).toMatchObject(expected)
    expect(items).toHaveLength(expected.length)
    const phoneSession = items.find(({ anonymousId }) => anonymousId === phone)?.sessionId
    const inSession = journey.filter(({ sessionId }) => sessionId === phoneSession)
    expect(inSession.map(({ messageId }) => messageId)).toEqual(['m-home', 'm-view', 'm-sign-in', 'm-screen'])
    expect(journey.filter(({ sessionId }) => sessionId === null).map(({ messageId }) => messageId)).toEqual([
      'm-renewal',
      'm-group',
      'm-alias',
    ])
  })

  test('a batch that is sent twice counts once', async () => {
    const batch = ['b-1', 'b-2', 'b-3'].map((messageId) => ({
      type: 'track',
      messageId,
      anonymousId: 'visitor-b',
      event: 'Clicked',
    }))
    expect((await post(run.url, 'batch', { batch })).body).toMatchObject({ success: true, accepted: 3 })
    expect((await post(run.url, 'batch', { batch })).body).toMatchObject({ success: true, accepted: 3 })
    const ledger = await settled(run.api, calls.length + 6)
    expect(ledger).toMatchObject({ stored: calls.length + 3, duplicate: 3, balanced: true })
    const { profileId } = await run.api.person('visitor-b')
    expect((await run.api.journey(profileId)).items).toHaveLength(3)
    expect((await run.api.sessions(profileId)).items).toMatchObject([{ events: 3 }])
  })

  test('an event that is refused is listed with its code and does not hold up the others', async () => {
    const good = { type: 'track', messageId: 'c-1', anonymousId: 'visitor-c', event: 'Clicked' }
    const bad = { type: 'track', messageId: 'c-2', anonymousId: 'visitor-c', event: 'Clicked', properties: [] }
    const { status, body } = await post(run.url, 'batch', { batch: [good, bad] })
    expect(status).toBe(200)
    expect(body).toMatchObject({ success: true, accepted: 1, refused: [{ index: 1, code: expect.any(String) }] })
    const ledger = await settled(run.api, calls.length + 8)
    expect(ledger).toMatchObject({ stored: calls.length + 4, rejected: 1, balanced: true })
    const { items } = await run.api.rejected()
    expect(items).toMatchObject([{ code: body.refused[0]?.code, replayedAt: null }])
    expect(JSON.parse(items[0]?.body ?? '')).toEqual(bad)
  })

  test('a restart keeps everything', async () => {
    const read = async ({ api }: Run) => {
      const person = await api.person('ada@example.com')
      const { queue: _, ...books } = await api.ledger()
      const { items } = await api.journey(person.profileId)
      const sessions = await api.sessions(person.profileId)
      return { person, items, sessions, rejected: await api.rejected(), books: { ...books, computedAt: '' } }
    }
    const before = await read(run)
    expect(await run.service.end('SIGTERM')).toEqual({ code: 0, signal: null })
    run.service = run.services.start('start', startFlags(run.data))
    run.url = await run.service.ready
    run.api = createApi(run.url)
    expect(await read(run)).toEqual(before)
  })
})

describe('every valid fixture of the wire', () => {
  let run: Run
  beforeAll(async () => {
    run = await startRun()
  })
  afterAll(() => endRun(run))

  test('is acknowledged whole and stored', async () => {
    const fixtures = loadFixtures('valid')
    expect(fixtures.length).toBeGreaterThan(40)
    let received = 0
    for (const { name, route, bytes } of fixtures) {
      const events = countEvents(bytes)
      const { status, body } = await post(run.url, route, bytes)
      expect({ name, status, body }).toMatchObject({ name, status: 200, body: { accepted: events, refused: [] } })
      received += events
    }
    const ledger = await settled(run.api, received)
    // One fixture holds the same message twice.
    expect(ledger).toMatchObject({
      stored: received - 1,
      duplicate: 1,
      rejected: 0,
      dead: 0,
      balanced: true,
      holes: [],
    })
    const stored = await readStored(run.data)
    expect(stored).toHaveLength(ledger.stored)
    const ids = new Set(stored.map(({ messageId }) => messageId))
    expect(fixtures.flatMap(({ bytes }) => messageIds(bytes)).filter((id) => !ids.has(id))).toEqual([])
  })
})

const byteOrderMark = /^\uFEFF/

function eventsOf(bytes: Uint8Array): Record<string, unknown>[] {
  const body = JSON.parse(Buffer.from(bytes).toString('utf8').replace(byteOrderMark, '')) as Record<string, unknown>
  return Array.isArray(body.batch) ? (body.batch as Record<string, unknown>[]) : [body]
}

const countEvents = (bytes: Uint8Array): number => eventsOf(bytes).length

const messageIds = (bytes: Uint8Array): string[] =>
  eventsOf(bytes).flatMap(({ messageId }) => (typeof messageId === 'string' ? [messageId] : []))
