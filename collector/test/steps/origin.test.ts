import { createProjects } from '@trailstitch/protocol'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basic, createClock, type Running, startCollector } from '../support/collector.ts'

const { deps } = createClock()
const endMs = 60_000
const projects = createProjects([
  {
    id: 'shop',
    name: 'Shop',
    writeKeys: ['wk-new', 'wk-old'],
    writeKeyEnds: { 'wk-old': deps.now() + endMs },
    allowedOrigins: ['https://shop.example', 'http://localhost:3000'],
  },
])
let running: Running
beforeAll(async () => {
  running = await startCollector({ projects })
})
afterAll(() => running.stop())

const event = { anonymousId: 'a-1', event: 'Clicked' }
const send = async (headers: Record<string, string>) => {
  const answer = await running.post('/v1/track', event, { authorization: basic('wk-new'), ...headers })
  return [answer.status, answer.json().code]
}

test.each(['https://shop.example', 'http://localhost:3000'])('a page of %s may send', async (origin) => {
  expect(await send({ origin })).toEqual([200, undefined])
})

test.each([
  'https://evil.example',
  'http://shop.example',
  'https://shop.example:444',
  'https://shop.example.evil',
  'null',
])('a page of %s may not', async (origin) => {
  expect(await send({ origin })).toEqual([403, 'origin_not_allowed'])
})

test('a server, which names no origin, may send', async () => {
  expect(await send({})).toEqual([200, undefined])
})

test('the image is of the page that its referrer names', async () => {
  const ask = async (referer?: string) => {
    const url = '/v1/pixel.gif?writeKey=wk-new&anonymousId=a'
    return (await running.app.inject({ url, headers: { ...(referer && { referer }) } })).statusCode
  }
  expect(await ask('https://shop.example/page?x=1')).toBe(200)
  expect(await ask('https://evil.example/')).toBe(403)
  expect([await ask(), await ask('nonsense')]).toEqual([200, 200])
})

test('a key whose end has come is unknown, and the other one works on', async () => {
  const settings = async () =>
    (await running.app.inject({ url: '/v1/projects/wk-old/settings', headers: { host: 't.example' } })).statusCode
  running.advance(endMs - 1)
  expect([await send({ authorization: basic('wk-old') }), await settings()]).toEqual([[200, undefined], 200])
  running.advance(1)
  expect(await send({ authorization: basic('wk-old') })).toEqual([401, 'unknown_write_key'])
  expect([await settings(), await send({})]).toEqual([401, [200, undefined]])
})
