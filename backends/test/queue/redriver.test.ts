import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { decodeChunk, encodeChunk } from '@trailstitch/protocol'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Blob } from '../../src/blob/port.ts'
import { openBlob, openQueue } from '../../src/index.ts'
import { openKv } from '../../src/kv/open.ts'
import { overflowName } from '../../src/queue/overflow.ts'
import type { Queue, SendOutcome } from '../../src/queue/port.ts'
import { type RedriverOptions, runRedriver } from '../../src/queue/redriver.ts'
import { createClock } from '../fixtures/clock.ts'
import { createFolder } from '../fixtures/folder.ts'
import { createScriptedBlob } from '../fixtures/scripted-blob.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms)

const packedAt = Date.UTC(2026, 10, 23, 12)
const chunkOf = (seq: number): Uint8Array => encodeChunk({ collector: 'c1', seq, packedAt, parts: [] }, [])
const nameOf = (seq: number): string => overflowName({ collector: 'c1', seq, packedAt })
const numberOf = (body: Uint8Array): number => decodeChunk(body).header.seq
const ok: SendOutcome = { ok: true }
const refused: SendOutcome = { ok: false, error: new Error('scripted') }

/** An overflow of so many chunks and a queue that answers each chunk as `judge` says. */
function setUp(count: number, judge: (seq: number) => SendOutcome | Promise<SendOutcome> = () => ok) {
  const { blob, objects } = createScriptedBlob()
  for (let seq = 1; seq <= count; seq++) objects.set(nameOf(seq), chunkOf(seq))
  const sends: number[][] = []
  const queue: Pick<Queue, 'send'> = {
    send(bodies) {
      sends.push(bodies.map(numberOf))
      return Promise.all(bodies.map((body) => judge(numberOf(body))))
    },
  }
  const logged: string[] = []
  const note = (_fields: object, message: string): void => void logged.push(message)
  const deps = { ...createClock().deps, log: { info() {}, warn: note, error: note } }
  const stop = new AbortController()
  const run = (more: Partial<RedriverOptions> = {}): Promise<void> =>
    runRedriver({ queue, overflow: blob, deps, ...more }, stop.signal)
  return { blob, objects, sends, logged, stop, run }
}

test('everything goes into the queue, some at a time and oldest first, and leaves the overflow', async () => {
  const { objects, sends, stop, run } = setUp(5)
  const running = run({ maxChunks: 2 })
  await pass(0)
  expect(sends).toEqual([[1, 2], [3, 4], [5]])
  expect(objects.size).toBe(0)
  objects.set(nameOf(6), chunkOf(6))
  await pass(5_000)
  expect(sends.at(-1)).toEqual([6])
  stop.abort()
  await running
})

test('a chunk stays until the queue has confirmed it, and what fails does not hold up the rest', async () => {
  const { objects, sends, logged, stop, run } = setUp(4, (seq) => (seq === 1 ? refused : ok))
  const running = run({ maxChunks: 1 })
  await pass(500)
  expect(sends).toEqual([[1], [2], [3], [4]])
  expect([...objects.keys()]).toEqual([nameOf(1)])
  await pass(60_000)
  expect(sends.length).toBeGreaterThan(6)
  expect(logged).toEqual(['the overflow cannot be brought into the queue yet'])
  stop.abort()
  await running
})

test('while the queue is down it is asked ever less often and the log is told once; then all goes on by itself', async () => {
  let outcome = refused
  const { objects, sends, logged, stop, run } = setUp(3, () => outcome)
  const running = run()
  await pass(300_000)
  expect(sends.length).toBeLessThan(30)
  outcome = ok
  await pass(15_000)
  expect(objects.size).toBe(0)
  expect(logged).toEqual(['the overflow cannot be brought into the queue yet'])
  stop.abort()
  await running
})

test('an overflow that fails is tried again', async () => {
  const { blob, objects, logged, stop, run } = setUp(1)
  let isDown = true
  const list: Blob['list'] = async (...args) => {
    if (isDown) throw new Error('scripted')
    return blob.list(...args)
  }
  const running = run({ overflow: { ...blob, list } })
  await pass(30_000)
  isDown = false
  await pass(15_000)
  expect([objects.size, logged.length]).toEqual([0, 1])
  stop.abort()
  await running
})

test('killed between send and delete, a chunk is sent again under the same number', async () => {
  const { blob, objects, sends, stop, run } = setUp(1)
  const killed = new AbortController()
  const never = new Promise<never>(() => {})
  const first = runRedriver(
    { queue: { send: async () => [ok] }, overflow: { ...blob, delete: () => never }, deps: createClock().deps },
    killed.signal,
  )
  await pass(0)
  killed.abort()
  await first
  expect(objects.size).toBe(1)
  const running = run()
  await pass(0)
  expect([sends, objects.size]).toEqual([[[1]], 0])
  stop.abort()
  await running
})

