import { randomBytes } from 'node:crypto'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { limits } from '@trailstitch/protocol'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { arrivals, type Running, startCollector, writeKey } from '../support/collector.ts'

let running: Running
beforeEach(async () => {
  running = await startCollector()
})
afterEach(() => running.stop())

const click = { anonymousId: 'a-1', event: 'Clicked' }

test.each([
  ['track', 't', click],
  ['identify', 'i', { userId: 'u-1', traits: { plan: 'pro' } }],
  ['page', 'p', { anonymousId: 'a-1', name: 'Home' }],
  ['screen', 's', { anonymousId: 'a-1', name: 'Home' }],
  ['group', 'g', { userId: 'u-1', groupId: 'g-1' }],
  ['alias', 'a', { userId: 'u-1', previousId: 'a-1' }],
])('%s is taken under its long and its short path', async (path, short, event) => {
  for (const at of [path, short]) {
    const answer = await running.post(`/v1/${at}`, event)
    expect([answer.status, answer.json()]).toEqual([200, { success: true, accepted: 1, refused: [] }])
  }
  const arrived = await arrivals(running.queue)
  expect(arrived.map(({ part, events }) => [part.kind, events[0]])).toEqual([
    [path, { type: path, ...event }],
    [path, { type: path, ...event }],
  ])
})

test.each(['batch', 'b', 'import'])('batches are taken at /v1/%s', async (path) => {
  const batch = [
    { type: 'track', ...click },
    { type: 'page', anonymousId: 'a-1' },
  ]
  const answer = await running.post(`/v1/${path}`, { batch })
  expect(answer.json()).toEqual({ success: true, accepted: 2, refused: [] })
  expect((await arrivals(running.queue))[0]).toMatchObject({ part: { kind: 'batch', events: 2 }, events: batch })
})

test('a trailing slash makes no difference', async () => {
  expect((await running.post('/v1/track/', click)).status).toBe(200)
})

test('what only the server knows is stamped on', async () => {
  const response = await running.app.inject({
    method: 'POST',
    url: '/v1/track',
    payload: JSON.stringify({ ...click, writeKey }),
    headers: { 'user-agent': 'Tester/1', 'x-forwarded-for': '203.0.113.1' },
    remoteAddress: '::ffff:198.51.100.7',
  })
  expect(response.statusCode).toBe(200)
  const [arrived] = await arrivals(running.queue)
  expect(arrived?.part).toEqual({
    project: 'shop',
    kind: 'track',
    receivedAt: Date.UTC(2026, 2, 1, 12),
    ip: '198.51.100.7',
    userAgent: 'Tester/1',
    encoding: 'identity',
    bytes: arrived?.bytes.length,
    events: 1,
  })
})

test('the address comes from the proxy when the proxy is trusted', async () => {
  const trusting = await startCollector({ trustProxy: true })
  await trusting.post('/v1/track', click, { 'x-forwarded-for': '203.0.113.1, 10.0.0.1' })
  expect((await arrivals(trusting.queue))[0]?.part.ip).toBe('203.0.113.1')
  await trusting.stop()
})

test.each([
  'application/json',
  'application/json; charset=utf-8',
  'text/plain;charset=UTF-8',
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'json',
  'a/b/c; ;;',
  ';',
  '',
])('the body is taken whatever it calls itself: "%s"', async (type) => {
  const answer = await running.post('/v1/track', click, { 'content-type': type })
  expect([answer.text, answer.status]).toEqual(['{"success":true,"accepted":1,"refused":[]}', 200])
})

test('a receipt names each refused event and what is wrong with it', async () => {
  const batch = [{ type: 'track', ...click }, { type: 'track', anonymousId: 'a-1' }, 7]
  const answer = await running.post('/v1/batch', { batch })
  expect(answer.status).toBe(200)
  expect(answer.json()).toEqual({
    success: true,
    accepted: 1,
    refused: [
      { index: 1, code: 'missing_event_name', message: 'A track call needs "event": text of 1 to 512 characters.' },
      { index: 2, code: 'invalid_event', message: 'An event must be a JSON object.' },
    ],
  })
})

