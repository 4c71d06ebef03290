import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { arrivals, basic, type Running, startCollector } from '../support/collector.ts'

let running: Running
beforeEach(async () => {
  running = await startCollector()
})
afterEach(() => running.stop())

const batch = [{ type: 'track', anonymousId: 'a-1', event: 'Clicked' }]
const ask = async (fields: object, headers: Record<string, string> = {}) =>
  (await running.post('/v1/batch', { batch: [], ...fields }, headers)).json()

test('a page learns which parts of earlier requests were taken', async () => {
  await running.post('/v1/batch', { batch, batchIds: ['tab:1', 'tab:2'] })
  const answer = await ask({ unconfirmed: ['tab:1', 'tab:3', 'tab:2'] })
  expect(answer).toEqual({ success: true, accepted: 0, refused: [], known: ['tab:1', 'tab:2'] })
})

test('parts are a project’s own, and are forgotten', async () => {
  await running.post('/v1/batch', { batch, batchIds: ['tab:1'] })
  expect(await ask({ unconfirmed: ['tab:1'] }, { authorization: basic('wk-blog') })).toMatchObject({ known: [] })
  running.advance(3 * 60_000)
  expect(await ask({ unconfirmed: ['tab:1'] })).toMatchObject({ known: [] })
})

test('parts of a request that was not taken are not known', async () => {
  await running.post('/v1/batch', { batch, batchIds: ['tab:1'] }, { authorization: basic('nobody') })
  expect(await ask({ unconfirmed: ['tab:1'] })).toMatchObject({ known: [] })
})

test('names that are none are left out, and hurt no event', async () => {
  const odd = [1, null, '', 'a b', '$where', '__proto__', 'x'.repeat(65), {}, ['tab:1']]
  for (const fields of [
    { batchIds: odd, unconfirmed: odd },
    { batchIds: 'tab:1', unconfirmed: { a: 1 } },
  ]) {
    const answer = await running.post('/v1/batch', { batch, ...fields })
    expect(answer.json()).toMatchObject({ success: true, accepted: 1, refused: [] })
  }
})

test('a kv that is away changes nothing but the answer', async () => {
  await running.kv.close()
  const answer = await running.post('/v1/batch', { batch, batchIds: ['tab:1'], unconfirmed: ['tab:1'] })
  expect([answer.status, answer.json()]).toEqual([200, { success: true, accepted: 1, refused: [], known: [] }])
})

test('gzip that no header names is undone, as pages send it', async () => {
  const body = gzipSync(JSON.stringify({ batch, writeKey: 'wk-shop' }))
  const headers = { 'content-type': 'text/plain', authorization: '' }
  const answer = await running.post('/v1/batch', body, headers)
  expect(answer.json()).toMatchObject({ success: true, accepted: 1 })
  expect((await arrivals(running.queue))[0]).toMatchObject({ part: { encoding: 'gzip' }, events: batch })
})
