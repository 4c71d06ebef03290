import { retryDelayMs } from '../lib/retry.ts'
import { safely } from '../lib/safely.ts'
import { type Answer, judge } from '../lib/verdict.ts'
import type { DropReason, OnDrop } from '../types.ts'

/** What comes from outside, so that tests can hold the clock and play the network. */
export interface NodeDeps {
  now(): number
  random(): number
  setTimer(run: () => void, ms: number): unknown
  clearTimer(timer: unknown): void
  fetch(url: string, init: RequestInit): Promise<Response>
  gzip(text: string): Promise<Uint8Array<ArrayBuffer>>
}

/**
 * Events in memory on their way to the collector, in order: one request at a time, the next when the one before is
 * answered, so events gather while the network is slow and requests grow instead of piling up. What fails is tried again
 * for as long as the client lives; memory stays bounded because new events are dropped, and counted, at `maxQueueBytes`.
 */
export interface Sender {
  readonly deps: NodeDeps
  readonly url: string
  readonly writeKey: string
  readonly flushAt: number
  readonly flushIntervalMs: number
  readonly maxQueueBytes: number
  readonly requestTimeoutMs: number
  readonly onDrop: OnDrop
  readonly dropped: Map<DropReason, number>
  queue: Item[]
  queueBytes: number
  /** Events accepted, and events of those that are delivered or dropped, ever: FIFO makes the two comparable. */
  accepted: number
  settled: number
  waiters: { upTo: number; resolve: (done: boolean) => void }[]
  /** Most events in a request; smaller while we look for the event that makes a body unfit. */
  maxCount: number
  failures: number
  isRunning: boolean
  isClosed: boolean
  /** Ends the request or the pause under way. */
  interrupt: (() => void) | undefined
  timer: unknown
}

interface Item {
  text: string
  bytes: number
}

const maxEventBytes = 32 * 1024
const maxBodyBytes = 450_000
const maxBatchEvents = 2_500
/** Below this size packing costs more than it saves. */
const minGzipBytes = 1_000

/** Accepts an event as JSON text; when that can't be, it is dropped with a reason. */
export function enqueue(sender: Sender, text: string): void {
  const bytes = Buffer.byteLength(text)
  const obstacle = findObstacle(sender, bytes)
  if (obstacle) {
    drop(sender, text, obstacle)
    return
  }
  sender.queue.push({ text, bytes })
  sender.queueBytes += bytes
  sender.accepted++
  if (sender.isRunning) return
  if (sender.queue.length >= sender.flushAt) start(sender)
  else sender.timer ??= sender.deps.setTimer(() => start(sender), sender.flushIntervalMs)
}

function findObstacle({ isClosed, queueBytes, maxQueueBytes }: Sender, bytes: number): DropReason | undefined {
  if (isClosed) return 'closed'
  if (bytes > maxEventBytes) return 'event_too_large'
  return queueBytes + bytes > maxQueueBytes ? 'queue_full' : undefined
}

export function drop(sender: Sender, event: string | object, reason: DropReason): void {
  sender.dropped.set(reason, (sender.dropped.get(reason) ?? 0) + 1)
  safely(() => sender.onDrop(typeof event === 'string' ? JSON.parse(event) : event, reason))()
}

/** Resolves with whether everything accepted so far is settled within `timeoutMs`. */
export function drain(sender: Sender, timeoutMs: number | undefined): Promise<boolean> {
  const { deps } = sender
  if (sender.settled >= sender.accepted) return Promise.resolve(true)
  start(sender)
  return new Promise((resolve) => {
    let timer: unknown
    const waiter = {
      upTo: sender.accepted,
      resolve: (done: boolean) => {
        deps.clearTimer(timer)
        resolve(done)
      },
    }
    sender.waiters.push(waiter)
    if (timeoutMs === undefined) return
    timer = deps.setTimer(() => {
      sender.waiters = sender.waiters.filter((other) => other !== waiter)
      resolve(false)
    }, timeoutMs)
  })
}

/** Drops what is left and ends what is under way. */
export function abandon(sender: Sender): void {
  const left = sender.queue.splice(0)
  for (const { text } of left) drop(sender, text, 'closed')
  settle(sender, left)
  sender.interrupt?.()
}

function start(sender: Sender): void {
  sender.deps.clearTimer(sender.timer)
  sender.timer = undefined
  if (sender.isRunning || sender.queue.length === 0) return
  void run(sender)
}

/** Works until nothing waits; never rejects. Events stay in the queue until their request is answered. */
async function run(sender: Sender): Promise<void> {
  sender.isRunning = true
  await Promise.resolve() // the rest of a burst of calls becomes part of the first request
  while (sender.queue.length > 0) {
    const items = nextBatch(sender)
    const answer = await post(sender, items)
    if (sender.queue.length === 0) break // abandoned meanwhile
    const pauseMs = conclude(sender, items, answer)
    if (pauseMs > 0) await pause(sender, pauseMs)
  }
  sender.isRunning = false
}

function nextBatch({ queue, maxCount }: Sender): Item[] {
  let [count, bytes] = [0, 0]
  for (const item of queue) {
    bytes += item.bytes + 1
    if (count === maxCount || bytes > maxBodyBytes) break
    count++
  }
  return queue.slice(0, count)
}

/** Undefined when no answer came, or none in time. */
async function post(sender: Sender, items: Item[]): Promise<Answer | undefined> {
  const { deps, url, writeKey } = sender
  const envelope = JSON.stringify({ writeKey, sentAt: new Date(deps.now()).toISOString() })
  const text = `{"batch":[${items.map((item) => item.text).join()}],${envelope.slice(1)}`
  const abort = new AbortController()
  const timer = deps.setTimer(() => abort.abort(), sender.requestTimeoutMs)
  sender.interrupt = () => abort.abort()
  try {
    const small = text.length < minGzipBytes
    const response = await deps.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(!small && { 'content-encoding': 'gzip' }) },
      body: small ? text : await deps.gzip(text),
      signal: abort.signal,
    })
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
  } catch {
    return undefined
  } finally {
    deps.clearTimer(timer)
    sender.interrupt = undefined
  }
}

/** What the answer means for the events. Answers how long to pause, in ms. */
function conclude(sender: Sender, items: Item[], answer: Answer | undefined): number {
  const { deps } = sender
  const verdict = judge(answer, deps.now())
  if ('retryAfterMs' in verdict) return verdict.retryAfterMs + retryDelayMs(sender.failures++, deps.random())
  sender.failures = 0
  if ('unfit' in verdict) {
    sender.maxCount = Math.ceil(items.length / 2)
    if (items.length > 1) return 0
    drop(sender, items[0]?.text ?? '', verdict.unfit)
  } else {
    sender.maxCount = Math.min(maxBatchEvents, sender.maxCount * 2)
    for (const { index, code } of verdict.refused) {
      const item = items[index]
      if (item) drop(sender, item.text, code)
    }
  }
  sender.queue.splice(0, items.length)
  settle(sender, items)
  return 0
}

function settle(sender: Sender, items: Item[]): void {
  for (const { bytes } of items) sender.queueBytes -= bytes
  sender.settled += items.length
  const done = sender.waiters.filter(({ upTo }) => upTo <= sender.settled)
  sender.waiters = sender.waiters.filter(({ upTo }) => upTo > sender.settled)
  for (const { resolve } of done) resolve(true)
}

const pause = (sender: Sender, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = sender.deps.setTimer(done, ms)
    function done(): void {
      sender.deps.clearTimer(timer)
      sender.interrupt = undefined
      resolve()
    }
    sender.interrupt = done
  })
