import { describe, expect, test } from 'vitest'
import { createClock, settleAll } from './support/clock.ts'
import { flushed, settled, start, track } from './support/node.ts'

const large = { text: 'x'.repeat(1_000) }
const secondsBetween = (requests: { at: number }[]): number[] =>
  requests.slice(1).map(({ at }, index) => (at - (requests[index]?.at ?? 0)) / 1_000)

describe('requests side by side', () => {
  test('one more with each that was taken, up to the limit, while full ones wait', async () => {
    const world = start()
    world.process.latencyMs = 100
    track(world, 10_000, large)
    await settleAll()
    expect(world.process.underWay).toBe(1)
    await world.clock.advance(100)
    expect(world.process.underWay).toBe(2)
    await flushed(world)
    expect(world.process.mostUnderWay).toBe(4)
    expect(world.server.taken).toHaveLength(10_000)
    expect(new Set(world.server.taken.map(({ messageId }) => messageId)).size).toBe(10_000)
  })

  test('one at a time into an outage, and failures of the same moment count once', async () => {
    const world = start({ maxRequests: 8 })
    world.process.latencyMs = 100
    track(world, 20_000, large)
    await world.clock.advance(500)
    expect(world.process.underWay).toBe(8)
    world.server.answer = () => ({ status: 503 })
    const before = world.server.requests.length
    await world.clock.advance(100)
    expect(world.server.requests).toHaveLength(before + 8)
    world.process.mostUnderWay = 0
    await world.clock.advance(75_400)
    const retries = world.server.requests.slice(before + 7)
    expect(secondsBetween(retries).map(Math.round)).toEqual([5, 10, 20, 40])
    expect(world.process.mostUnderWay).toBe(1)
    world.server.answer = () => undefined
    await flushed(world)
    expect(world.server.taken).toHaveLength(20_000)
  })

  test('a steady stream makes requests by the interval, however fast they are answered', async () => {
    const world = start()
    world.process.latencyMs = 50
    for (let second = 0; second < 20; second++) {
      for (let step = 0; step < 10; step++) {
        track(world, 1)
        await world.clock.advance(100)
      }
    }
    expect(world.server.requests).toHaveLength(19)
  })
})

describe('one event', () => {
  test('with flushAt 1 it is on its way before any time passes, as it is', async () => {
    const world = start({ flushAt: 1 })
    track(world, 1)
    expect(world.clock.pending()).toBe(0)
    await settleAll()
    expect(world.server.taken).toHaveLength(1)
    expect(world.process.gzipped).toEqual([false])
  })

  test('with flushAt 1 those of the same moment go together', async () => {
    const world = start({ flushAt: 1 })
    track(world, 5)
    await settleAll()
    expect(world.server.requests.map(({ events }) => events.length)).toEqual([5])
  })
})

describe('pauses', () => {
  test('Retry-After as a date is kept to', async () => {
    const world = start({}, { clock: createClock(Date.UTC(2026, 2, 1, 12)) })
    world.server.answer = () => ({ status: 503, headers: { 'retry-after': 'Sun, 01 Mar 2026 12:02:00 GMT' } })
    track(world, 1)
    await world.clock.advance(1_000)
    world.server.answer = () => undefined
    await world.clock.advance(118_000)
    expect(world.server.requests).toHaveLength(1)
    await world.clock.advance(6_000)
    expect(world.server.taken).toHaveLength(1)
  })

  test('are anything from none up to the limit: clients do not come back together', async () => {
    const world = start()
    world.process.random = 0.25
    world.server.answer = () => ({ status: 503 })
    track(world, 1)
    await world.clock.advance(20_000)
    expect(secondsBetween(world.server.requests)).toEqual([1.25, 2.5, 5, 10])
  })

  test('every attempt tells its own time, and the same events', async () => {
    const world = start()
    world.server.answer = () => 'network error'
    track(world, 2)
    await world.clock.advance(5_000)
    world.server.answer = () => undefined
    await flushed(world)
    const { requests } = world.server
    expect(new Set(requests.map(({ envelope }) => envelope.sentAt)).size).toBe(requests.length)
    expect(new Set(requests.flatMap(({ events }) => events.map(({ messageId }) => messageId))).size).toBe(2)
  })
})

