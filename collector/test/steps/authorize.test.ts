import { afterAll, beforeAll, expect, test } from 'vitest'
import { arrivals, basic, type Running, startCollector } from '../support/collector.ts'

let running: Running
beforeAll(async () => {
  running = await startCollector()
})
afterAll(() => running.stop())

const event = { anonymousId: 'a-1', event: 'Clicked' }
const encode = (text: string): string => Buffer.from(text).toString('base64')

async function ask(authorization: string | undefined, key?: unknown): Promise<[number, string | undefined]> {
  const response = await running.app.inject({
    method: 'POST',
    url: '/v1/track',
    payload: JSON.stringify({ ...event, ...(key !== undefined && { writeKey: key }) }),
    headers: authorization === undefined ? {} : { authorization },
  })
  return [response.statusCode, response.json().code]
}

test.each([
  ['the Basic user', basic('wk-shop'), undefined],
  ['the Basic user without a colon, as old clients send it', `Basic ${encode('wk-shop')}`, undefined],
  ['the Basic user with some password', `Basic ${encode('wk-shop:secret')}`, undefined],
  ['a scheme in small letters', `basic ${encode('wk-shop:')}`, undefined],
  ['the body', undefined, 'wk-shop'],
  ['the body beside an empty Basic user', `Basic ${encode(':')}`, 'wk-shop'],
  ['the body beside a Bearer token', 'Bearer abc', 'wk-shop'],
  ['both, if they agree', basic('wk-shop'), 'wk-shop'],
  ['the header, if the body has null', basic('wk-shop'), null],
  ['a second key of the project', undefined, 'wk-shop-next'],
])('the key is taken from %s', async (_where, authorization, key) => {
  expect(await ask(authorization, key)).toEqual([200, undefined])
})

test.each([
  ['no key at all', undefined, undefined, 'missing_write_key'],
  ['an empty key', undefined, '', 'missing_write_key'],
  ['an unknown key in the header', basic('nope'), undefined, 'unknown_write_key'],
  ['an unknown key in the body', undefined, 'nope', 'unknown_write_key'],
  ['a key that is a number', undefined, 5, 'unknown_write_key'],
  ['a key that is an object', undefined, { toString: 'wk-shop' }, 'unknown_write_key'],
  ['a key of the prototype', undefined, '__proto__', 'unknown_write_key'],
  ['a key that never ends', undefined, 'k'.repeat(10_000), 'unknown_write_key'],
  ['keys that differ', basic('wk-shop'), 'wk-blog', 'write_key_mismatch'],
  ['keys that differ, one unknown', basic('wk-shop'), 'nope', 'write_key_mismatch'],
  ['Basic that is no base64', 'Basic %%%%', undefined, 'missing_write_key'],
])('401 for %s', async (_what, authorization, key, code) => {
  expect(await ask(authorization, key)).toEqual([401, code])
})

test('keys inside the events of a batch do not count', async () => {
  const answer = await running.post('/v1/batch', { batch: [{ ...event, type: 'track', writeKey: 'wk-blog' }] })
  expect(answer.json().accepted).toBe(1)
  expect((await arrivals(running.queue)).every(({ part }) => part.project === 'shop')).toBe(true)
})

test('a message names the problem and never the key', async () => {
  const answer = await running.post('/v1/track', { ...event, writeKey: '<script>' }, { authorization: 'Bearer x' })
  expect(answer.text).not.toContain('<script>')
})
