import type { ChunkPart } from '@trailstitch/protocol'
import { decodeChunk } from '@trailstitch/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSender, type SenderOptions } from '../../src/queue/sender.ts'
import { createClock } from '../fixtures/clock.ts'
import { createScriptedBlob } from '../fixtures/scripted-blob.ts'
import { createScriptedQueue } from '../fixtures/scripted-queue.ts'

const part: Omit<ChunkPart, 'bytes'> = { project: 'p', kind: 'track', receivedAt: 1, encoding: 'identity', events: 1 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const headerOf = (body: Uint8Array | undefined) => decodeChunk(body ?? new Uint8Array()).header

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

function setUp(options: Partial<SenderOptions> = {}) {
  const queue = createScriptedQueue()
  const blob = createScriptedBlob()
  const logged: string[] = []
  const note = (_fields: object, message: string): void => void logged.push(message)
  const deps = { ...createClock().deps, log: { info() {}, warn: note, error: note } }
  const sender = createSender({ queue: queue.queue, overflow: blob.blob, deps, ...options })
  /** Sends a body and says how that ended, once it has. */
  const send = (text = 'x') => {
    const call = { ended: '' }
    sender.send(part, bytes(text)).then(
      () => {
        call.ended = 'ok'
      },
      (error) => {
        call.ended = error.code
      },
    )
    return call
  }
  return { queue, blob, sender, send, logged }
}

test('a queue that fails hands the chunk on to the overflow, under its number', async () => {
  const { queue, blob, sender, send } = setUp()
  const call = send()
  await pass(1)
  queue.sends[0]?.fail()
  await pass(0)
  expect(blob.puts.map(({ name }) => name)).toEqual([
    expect.stringMatching(/^overflow\/2026-11-23\/[0-9a-z]{12}-0000000001$/),
  ])
  expect(blob.puts[0]?.body).toEqual(queue.sends[0]?.body)
  blob.puts[0]?.succeed()
  await pass(0)
  expect(call.ended).toBe('ok')
  const next = send()
  await pass(1)
  expect(headerOf(queue.sends[1]?.body)).toMatchObject({ seq: 2 })
  expect(headerOf(queue.sends[1]?.body).voided).toBeUndefined()
  queue.sends[1]?.succeed()
  await pass(0)
  expect([next.ended, sender.inFlightBytes()]).toEqual(['ok', 0])
})

test('a queue that is too slow leaves the overflow time; its late yes takes nothing back', async () => {
  const { queue, blob, sender, send } = setUp()
  const call = send()
  await pass(2_999)
  expect(blob.puts).toHaveLength(0)
  await pass(2)
  expect(blob.puts).toHaveLength(1)
  blob.puts[0]?.succeed()
  await pass(0)
  expect([call.ended, sender.inFlightBytes()]).toEqual(['ok', 1]) // the queue still holds it
  queue.sends[0]?.succeed()
  await pass(0)
  expect(sender.inFlightBytes()).toBe(0)
})

test('a late yes of the queue counts while the overflow is slow', async () => {
  const { queue, blob, sender, send } = setUp()
  const call = send()
  await pass(3_001)
  queue.sends[0]?.succeed()
  await pass(0)
  expect([call.ended, sender.inFlightBytes()]).toEqual(['ok', 1]) // the overflow still holds it
  blob.puts[0]?.fail()
  await pass(0)
  expect(sender.inFlightBytes()).toBe(0)
})

test('when both fail nobody hears yes, and the next chunk names the number', async () => {
  const { queue, blob, sender, send } = setUp()
  const call = send()
  await pass(1)
  queue.sends[0]?.fail()
  await pass(0)
  blob.puts[0]?.fail()
  await pass(0)
  expect([call.ended, sender.inFlightBytes()]).toEqual(['queue_unavailable', 0])
  send()
  await pass(1)
  queue.sends[1]?.fail()
  await pass(0)
  expect(headerOf(blob.puts[1]?.body)).toMatchObject({ seq: 2, voided: [1] })
  blob.puts[1]?.succeed()
  await pass(0)
  // The overflow has named it, so nobody has to again.
  send()
  await pass(1)
  expect(headerOf(queue.sends[2]?.body).voided).toBeUndefined()
})

test('when both hang the answer is no after the deadline, and the bytes count until both let go', async () => {
  const { queue, blob, sender, send } = setUp()
  const call = send()
  await pass(9_999)
  expect(call.ended).toBe('')
  await pass(2)
  expect([call.ended, sender.inFlightBytes()]).toEqual(['queue_unavailable', 1])
  blob.puts[0]?.succeed()
  await pass(0)
  expect(sender.inFlightBytes()).toBe(1)
  queue.sends[0]?.fail()
  await pass(0)
  expect(sender.inFlightBytes()).toBe(0)
})

test('after three time-outs nobody waits for the queue any more; it is tried beside the overflow and taken back', async () => {
  const { queue, blob, send, logged } = setUp()
  for (let count = 0; count < 3; count++) {
    send()
    await pass(3_001)
    blob.puts.at(-1)?.succeed()
    await pass(0)
  }
  expect(logged).toEqual(['the queue fails or is too slow, chunks go to the overflow'])
  const straight = send()
  await pass(1)
  expect([queue.sends.length, blob.puts.length]).toEqual([3, 4])
  blob.puts[3]?.succeed()
  await pass(0)
  expect(straight.ended).toBe('ok')

  await pass(5_000)
  const probe = send()
  await pass(1)
  expect([queue.sends.length, blob.puts.length]).toEqual([4, 5])
  blob.puts[4]?.succeed()
  await pass(0)
  expect(probe.ended).toBe('ok')
  queue.sends[3]?.succeed()
  await pass(0)
  expect(logged.slice(1)).toEqual(['the queue takes chunks again'])
  send()
  await pass(1)
  expect([queue.sends.length, blob.puts.length]).toEqual([5, 5])
})

test('a queue that never lets go leaves half of the memory to the overflow', async () => {
  const { queue, blob, sender, send } = setUp({ maxInFlightBytes: 10_000, probeMs: 1, maxQueueFailures: 1 })
  for (let count = 0; count < 30; count++) {
    const call = send('x'.repeat(1_000))
    await pass(3_001)
    blob.puts.at(-1)?.succeed()
    await pass(0)
    expect(call.ended).toBe('ok')
  }
  expect(queue.sends.length).toBeLessThanOrEqual(5)
  expect(sender.inFlightBytes()).toBeLessThanOrEqual(5_000)
  for (const { fail } of queue.sends) fail()
  await pass(0)
  expect(sender.inFlightBytes()).toBe(0)
  send()
  await pass(1)
  expect(queue.sends.length).toBeLessThanOrEqual(6) // and is tried again once it does
})

test('during an outage close waits for what is under way and ends with an empty chunk in the overflow', async () => {
  const { queue, blob, sender, send } = setUp()
  const call = send()
  await pass(1)
  let isClosed = false
  void sender.close().then(() => {
    isClosed = true
  })
  await pass(3_000)
  blob.puts[0]?.succeed()
  await pass(0)
  expect([call.ended, isClosed]).toEqual(['ok', false])
  await pass(751) // a quarter of the queue's time: a stop is in a hurry
  expect(headerOf(blob.puts[1]?.body)).toMatchObject({ seq: 2, parts: [] })
  blob.puts[1]?.succeed()
  await pass(0)
  expect(isClosed).toBe(true)
  for (const { fail } of queue.sends) fail()
  await pass(0)
  expect(sender.inFlightBytes()).toBe(0)
})

test('where both are down, a stop ends all the same', async () => {
  const { sender, send } = setUp()
  const call = send()
  await pass(1)
  let isClosed = false
  void sender.close().then(() => {
    isClosed = true
  })
  await pass(12_600)
  expect([call.ended, isClosed]).toEqual(['queue_unavailable', true])
})