test('bytes that are no chunk are set aside and told of once', async () => {
  const { blob, objects, sends, logged, stop, run } = setUp(2)
  const cut = chunkOf(9).subarray(0, 20)
  objects.set(nameOf(0), cut)
  const put: Blob['put'] = async (name, body) => void objects.set(name, body)
  const running = run({ overflow: { ...blob, put } })
  await pass(60_000)
  expect(sends).toEqual([[1, 2]])
  expect([...objects]).toEqual([['rejected-chunks/2026-11-23/c1-0000000000', cut]])
  expect(logged).toEqual(['what lay in the overflow is no chunk and was set aside'])
  stop.abort()
  await running
})

test('a queue that never answers is asked again', async () => {
  let isHanging = true
  const { objects, sends, stop, run } = setUp(1, () => (isHanging ? new Promise<never>(() => {}) : ok))
  const running = run()
  await pass(10_000)
  isHanging = false
  await pass(30_000)
  expect([sends, objects.size]).toEqual([[[1], [1]], 0])
  stop.abort()
  await running
})

test('a stop does not wait for a queue that hangs, nor for a pause', async () => {
  const { objects, stop, run } = setUp(1, () => new Promise<never>(() => {}))
  const hanging = run()
  await pass(1)
  stop.abort()
  await hanging
  expect(objects.size).toBe(1)
  const idle = new AbortController()
  const pausing = runRedriver(
    { queue: { send: async () => [] }, overflow: createScriptedBlob().blob, deps: createClock().deps },
    idle.signal,
  )
  await pass(1)
  idle.abort()
  await pausing
  expect(vi.getTimerCount()).toBe(0)
})

test('of several with one kv, one works; another takes over once that one has stopped', async () => {
  const { deps, elapse } = createClock()
  const kv = await openKv('memory:', deps)
  const first = setUp(1)
  const second = setUp(2)
  const firstRunning = first.run({ kv })
  await pass(0)
  const secondRunning = second.run({ kv })
  await pass(20_000)
  expect([first.sends.length, second.sends.length]).toEqual([1, 0])
  first.stop.abort()
  await firstRunning
  await elapse(1)
  await pass(5_000)
  expect(second.sends).toEqual([[1, 2]])
  second.stop.abort()
  await secondRunning
})

test('another takes over from one that was killed once its lease is over', async () => {
  const { deps, elapse } = createClock()
  const kv = await openKv('memory:', deps)
  await kv.set('overflow/redriver', 'killed', 30_000)
  const { sends, stop, run } = setUp(1)
  const running = run({ kv })
  await elapse(29_999)
  await pass(20_000)
  expect(sends).toEqual([])
  await elapse(1)
  await pass(5_000)
  expect(sends).toEqual([[1]])
  stop.abort()
  await running
})

test('a stop does not take the lease from who has it now, nor fail when kv does', async () => {
  const { deps, elapse } = createClock()
  const kv = await openKv('memory:', deps)
  const { stop, run } = setUp(1)
  const running = run({ kv })
  await pass(0)
  await elapse(30_000)
  await kv.set('overflow/redriver', 'another', 30_000)
  stop.abort()
  await running
  expect(await kv.get('overflow/redriver')).toBe('another')

  let isBroken = false
  const other = setUp(1)
  const compareAndSet = async (): Promise<boolean> => (isBroken ? Promise.reject(new Error('scripted')) : true)
  const failing = other.run({ kv: { compareAndSet } })
  await pass(0)
  isBroken = true
  other.stop.abort()
  await failing
})

test.each([
  ['fails', () => Promise.reject(new Error('scripted'))],
  ['hangs', () => new Promise<never>(() => {})],
])('a kv that %s keeps nobody from the work', async (_, compareAndSet) => {
  const { sends, stop, run } = setUp(1)
  const running = run({ kv: { compareAndSet } })
  await pass(2_000)
  expect(sends).toEqual([[1]])
  stop.abort()
  await running
})

test('from file blobs to the sqlite queue, by two at once, nothing gets lost', async () => {
  vi.useRealTimers()
  const folder = createFolder()
  const { deps } = createClock()
  const overflow = await openBlob(`file:${join(folder.path, 'blobs')}`, deps)
  const queue = await openQueue(`sqlite:${join(folder.path, 'queue.db')}`, deps)
  const numbers = Array.from({ length: 50 }, (_, index) => index + 1)
  for (const seq of numbers) await overflow.put(nameOf(seq), chunkOf(seq))
  const stop = new AbortController()
  const running = [1, 2].map(() => runRedriver({ queue, overflow, deps }, stop.signal))
  while ((await overflow.list('')).items.length > 0) await turn()
  stop.abort()
  await Promise.all(running)
  const { items } = await queue.list('pending', { limit: 1000 })
  expect([...new Set(items.map(({ body }) => numberOf(body)))].toSorted((a, b) => a - b)).toEqual(numbers)
  await queue.close()
  await overflow.close()
  folder.remove()
})