describe('ready', () => {
  test('is at once where there is room', async () => {
    const world = start()
    track(world, 10)
    await world.analytics.ready()
    expect(world.server.requests).toHaveLength(0)
  })

  test('lets nobody lose events who waits for it', async () => {
    const world = start({ maxQueueBytes: 2_000_000 })
    world.process.latencyMs = 50
    const produced = (async () => {
      for (let index = 0; index < 20_000; index++) {
        track(world, 1, large)
        await world.analytics.ready()
      }
    })()
    await settled(world, produced)
    await flushed(world)
    expect(world.dropped).toEqual([])
    expect(world.server.taken).toHaveLength(20_000)
  })

  test('waits while half of the memory is taken, and no longer than up to close', async () => {
    const world = start({ maxQueueBytes: 10_000 })
    world.server.answer = () => 'network error'
    track(world, 40, { text: 'x'.repeat(100) })
    let isReady = false
    const ready = world.analytics.ready().then(() => {
      isReady = true
    })
    await world.clock.advance(60_000)
    expect(isReady).toBe(false)
    const closed = world.analytics.close({ timeoutMs: 1_000 })
    await settled(world, ready)
    expect(await settled(world, closed)).toBe(false)
  })
})

describe('platforms that end with the answer', () => {
  test('waitUntil hears of each burst once, and its promise ends with the delivery', async () => {
    const works: Promise<unknown>[] = []
    const world = start({ waitUntil: (work) => works.push(work) })
    world.process.latencyMs = 100
    track(world, 3)
    expect(works).toHaveLength(1)
    await settleAll()
    expect(world.process.underWay).toBe(1)
    track(world, 2)
    expect(works).toHaveLength(2)
    await settled(world, Promise.all(works))
    expect(world.server.requests.map(({ events }) => events.length)).toEqual([3, 2])
  })

  test('a waitUntil that throws changes nothing', async () => {
    const world = start({
      waitUntil: () => {
        throw new Error('no request here')
      },
    })
    track(world, 1)
    await flushed(world)
    expect(world.server.taken).toHaveLength(1)
  })

  test('a timer that never came is made up for by the next event', async () => {
    const world = start()
    track(world, 1)
    world.process.losesAll = true
    await world.clock.advance(10_000)
    world.process.losesAll = false
    track(world, 1)
    await settleAll()
    expect(world.server.taken).toHaveLength(2)
  })

  test('a request that never ends, not even in time, is sent again', async () => {
    const world = start({ requestTimeoutMs: 5_000 })
    world.process.latencyMs = 10
    track(world, 1)
    void world.analytics.flush()
    await settleAll()
    world.process.losesAll = true
    await world.clock.advance(11_000)
    expect(world.server.requests).toHaveLength(1)
    world.process.losesAll = false
    await flushed(world)
    expect(world.server.requests).toHaveLength(2)
  })
})

describe('close in an outage', () => {
  test('tries once more before it gives up, however long the pause', async () => {
    const world = start()
    world.server.answer = () => ({ status: 503 })
    track(world, 5)
    await world.clock.advance(76_000)
    const before = world.server.requests.length
    const closed = world.analytics.close({ timeoutMs: 10_000 })
    world.server.answer = () => undefined
    expect(await settled(world, closed)).toBe(true)
    expect(world.server.requests).toHaveLength(before + 1)
  })

  test('not before the time that the server named', async () => {
    const world = start()
    world.server.answer = () => ({ status: 429, headers: { 'retry-after': '60' } })
    track(world, 5)
    await world.clock.advance(1_000)
    expect(await settled(world, world.analytics.close())).toBe(false)
    expect(world.server.requests).toHaveLength(1)
    expect(world.analytics.dropped()).toEqual({ closed: 5 })
  })
})
