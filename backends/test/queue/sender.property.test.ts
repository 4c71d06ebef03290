import { setImmediate as turn } from 'node:timers/promises'
import { decodeChunk } from '@trailstitch/protocol'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { runRedriver } from '../../src/queue/redriver.ts'
import { createSender } from '../../src/queue/sender.ts'
import { createClock } from '../fixtures/clock.ts'
import { createScriptedBlob, type ScriptedPut } from '../fixtures/scripted-blob.ts'
import { createScriptedQueue, type ScriptedSend } from '../fixtures/scripted-queue.ts'

/** What a run does: callers send, or the queue ends one of the sends that are under way. */
const step = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), bytes: fc.integer({ min: 8, max: 1500 }) }),
  fc.record({ kind: fc.constantFrom('succeed' as const, 'fail' as const, 'reject' as const), which: fc.nat(3) }),
)

test('whatever succeeds and fails, numbers have no holes and each resolved body is in one chunk', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { queue, sends } = createScriptedQueue()
      const sender = createSender({ queue, deps: createClock().deps, maxChunkBytes: 2048 })
      const arrived: ScriptedSend[] = []
      const ended = new Set<ScriptedSend>()
      const end = (send: ScriptedSend | undefined, how: 'succeed' | 'fail' | 'reject'): void => {
        if (!send || ended.has(send)) return
        ended.add(send)
        if (how === 'succeed') arrived.push(send)
        send[how]()
      }
      const calls: Promise<unknown>[] = []
      const resolved: number[] = []
      const callAgain = (bytes: number): void => {
        const number = calls.length
        const body = Buffer.alloc(bytes)
        body.writeUInt32LE(number)
        const part = { project: 'p', kind: 'track', receivedAt: 1, encoding: 'identity', events: 1 } as const
        calls.push(
          sender.send(part, body).then(
            () => resolved.push(number),
            () => undefined,
          ),
        )
      }
      for (const next of steps) {
        if (next.kind === 'send') {
          callAgain(next.bytes)
          continue
        }
        await turn()
        const open = sends.filter((send) => !ended.has(send))
        end(open[next.which % open.length], next.kind)
        await turn()
      }
      const closing = sender.close()
      let isClosed = false
      void closing.then(() => {
        isClosed = true
      })
      while (!isClosed) {
        for (const send of sends) end(send, 'succeed')
        await turn()
      }
      await Promise.all(calls)

      const chunks = arrived.map(({ body }) => decodeChunk(body))
      const numbers = chunks.flatMap(({ header }) => [header.seq, ...(header.voided ?? [])]).sort((a, b) => a - b)
      expect(numbers).toEqual(sends.map((_, index) => index + 1))
      const bodies = chunks.flatMap((chunk) => chunk.bodies.map((body) => Buffer.from(body).readUInt32LE()))
      expect(bodies.toSorted((a, b) => a - b)).toEqual(resolved.toSorted((a, b) => a - b))
      expect(sender.inFlightBytes()).toBe(0)
    }),
    { numRuns: 500 },
  )
})

afterEach(() => {
  vi.useRealTimers()
})

/**
 * With an overflow and a re-driver time counts, too. A send or put that fails may yet arrive; one that nothing ends is
 * slow. The store takes in what is in the queue in any order.
 */
const ladderStep = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('call' as const), bytes: fc.integer({ min: 8, max: 1500 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('send' as const, 'put' as const),
      how: fc.constantFrom('succeed' as const, 'fail' as const, 'failThoughDone' as const),
      which: fc.nat(5),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 3_100, 6_000) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('takeIn' as const), which: fc.nat(5) }) },
)

/** What a store does with the numbers of one collector's chunks. */
function createModelStore() {
  const numbers = new Set<number>()
  const bodies: number[] = []
  const takeIn = (bytes: Uint8Array): void => {
    const chunk = decodeChunk(bytes)
    if (numbers.has(chunk.header.seq)) return
    for (const number of [chunk.header.seq, ...(chunk.header.voided ?? [])]) numbers.add(number)
    for (const body of chunk.bodies) bodies.push(Buffer.from(body).readUInt32LE())
  }
  return { numbers, bodies, takeIn }
}

