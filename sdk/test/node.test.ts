import { describe, expect, test } from 'vitest'
import { settleAll } from './support/clock.ts'
import { flushed, start, track } from './support/node.ts'

describe('batches', () => {
  test('events go out together after the interval, with ids, times and the library', async () => {
    const world = start()
    world.analytics.track({ userId: 'u-1', event: 'One', properties: { total: 1 } })
    world.analytics.identify({ anonymousId: 'a-1', userId: 'u-1', traits: { plan: 'pro' } })
    await world.clock.advance(1_000)
    expect(world.server.requests).toHaveLength(1)
    expect(world.server.requests[0]?.envelope).toMatchObject({
      writeKey: 'wk',
      sentAt: expect.any(String),
      context: { library: { name: 'trailstitch-node' } },
    })
    expect(world.server.taken).toMatchObject([
      {
        type: 'track',
        event: 'One',
        properties: { total: 1 },
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        timestamp: expect.stringMatching(/^2026-03-01T12:00:00/),
      },
      { type: 'identify', anonymousId: 'a-1', userId: 'u-1', traits: { plan: 'pro' } },
    ])
  })

  test('a burst goes out at once, in few gzipped requests within the limits of the wire', async () => {
    const world = start()
    track(world, 20_000)
    expect(await world.analytics.flush()).toBe(true)
    expect(world.server.taken).toHaveLength(20_000)
    expect(world.server.requests.length).toBeLessThan(20)
    for (const { bytes } of world.server.requests) expect(bytes).toBeLessThan(500 * 1024)
    expect(new Set(world.process.gzipped)).toEqual(new Set([true]))
  })
})

describe('failures', () => {
  test('503 is waited out with doubling pauses; nothing is lost', async () => {
    const world = start()
    world.server.answer = () => ({ status: 503 })
    track(world, 3)
    await world.clock.advance(76_000)
    const times = world.server.requests.map(({ at }) => at)
    expect(times.slice(1).map((at, index) => (at - (times[index] ?? 0)) / 1_000)).toEqual([5, 10, 20, 40])
    world.server.answer = () => undefined
    await world.clock.advance(80_000)
    expect(world.server.taken).toHaveLength(3)
  })

  test('Retry-After is kept to, by flush too', async () => {
    const world = start()
    world.server.answer = () => ({ status: 429, headers: { 'retry-after': '120' } })
    track(world, 1)
    await world.clock.advance(1_000)
    world.server.answer = () => undefined
    const done = world.analytics.flush()
    await world.clock.advance(119_000)
    expect(world.server.requests).toHaveLength(1)
    await world.clock.advance(6_000)
    expect(await done).toBe(true)
    expect(world.server.taken).toHaveLength(1)
  })

  test('an answer that never comes is given up on in time', async () => {
    const world = start({ requestTimeoutMs: 5_000 })
    world.server.answer = () => 'silence'
    track(world, 1)
    await world.clock.advance(1_000)
    world.server.answer = () => undefined
    await world.clock.advance(10_000)
    expect(world.server.taken).toHaveLength(1)
  })

  test('refused events are dropped alone, with their code, and counted', async () => {
    const world = start()
    track(world, 2)
    world.analytics.track({ userId: 'u-1', event: '' })
    await world.analytics.flush()
    expect(world.server.taken).toHaveLength(2)
    expect(world.dropped).toEqual([[expect.objectContaining({ event: '' }), 'missing_event_name']])
    expect(world.analytics.dropped()).toEqual({ missing_event_name: 1 })
  })

  test('a body that is unfit as a whole is halved until the one to blame is found', async () => {
    const world = start()
    world.server.answer = ({ text }) =>
      text.includes('Poison') ? { status: 400, body: { success: false, code: 'invalid_utf8' } } : undefined
    track(world, 10)
    world.analytics.track({ userId: 'u-1', event: 'Poison' })
    track(world, 10)
    await world.analytics.flush()
    expect(world.server.taken).toHaveLength(20)
    expect(world.analytics.dropped()).toEqual({ invalid_utf8: 1 })
  })
})

describe('memory is bounded', () => {
  test('what is over maxQueueBytes is dropped and counted, and nothing else', async () => {
    const world = start({ maxQueueBytes: 10_000 })
    world.server.answer = () => 'network error'
    track(world, 1_000)
    await world.clock.advance(10_000)
    world.server.answer = () => undefined
    await flushed(world)
    const dropped = world.analytics.dropped().queue_full ?? 0
    expect(dropped).toBeGreaterThan(900)
    expect(world.server.taken.length + dropped).toBe(1_000)
    track(world, 1)
    await flushed(world)
    expect(world.server.taken.length + dropped).toBe(1_001)
  })

  test('events that are no JSON or over 32 KB are dropped', () => {
    const world = start()
    track(world, 1, { big: 'x'.repeat(33_000) })
    track(world, 1, { id: 10n })
    expect(world.analytics.dropped()).toEqual({ event_too_large: 1, not_json: 1 })
  })
})

describe('close', () => {
  test('delivers what waits and takes nothing more', async () => {
    const world = start()
    track(world, 5)
    expect(await world.analytics.close()).toBe(true)
    track(world, 1)
    expect(world.server.taken).toHaveLength(5)
    expect(world.analytics.dropped()).toEqual({ closed: 1 })
    expect(world.clock.pending()).toBe(0)
  })

  test('waits through a short outage', async () => {
    const world = start()
    world.server.answer = () => ({ status: 503 })
    track(world, 5)
    const closed = world.analytics.close()
    await world.clock.advance(4_000)
    world.server.answer = () => undefined
    await world.clock.advance(5_000)
    expect(await closed).toBe(true)
    expect(world.server.taken).toHaveLength(5)
  })

  test.each(['silence', 'network error'] as const)('ends in time under %s, and counts what is lost', async (reply) => {
    const world = start()
    world.server.answer = () => reply
    track(world, 5)
    const closed = world.analytics.close({ timeoutMs: 2_500 })
    await world.clock.advance(2_500)
    expect(await closed).toBe(false)
    await settleAll()
    expect(world.analytics.dropped()).toEqual({ closed: 5 })
    expect(world.clock.pending()).toBe(0)
  })

  test('flush gives up waiting when told to, and the events stay', async () => {
    const world = start()
    world.server.answer = () => 'network error'
    track(world, 1)
    const done = world.analytics.flush({ timeoutMs: 500 })
    await world.clock.advance(500)
    expect(await done).toBe(false)
    world.server.answer = () => undefined
    await world.clock.advance(5_000)
    expect(world.server.taken).toHaveLength(1)
  })
})

test('calls with nonsense never throw', () => {
  const { analytics } = start()
  const track = analytics.track as (given: unknown) => void
  for (const given of [undefined, null, 1, 'text', { context: 1 }, () => {}]) expect(() => track(given)).not.toThrow()
})
