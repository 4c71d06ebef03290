import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { type Chunk, type ChunkPart, decodeChunk } from '@trailstitch/protocol'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openQueue } from '../../src/queue/open.ts'
import { createSender, type SenderOptions } from '../../src/queue/sender.ts'
import { createClock } from '../fixtures/clock.ts'
import { createFolder } from '../fixtures/folder.ts'
import { createScriptedQueue, type ScriptedSend } from '../fixtures/scripted-queue.ts'

const part: Omit<ChunkPart, 'bytes'> = { project: 'p', kind: 'track', receivedAt: 1, encoding: 'identity', events: 1 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const bodiesOf = ({ bodies }: Chunk): string[] => bodies.map((body) => new TextDecoder().decode(body))
const chunkOf = (send: ScriptedSend | undefined): Chunk => decodeChunk(send?.body ?? new Uint8Array())

function setUp(options: Partial<SenderOptions> = {}) {
  const scripted = createScriptedQueue()
  const sender = createSender({ queue: scripted.queue, deps: createClock().deps, ...options })
  return { ...scripted, sender }
}

test('bodies of concurrent callers travel in one chunk, in order, with their headers', async () => {
  const { sender, sends, nextSend } = setUp()
  const next = nextSend()
  const all = ['a', 'bb', ''].map((body) => sender.send({ ...part, project: `of ${body}` }, bytes(body)))
  ;(await next).succeed()
  await Promise.all(all)
  expect(sends).toHaveLength(1)
  const chunk = chunkOf(sends[0])
  expect(chunk.header).toMatchObject({ seq: 1, collector: expect.stringMatching(/^[0-9a-z]{12}$/) })
  expect(chunk.header.parts.map(({ project, bytes }) => [project, bytes])).toEqual([
    ['of a', 1],
    ['of bb', 2],
    ['of ', 0],
  ])
  expect(bodiesOf(chunk)).toEqual(['a', 'bb', ''])
})

describe('where the queue bills each call', () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => vi.useRealTimers())

  function setUpBilled(options: Partial<SenderOptions> = {}) {
    const scripted = createScriptedQueue()
    const traits = { ...scripted.queue.traits, gatherMs: { send: 25, receive: 250 } }
    const sender = createSender({ queue: { ...scripted.queue, traits }, deps: createClock().deps, ...options })
    return { ...scripted, sender }
  }

  test('bodies gather for a moment even when nothing is under way', async () => {
    const { sender, sends } = setUpBilled()
    const first = sender.send(part, bytes('a'))
    await vi.advanceTimersByTimeAsync(20)
    const second = sender.send(part, bytes('b'))
    expect(sends).toHaveLength(0)
    await vi.advanceTimersByTimeAsync(5)
    expect(bodiesOf(chunkOf(sends[0]))).toEqual(['a', 'b'])
    sends[0]?.succeed()
    await Promise.all([first, second])
  })

  test('what fills a chunk waits for nothing, and a stop for no longer than that moment', async () => {
    const { sender, sends } = setUpBilled({ maxChunkBytes: 2_048 })
    const all = [1, 2].map(() => sender.send(part, new Uint8Array(1_000)))
    expect(sends).toHaveLength(1)
    const closed = sender.close()
    await vi.advanceTimersByTimeAsync(25)
    for (let index = 0; index < 3; index++) {
      sends[index]?.succeed()
      await vi.advanceTimersByTimeAsync(25)
    }
    await Promise.all([...all, closed])
  })
})

test('while a send is under way, bodies gather for the next chunk', async () => {
  const { sender, sends, nextSend } = setUp()
  const first = sender.send(part, bytes('first'))
  await nextSend()
  const rest = ['b', 'c', 'd'].map((body) => sender.send(part, bytes(body)))
  await turn()
  expect(sends).toHaveLength(1)
  const next = nextSend()
  sends[0]?.succeed()
  await first
  ;(await next).succeed()
  await Promise.all(rest)
  expect(sends.map((send) => bodiesOf(chunkOf(send)))).toEqual([['first'], ['b', 'c', 'd']])
  expect(sends.map((send) => chunkOf(send).header.seq)).toEqual([1, 2])
})

test('full chunks do not wait, up to four sends at a time, and none is larger than a chunk may be', async () => {
  const { sender, sends } = setUp({ maxChunkBytes: 4096 })
  const all = Array.from({ length: 39 }, () => sender.send(part, new Uint8Array(1000)))
  await turn()
  expect(sends).toHaveLength(4)
  for (let index = 0; index < sends.length; index++) {
    expect(sends[index]?.body.length).toBeLessThanOrEqual(4096)
    expect(sends[index]?.body.length).toBeGreaterThan(2500)
    sends[index]?.succeed()
    await turn()
  }
  await Promise.all(all)
})

test('a failed chunk rejects all its callers, and the next chunk names its number', async () => {
  const { sender, sends, nextSend } = setUp()
  let next = nextSend()
  const lost = [sender.send(part, bytes('a')), sender.send(part, bytes('b'))]
  ;(await next).fail()
  for (const call of lost) await expect(call).rejects.toMatchObject({ name: 'WireError', code: 'queue_unavailable' })
  next = nextSend()
  const alsoLost = sender.send(part, bytes('c'))
  ;(await next).reject()
  await expect(alsoLost).rejects.toMatchObject({ code: 'queue_unavailable' })
  next = nextSend()
  const kept = sender.send(part, bytes('d'))
  ;(await next).succeed()
  await kept
  expect(chunkOf(sends[0]).header.voided).toBeUndefined()
  expect(chunkOf(sends[2]).header).toMatchObject({ seq: 3, voided: [1, 2] })
  expect(sender.inFlightBytes()).toBe(0)
})

