import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Kv } from '@trailstitch/backends'
import { afterEach, expect, test } from 'vitest'
import { createScriptedQueue, type Running, startCollector } from './support/collector.ts'

let running: Running
afterEach(() => running.stop())

const event = { anonymousId: 'a', event: 'x' }

async function from(ip: string, headers: Record<string, string> = {}): Promise<number> {
  const response = await running.app.inject({
    method: 'POST',
    url: '/v1/track',
    payload: JSON.stringify({ ...event, writeKey: 'wk-shop' }),
    headers,
    remoteAddress: ip,
  })
  return response.statusCode
}

test('a key has so many requests a minute, and is told when to come back', async () => {
  running = await startCollector({ limits: { requestsPerMinutePerKey: 3 } })
  for (let count = 0; count < 3; count++) expect((await running.post('/v1/track', event)).status).toBe(200)
  running.advance(15_000)
  const refused = await running.post('/v1/track', event)
  expect([refused.status, refused.json().code]).toEqual([429, 'rate_limited'])
  expect(refused.headers['retry-after']).toBe('45')
  expect(refused.headers['x-ratelimit-reset']).toBe('45')
  expect(refused.headers['access-control-expose-headers']).toContain('retry-after')
  // another project is not concerned
  expect((await running.post('/v1/track', { ...event, writeKey: 'wk-blog' }, { authorization: '' })).status).toBe(200)
  running.advance(45_000)
  expect((await running.post('/v1/track', event)).status).toBe(200)
})

test('an address has so many requests a minute; an IPv6 network counts as one', async () => {
  running = await startCollector({ limits: { requestsPerMinutePerIp: 2 } })
  expect([await from('203.0.113.1'), await from('::ffff:203.0.113.1'), await from('203.0.113.1')]).toEqual([
    200, 200, 429,
  ])
  expect(await from('203.0.113.2')).toBe(200)
  expect([await from('2001:db8::1'), await from('2001:db8::2'), await from('2001:db8::3')]).toEqual([200, 200, 429])
  expect(await from('2001:db8:0:1::1')).toBe(200)
})

test('a proxy on the same machine is not taken for one visitor', async () => {
  running = await startCollector({ limits: { requestsPerMinutePerIp: 1 } })
  expect([await from('127.0.0.1'), await from('127.0.0.1'), await from('::1'), await from('::1')]).toEqual([
    200, 200, 200, 200,
  ])
})

test('collectors on one kv share a limit', async () => {
  running = await startCollector({ limits: { requestsPerMinutePerKey: 10 } })
  const second = await startCollector({ kv: running.kv, limits: { requestsPerMinutePerKey: 10 } })
  for (let count = 0; count < 6; count++) expect((await running.post('/v1/track', event)).status).toBe(200)
  const statuses = []
  for (let count = 0; count < 6; count++) statuses.push((await second.post('/v1/track', event)).status)
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(5)
  expect(statuses.at(-1)).toBe(429)
  await second.stop()
})

test('a kv that fails is logged once, and the limit is held by the collector alone', async () => {
  let failing = true
  const kv = { increment: async () => ({ value: 1, ttlMs: 60_000 }), close: async () => {} } as Partial<Kv> as Kv
  const broken: Kv = {
    ...kv,
    increment: async (key, by, ttlMs) => {
      if (failing) throw new Error('no kv')
      return kv.increment(key, by, ttlMs)
    },
  }
  running = await startCollector({ kv: broken, limits: { requestsPerMinutePerKey: 3 } })
  const statuses = []
  for (let count = 0; count < 5; count++) statuses.push((await running.post('/v1/track', event)).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  expect(running.logged.filter((message) => message.includes('kv'))).toHaveLength(1)
  failing = false
})

test('past the bytes in flight new work is refused, and taken again once there is room', async () => {
  const { queue, script } = createScriptedQueue()
  let release = (): void => {}
  script.hold = new Promise((resolve) => {
    release = resolve
  })
  running = await startCollector({ queue, limits: { maxInFlightBytes: 1_000 } })
  const big = { ...event, properties: { pad: 'x'.repeat(800) } }
  const first = running.post('/v1/track', big)
  // The first request holds its bytes until the queue answers.
  await expect.poll(async () => (await running.post('/v1/track', big)).status).toBe(503)
  const refused = await running.post('/v1/track', big)
  expect([refused.json().code, refused.headers['retry-after']]).toEqual(['overloaded', '1'])
  release()
  expect((await first).status).toBe(200)
  expect((await running.post('/v1/track', big)).status).toBe(200)
})

test('bodies that are large to unpack count with what they may become', async () => {
  running = await startCollector({ limits: { maxInFlightBytes: 1_200_000 } })
  const noise = randomBytes(70_000).toString('hex')
  const body = gzipSync(JSON.stringify({ batch: [], noise }))
  expect(body.length).toBeGreaterThan(64 * 1024)
  const send = () => running.post('/v1/batch', body, { 'content-encoding': 'gzip' })
  const answers = await Promise.all([send(), send(), send(), send()])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 503, 503])
  expect((await send()).status).toBe(200)
})
