import type { AddressInfo } from 'node:net'
import type { LiveQuery } from '@trailstitch/protocol'
import { afterEach, expect, test, vi } from 'vitest'
import { createDashboardApp } from '../../src/server/app.ts'
import { maxBufferedBytes } from '../../src/server/routes/live.ts'
import { createManualTimer } from './manual-timer.ts'
import { createOptions, storedEvent, token } from './scripted.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function open(pad = '') {
  const feed = { count: 1 }
  const timer = createManualTimer()
  const live = ({ after }: LiveQuery) => {
    const items = Array.from({ length: feed.count - Number(after ?? 0) }, (_, index) =>
      storedEvent({ messageId: `m${feed.count - index}`, name: `n${pad}` }),
    )
    return { items, cursor: String(feed.count) }
  }
  const options = createOptions({ live }, { timer })
  const app = await createDashboardApp(options)
  closing.push(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1/live/stream`
  const connect = async (headers: Record<string, string> = {}, query = '') => {
    const abort = new AbortController()
    closing.push(() => abort.abort())
    const response = await fetch(url + query, {
      headers: { authorization: `Bearer ${token}`, ...headers },
      signal: abort.signal,
    })
    return { response, abort, read: createReader(response) }
  }
  return { app, feed, timer, connect, asked: options.store.asked }
}

/** Reads on until the text so far holds what is waited for. */
function createReader(response: Response) {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
      if (done) throw new Error(`the stream ended before ${wanted}`)
      text += value
    }
    return text
  }
}

test('events reach the client as they are stored, with safe headers', async () => {
  const { feed, timer, connect } = await open()
  const { response, read } = await connect()
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  await timer.advance(0)
  await read('"m1"')
  feed.count = 2
  await timer.advance(250)
  expect(await read('id: 2\nevent: events\n')).toContain('retry: 2000\n\n')
  await timer.advance(15_000)
  await read(': alive\n\n')
})

test('Last-Event-ID goes on from there, before the query string', async () => {
  const { feed, timer, connect } = await open()
  feed.count = 5
  const { read } = await connect({ 'last-event-id': '4' }, '?after=1')
  await timer.advance(0)
  const text = await read('id: 5\n')
  expect(text).toContain('"m5"')
  expect(text).not.toContain('"m4"')
})

test('a client that goes away stops the poll', async () => {
  const { timer, connect, asked } = await open()
  const { abort, read } = await connect()
  await timer.advance(0)
  await read('"m1"')
  expect(timer.waiting()).toBe(2)
  abort.abort()
  await vi.waitFor(() => expect(timer.waiting()).toBe(0))
  const before = asked.length
  await timer.advance(60_000)
  expect(asked.length).toBe(before)
})

test('a client that does not read is cut off instead of buffered for ever', async () => {
  const { feed, timer, connect } = await open('x'.repeat(64 * 1024))
  await connect()
  // What the sockets of both sides take in is not ours; much more than that is written.
  for (let round = 0; round < 60 && timer.waiting() > 0; round++) {
    feed.count += 16
    await timer.advance(250)
  }
  await vi.waitFor(() => expect(timer.waiting()).toBe(0))
  expect(feed.count * 64 * 1024).toBeGreaterThan(maxBufferedBytes)
})

test('closing the app ends open streams', async () => {
  const { app, timer, connect } = await open()
  const { read } = await connect()
  await timer.advance(0)
  await read('"m1"')
  await app.close()
  await expect(read('never sent')).rejects.toThrow('the stream ended')
})
