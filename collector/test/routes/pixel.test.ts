import { afterEach, beforeEach, expect, test } from 'vitest'
import { arrivals, createScriptedQueue, type Running, startCollector } from '../support/collector.ts'

let running: Running
beforeEach(async () => {
  running = await startCollector()
})
afterEach(() => running.stop())

const get = (query: Record<string, string>, headers: Record<string, string> = {}) =>
  running.app.inject({ method: 'GET', url: '/v1/pixel.gif', query, headers })
const encode = (event: unknown): string => Buffer.from(JSON.stringify(event)).toString('base64')

test('a page without script is counted, with what stands in the query as its properties', async () => {
  const response = await get(
    { writeKey: 'wk-shop', anonymousId: 'a-1', name: 'Home', plan: 'pro' },
    { referer: 'https://shop.example/?utm_source=mail' },
  )
  expect(response.statusCode).toBe(200)
  expect(response.headers['content-type']).toBe('image/gif')
  expect(response.headers['cache-control']).toBe('no-store')
  expect(response.rawPayload.subarray(0, 6).toString()).toBe('GIF89a')
  expect(response.rawPayload.length).toBe(42)
  expect(await arrivals(running.queue)).toMatchObject([
    {
      part: { kind: 'page', project: 'shop', events: 1 },
      events: [
        {
          type: 'page',
          anonymousId: 'a-1',
          name: 'Home',
          properties: { plan: 'pro' },
          context: { page: { url: 'https://shop.example/?utm_source=mail' } },
        },
      ],
    },
  ])
})

test('other types go too, traits where they have them', async () => {
  await get({ writeKey: 'wk-shop', type: 'track', anonymousId: 'a-1', event: 'Opened' })
  await get({ writeKey: 'wk-shop', type: 'identify', userId: 'u-1', plan: 'pro' })
  const arrived = await arrivals(running.queue)
  expect(arrived.map(({ events }) => events[0])).toMatchObject([
    { type: 'track', event: 'Opened' },
    { type: 'identify', userId: 'u-1', traits: { plan: 'pro' } },
  ])
})

test('a whole event comes as base64, plain or for URLs', async () => {
  const event = { type: 'track', anonymousId: 'a-1', event: 'Opened ???>>>', properties: { deep: { er: 1 } } }
  expect((await get({ writeKey: 'wk-shop', data: encode(event) })).statusCode).toBe(200)
  const urlSafe = Buffer.from(JSON.stringify({ ...event, writeKey: 'wk-shop' })).toString('base64url')
  expect((await get({ data: urlSafe })).statusCode).toBe(200)
  expect((await arrivals(running.queue)).map(({ events }) => events[0])).toMatchObject([event, event])
})

test.each([
  [{ anonymousId: 'a' }, 401, 'missing_write_key'],
  [{ writeKey: 'nope', anonymousId: 'a' }, 401, 'unknown_write_key'],
  [{ writeKey: 'wk-shop' }, 400, 'no_user_anon_id'],
  [{ writeKey: 'wk-shop', anonymousId: 'a', type: 'unlink' }, 400, 'unknown_type'],
  [{ writeKey: 'wk-shop', anonymousId: 'a', type: '__proto__' }, 400, 'unknown_type'],
  [{ writeKey: 'wk-shop', anonymousId: 'a', type: 'track' }, 400, 'missing_event_name'],
  [{ writeKey: 'wk-shop', anonymousId: 'a', $where: '1' }, 400, 'forbidden_key'],
  [{ writeKey: 'wk-shop', data: 'not base64 JSON' }, 400, 'invalid_json'],
  [{ writeKey: 'wk-shop', data: encode([1]) }, 400, 'invalid_body'],
])('what can not be taken is a coded error, no image: %j', async (query, status, code) => {
  const response = await get(query)
  expect([response.statusCode, response.json().code]).toEqual([status, code])
})

test('headers about a body are of no meaning', async () => {
  const query = { writeKey: 'wk-shop', anonymousId: 'a' }
  expect((await get(query, { 'content-encoding': 'gzip', 'content-length': '99999999' })).statusCode).toBe(200)
})

test('without a durable queue there is no image', async () => {
  const { queue, script } = createScriptedQueue()
  script.fail = true
  const broken = await startCollector({ queue })
  const response = await broken.app.inject({ method: 'GET', url: '/v1/pixel.gif?writeKey=wk-shop&anonymousId=a' })
  expect([response.statusCode, response.json().code]).toEqual([503, 'queue_unavailable'])
  await broken.stop()
})