type How = 'succeed' | 'fail' | 'failThoughDone'

/** A sender and a re-driver between a scripted queue and a scripted overflow. */
function createLadderWorld() {
  const { queue, sends } = createScriptedQueue()
  const { blob, puts, objects } = createScriptedBlob()
  const { deps } = createClock()
  const sender = createSender({ queue, overflow: blob, deps, maxChunkBytes: 2048, maxQueueFailures: 2 })
  const stop = new AbortController()
  const redriving = runRedriver({ queue, overflow: blob, deps, maxChunks: 1 }, stop.signal)
  const ended = new Set<object>()
  const queued: Uint8Array[] = []
  const resolved: number[] = []
  const open = <T extends object>(all: readonly T[]): T[] => all.filter((one) => !ended.has(one))
  let calls = 0
  return {
    sender,
    objects,
    /** What has got into the queue; it stays there, so it may be delivered again. */
    queued,
    /** Numbers of the bodies whose callers heard yes. */
    resolved,
    calls: () => calls,
    openSends: () => open(sends),
    openPuts: () => open(puts),
    /** Of every chunk that was tried to be put anywhere. */
    numbersTried: () => [...sends, ...puts].map(({ body }) => decodeChunk(body).header.seq),
    call(bytes: number): void {
      const number = calls++
      const body = Buffer.alloc(bytes)
      body.writeUInt32LE(number)
      const part = { project: 'p', kind: 'track', receivedAt: 1, encoding: 'identity', events: 1 } as const
      sender.send(part, body).then(
        () => resolved.push(number),
        () => undefined,
      )
    },
    endSend(how: How, send: ScriptedSend | undefined): void {
      if (!send) return
      ended.add(send)
      if (how !== 'fail') queued.push(send.body)
      send[how === 'succeed' ? 'succeed' : 'fail']()
    },
    endPut(how: How, put: ScriptedPut | undefined): void {
      if (!put) return
      ended.add(put)
      if (how === 'failThoughDone') put.arrive()
      put[how === 'succeed' ? 'succeed' : 'fail']()
    },
    async stopRedriver(): Promise<void> {
      stop.abort()
      await redriving
    },
  }
}

test('whatever fails, comes late and is re-driven, each resolved body is stored once and no number is missing', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] })
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)
  await fc.assert(
    fc.asyncProperty(fc.array(ladderStep, { minLength: 30, maxLength: 100 }), async (steps) => {
      const world = createLadderWorld()
      const { sender, objects, queued, resolved, openSends, openPuts } = world
      const store = createModelStore()
      for (const next of steps) {
        if (next.kind === 'call') world.call(next.bytes)
        if (next.kind === 'wait') await pass(next.ms)
        if (next.kind === 'send') world.endSend(next.how, openSends()[next.which % openSends().length])
        if (next.kind === 'put') world.endPut(next.how, openPuts()[next.which % openPuts().length])
        if (next.kind === 'takeIn') for (const body of queued.slice(next.which).slice(0, 1)) store.takeIn(body)
        await pass(0)
      }
      let isClosed = false
      void sender.close().then(() => {
        isClosed = true
      })
      while (!isClosed || objects.size > 0 || openSends().length > 0 || openPuts().length > 0) {
        for (const send of openSends()) world.endSend('succeed', send)
        for (const put of openPuts()) world.endPut('succeed', put)
        await pass(100)
      }
      await world.stopRedriver()

      for (const body of queued.toReversed()) store.takeIn(body)
      expect(store.numbers.size).toBe(Math.max(0, ...store.numbers))
      expect(store.numbers.size).toBe(Math.max(0, ...world.numbersTried()))
      expect(new Set(store.bodies).size).toBe(store.bodies.length)
      expect(resolved.filter((number) => !store.bodies.includes(number))).toEqual([])
      expect(store.bodies.every((number) => number < world.calls())).toBe(true)
      expect(sender.inFlightBytes()).toBe(0)
    }),
    { numRuns: 500 },
  )
})