test('a request whose events are all refused is a 400, and yet kept to be mended', async () => {
  const answer = await running.post('/v1/batch', { batch: [{ type: 'page' }, { type: 'nope', userId: 'u' }] })
  expect(answer.status).toBe(400)
  expect(answer.json()).toMatchObject({
    success: false,
    code: 'no_user_anon_id',
    accepted: 0,
    refused: [
      { index: 0, code: 'no_user_anon_id' },
      { index: 1, code: 'unknown_type' },
    ],
  })
  expect((await arrivals(running.queue))[0]?.part.refused).toEqual([
    [0, 'no_user_anon_id'],
    [1, 'unknown_type'],
  ])
})

test('an empty batch is fine and leaves nothing behind', async () => {
  const answer = await running.post('/v1/batch', { batch: [] })
  expect([answer.status, answer.json()]).toEqual([200, { success: true, accepted: 0, refused: [] }])
  expect(await arrivals(running.queue)).toEqual([])
})

test.each([
  ['gzip', 'gzip', gzipSync],
  ['x-gzip', 'gzip', gzipSync],
  ['GZIP', 'gzip', gzipSync],
  ['deflate', 'deflate', deflateSync],
  ['identity', 'identity', (bytes: Buffer) => bytes],
] as const)('a body in %s is forwarded as it came', async (header, encoding, compress) => {
  const body = compress(Buffer.from(JSON.stringify(click)))
  const answer = await running.post('/v1/track', body, { 'content-encoding': header })
  expect(answer.status).toBe(200)
  const [arrived] = await arrivals(running.queue)
  expect(arrived?.part.encoding).toBe(encoding)
  expect(Buffer.from(arrived?.bytes ?? [])).toEqual(body)
  expect(arrived?.events[0]).toMatchObject(click)
})

test('deflate without its zlib header is taken, and forwarded in the clear', async () => {
  const body = deflateRawSync(Buffer.from(JSON.stringify(click)))
  const answer = await running.post('/v1/track', body, { 'content-encoding': 'deflate' })
  expect(answer.status).toBe(200)
  expect((await arrivals(running.queue))[0]).toMatchObject({ part: { encoding: 'identity' }, events: [click] })
})

test.each(['sync', 'thread'])('the size limit is on what comes out of gzip: %s', async (way) => {
  // Noise hardly compresses, which makes the compressed body large enough for the helper thread.
  const noise = way === 'thread' ? randomBytes(70_000).toString('hex') : ''
  const empty = Buffer.from(`{"batch":[],"noise":"${noise}","pad":""}`)
  const padded = (bytes: number): Buffer =>
    gzipSync(Buffer.from(`{"batch":[],"noise":"${noise}","pad":"${'x'.repeat(bytes - empty.length)}"}`))
  const headers = { 'content-encoding': 'gzip' }
  expect((await running.post('/v1/batch', padded(limits.maxBodyBytes), headers)).status).toBe(200)
  const over = await running.post('/v1/batch', padded(limits.maxBodyBytes + 1), headers)
  expect([over.status, over.json().code]).toEqual([400, 'body_too_large'])
})

test('paths we do not have and methods we do not take are coded', async () => {
  const codes = []
  for (const [method, url] of [
    ['POST', '/v1/nope'],
    ['GET', '/nope'],
    ['GET', '/v1/track'],
    ['PUT', '/v1/batch'],
    ['POST', '/v1/pixel.gif'],
    ['DELETE', '/v1/projects/wk-shop/settings'],
    ['GET', '/v1/constructor'],
  ] as const) {
    const response = await running.app.inject({ method, url })
    codes.push([response.statusCode, response.json().code, response.headers.allow])
  }
  expect(codes).toEqual([
    [404, 'not_found', undefined],
    [404, 'not_found', undefined],
    [405, 'method_not_allowed', 'POST, OPTIONS'],
    [405, 'method_not_allowed', 'POST, OPTIONS'],
    [405, 'method_not_allowed', 'GET, HEAD, OPTIONS'],
    [405, 'method_not_allowed', 'GET, HEAD, OPTIONS'],
    [404, 'not_found', undefined],
  ])
})
