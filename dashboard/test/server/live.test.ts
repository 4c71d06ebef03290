import { type Log, silentLog } from '@trailstitch/backends'
import type { LiveQuery } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createLiveHub, heartbeatMs, pollMs, type Sink } from '../../src/server/live.ts'
import { createManualTimer } from './manual-timer.ts'
import { createScriptedStore, storedEvent } from './scripted.ts'

// A feed of numbered events: the cursor is how many there are.
function open(options: { maxListeners?: number; log?: Log } = {}) {
  const feed = { count: 0, growth: 0, failing: false }
  const store = createScriptedStore({
    async live({ after, limit = 50 }: LiveQuery) {
      if (feed.failing) throw new Error('the disk is gone')
      if (after !== undefined && !/^\d+$/.test(after)) throw Object.assign(new Error('bad'), { code: 'invalid_cursor' })
      feed.count += feed.growth
      const from = Math.max(Number(after ?? 0), feed.count - limit)
      const numbers = Array.from({ length: feed.count - from }, (_, index) => feed.count - index)
      return { items: numbers.map((number) => storedEvent({ messageId: `m${number}` })), cursor: String(feed.count) }
    },
  })
  const timer = createManualTimer()
  const hub = createLiveHub({ store, timer, log: silentLog, ...options })
  return { feed, timer, hub, asked: store.asked }
}

function listen() {
  const texts: string[] = []
  let ended = false
  const end = () => {
    ended = true
  }
  const sink: Sink = { write: (text) => void texts.push(text), end }
  const messages = () =>
    texts
      .filter((text) => text.includes('data: '))
      .map((text) => ({
        id: /^id: (.*)$/m.exec(text)?.[1],
        event: /^event: (.*)$/m.exec(text)?.[1],
        data: JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''),
      }))
  const ids = () =>
    messages().flatMap(({ data }) => (data.items ?? []).map((item: { messageId: string }) => item.messageId).reverse())
  return { sink, texts, messages, ids, ended: () => ended }
}

test('a listener is sent the newest events, then what is stored after them, with the cursor as id', async () => {
  const { feed, timer, hub } = open()
  const ear = listen()
  feed.count = 2
  hub.join('shop', undefined, ear.sink)
  await timer.advance(0)
  feed.count = 4
  await timer.advance(pollMs)
  expect(ear.messages().map(({ id, event }) => [id, event])).toEqual([
    ['2', 'events'],
    ['4', 'events'],
  ])
  expect(ear.ids()).toEqual(['m1', 'm2', 'm3', 'm4'])
  await timer.advance(pollMs * 3)
  expect(ear.messages()).toHaveLength(2)
})

test('a listener with a cursor goes on from there', async () => {
  const { feed, timer, hub } = open()
  const ear = listen()
  feed.count = 9
  hub.join('shop', '7', ear.sink)
  await timer.advance(0)
  expect(ear.ids()).toEqual(['m8', 'm9'])
})

test('all listeners of a project share one poll every 250 ms, and it stops when the last one leaves', async () => {
  const { timer, hub, asked } = open()
  const leave = [listen(), listen(), listen()].map(({ sink }) => hub.join('shop', undefined, sink))
  await timer.advance(0)
  const before = asked.length
  await timer.advance(pollMs * 8)
  expect(asked.length - before).toBe(8)
  leave[0]?.()
  leave[0]?.()
  leave[1]?.()
  await timer.advance(pollMs)
  expect(asked.length - before).toBe(9)
  leave[2]?.()
  expect([hub.listeners(), timer.waiting()]).toEqual([0, 0])
  await timer.advance(60_000)
  expect(asked.length - before).toBe(9)
})

test('a poll that ends after the last listener left starts no other', async () => {
  const { timer, hub } = open()
  const leave = hub.join('shop', undefined, { write: () => leave?.(), end() {} })
  await timer.advance(pollMs)
  expect([hub.listeners(), timer.waiting()]).toEqual([0, 0])
})

test('whenever listeners come, each gets every event once and in order', async () => {
  const { feed, timer, hub } = open()
  const ears = Array.from({ length: 6 }, listen)
  feed.count = 3
  for (const [index, ear] of ears.entries()) {
    hub.join('shop', String(index % 2 === 0 ? 0 : 2), ear.sink)
    // Events come between polls, and between any two questions of one poll.
    feed.count += 2
    feed.growth = 1
    await timer.advance(pollMs / 2)
  }
  feed.growth = 0
  feed.count += 1
  await timer.advance(pollMs * 2)
  for (const [index, ear] of ears.entries()) {
    const from = index % 2 === 0 ? 1 : 3
    expect(ear.ids()).toEqual(Array.from({ length: feed.count - from + 1 }, (_, step) => `m${from + step}`))
  }
})

test('a comment every 15 s keeps the connection alive', async () => {
  const { timer, hub } = open()
  const ear = listen()
  hub.join('shop', undefined, ear.sink)
  await timer.advance(heartbeatMs - 1)
  expect(ear.texts.filter((text) => text.startsWith(':'))).toEqual([])
  await timer.advance(1)
  await timer.advance(heartbeatMs)
  expect(ear.texts.filter((text) => text.startsWith(':'))).toEqual([': alive\n\n', ': alive\n\n'])
})

test('a failing store is told to listeners, asked less often, logged once, and taken up again', async () => {
  let warnings = 0
  const { feed, timer, hub, asked } = open({ log: { ...silentLog, warn: () => void warnings++ } })
  const ear = listen()
  hub.join('shop', undefined, ear.sink)
  await timer.advance(0)
  feed.failing = true
  const before = asked.length
  await timer.advance(60_000)
  expect(asked.length - before).toBeLessThan(15)
  expect(warnings).toBe(1)
  expect(ear.messages().at(-1)).toMatchObject({ event: 'failure', data: { code: 'internal' } })
  expect(ear.texts.join('')).not.toContain('disk')
  feed.failing = false
  feed.count = 1
  await timer.advance(10_000)
  expect(ear.ids()).toEqual(['m1'])
})

test('a bad cursor ends its own listener and no other', async () => {
  const { feed, timer, hub } = open()
  const [good, bad] = [listen(), listen()]
  hub.join('shop', undefined, good.sink)
  hub.join('shop', 'forged', bad.sink)
  feed.count = 1
  await timer.advance(pollMs)
  expect(bad.messages()).toMatchObject([{ event: 'failure', data: { code: 'invalid_cursor' } }])
  expect([bad.ended(), good.ended(), good.ids()]).toEqual([true, false, ['m1']])
})

test('listeners are limited, and closing ends them all', async () => {
  const { timer, hub } = open({ maxListeners: 2 })
  const ears = [listen(), listen(), listen()]
  const joined = ears.map(({ sink }, index) => hub.join(index === 0 ? 'shop' : 'blog', undefined, sink))
  expect(joined.map((leave) => leave !== undefined)).toEqual([true, true, false])
  hub.close()
  expect(ears.map((ear) => ear.ended())).toEqual([true, true, false])
  expect([hub.listeners(), timer.waiting()]).toEqual([0, 0])
})