test('a deadline that passes rejects the callers; the late outcome changes nothing', async () => {
  const { sender, sends, nextSend } = setUp({ deadlineMs: 20 })
  const late = sender.send(part, bytes('late'))
  await expect(late).rejects.toMatchObject({ code: 'queue_unavailable' })
  expect(sender.inFlightBytes()).toBe(4) // the queue still holds the bytes
  sends[0]?.succeed()
  await turn()
  expect(sender.inFlightBytes()).toBe(0)
  const next = nextSend()
  const kept = sender.send(part, bytes('kept'))
  ;(await next).succeed()
  await kept
  expect(chunkOf(sends[1]).header).toMatchObject({ seq: 2, voided: [1] })
})

test('behind a queue that hangs, nobody waits for more than the deadline twice', async () => {
  const { sender, sends, nextSend } = setUp({ deadlineMs: 40, maxChunkBytes: 1500 })
  const first = nextSend()
  const calls = [sender.send(part, new Uint8Array(500))]
  await first
  for (let index = 0; index < 20; index++) calls.push(sender.send(part, new Uint8Array(1000)))
  const outcomes = await Promise.allSettled(calls)
  expect(outcomes.map(({ status }) => status)).toEqual(calls.map(() => 'rejected'))
  expect(sends.length).toBeLessThanOrEqual(9)
})

test('past maxInFlightBytes calls are refused at once, until there is room again', async () => {
  const { sender, nextSend } = setUp({ maxInFlightBytes: 1000 })
  const next = nextSend()
  const fits = sender.send(part, new Uint8Array(900))
  await expect(sender.send(part, new Uint8Array(101))).rejects.toMatchObject({ code: 'overloaded' })
  expect(sender.inFlightBytes()).toBe(900)
  ;(await next).succeed()
  await fits
  const again = nextSend()
  const later = sender.send(part, new Uint8Array(101))
  ;(await again).succeed()
  await later
})

test('a body over maxBodyBytes is refused', async () => {
  const { sender } = setUp({ maxBodyBytes: 10 })
  await expect(sender.send(part, new Uint8Array(11))).rejects.toMatchObject({ code: 'body_too_large' })
})

test('an empty chunk follows a silence, once, and again while it does not arrive', async () => {
  const { sender, sends, nextSend } = setUp({ heartbeatMs: 15 })
  const next = nextSend()
  const call = sender.send(part, bytes('last'))
  ;(await next).succeed()
  await call
  ;(await nextSend()).fail()
  ;(await nextSend()).succeed()
  await sender.close()
  expect(sends.map((send) => chunkOf(send).header)).toMatchObject([
    { seq: 1, parts: [{ events: 1 }] },
    { seq: 2, parts: [] },
    { seq: 3, parts: [], voided: [2] },
  ])
})

test('close waits for what is under way, says so to new callers, and ends with an empty chunk', async () => {
  const { sender, sends, nextSend } = setUp()
  const first = nextSend()
  const accepted = sender.send(part, bytes('accepted'))
  await first
  const waiting = sender.send(part, bytes('waiting'))
  let isClosed = false
  const closing = sender.close().then(() => {
    isClosed = true
  })
  await expect(sender.send(part, bytes('late'))).rejects.toMatchObject({ code: 'stopping' })
  for (let index = 0; index < 3; index++) {
    expect(isClosed).toBe(false)
    sends[index]?.succeed()
    await turn()
  }
  await Promise.all([accepted, waiting, closing, sender.close()])
  expect(sends.map((send) => chunkOf(send).header.parts.length)).toEqual([1, 1, 0])
})

test('a sender that sent nothing closes without a trace', async () => {
  const { sender, sends } = setUp()
  await sender.close()
  expect(sends).toEqual([])
})

test('numbers given up while the queue was down are all named later, however many', async () => {
  const { sender, sends } = setUp({ maxChunkBytes: 600 })
  for (let index = 0; index < 60; index++) {
    const call = sender.send(part, bytes('x'))
    await turn()
    sends.at(-1)?.fail()
    await expect(call).rejects.toMatchObject({ code: 'queue_unavailable' })
  }
  const arrived: Chunk[] = []
  for (let index = 0; index < 10; index++) {
    const call = sender.send(part, bytes('y'))
    await turn()
    expect(sends.at(-1)?.body.length).toBeLessThanOrEqual(600)
    arrived.push(chunkOf(sends.at(-1)))
    sends.at(-1)?.succeed()
    await call
  }
  const voided = arrived.flatMap(({ header }) => header.voided ?? [])
  expect(voided.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
})

test('over the sqlite queue, many callers share few chunks and every body arrives once', async () => {
  const folder = createFolder()
  const { deps } = createClock()
  const queue = await openQueue(`sqlite:${join(folder.path, 'queue.db')}`, deps)
  const sender = createSender({ queue, deps })
  const sent = Array.from({ length: 500 }, (_, index) => `body ${index}`)
  await Promise.all(sent.map((body) => sender.send(part, bytes(body))))
  await sender.close()
  const found = await queue.receive({ max: 500, waitMs: 0, leaseMs: 1000 })
  const chunks = found.map(({ body }) => decodeChunk(body))
  expect(chunks.length).toBeLessThan(20)
  expect(chunks.map(({ header }) => header.seq)).toEqual(chunks.map((_, index) => index + 1))
  expect(chunks.flatMap(bodiesOf).toSorted()).toEqual(sent.toSorted())
  await queue.close()
  folder.remove()
})
