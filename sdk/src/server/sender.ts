import { retryDelayMs } from '../lib/retry.ts'
import { type Answer, judge } from '../lib/verdict.ts'
import { isCrowded, load, relieve, restore, settleFile, unload } from './disk.ts'
import {
  bodyOf,
  commit,
  createSegment,
  maxBatchEvents,
  reusable,
  type Segment,
  sizeOf,
  split,
  textsOf,
  write,
} from './segment.ts'
import { type Attempt, drop, lostMs, type Sender, wake } from './state.ts'

/*
 * Events on their way to the collector:
 *
 *   open --full, flushAt, due, flush--> queue --next--> attempts --taken--> settled
 *                                         ^                |--- refused in the receipt -> dropped, alone
 *                                         |----------------|--- unfit as a whole -> two halves, each for itself
 *                                         '----------------'--- no answer, 429, 5xx -> to the front, after a pause
 *
 * Events gather while requests are under way, so requests grow with the load instead of piling up. One more at a time
 * starts with each that was taken, up to `maxRequests`, if more is due; after a failure it is one at a time again. What
 * fails is tried again for as long as the client lives. Memory stays bounded: at `maxQueueBytes` new events are dropped,
 * and counted; with a folder, what waits moves there from half of that.
 */

const maxEventBytes = 32 * 1024
/** Below this size packing costs more than it saves. */
const minGzipBytes = 1_000
/** The first pause at most: with it an outage of 8 s sees four requests or fewer, nearly always. */
const firstPauseMs = 5_000

/** Takes an event as JSON text; when that can't be, it is dropped with a reason. */
export function enqueue(sender: Sender, text: string, now: number): void {
  const obstacle = sender.isClosed ? 'closed' : text.length > maxEventBytes && 'event_too_large'
  if (obstacle) {
    drop(sender, text, obstacle)
    return
  }
  let segment = openSegment(sender, now)
  let bytes = write(segment, text, sender.room)
  if (bytes === undefined) {
    seal(sender)
    segment = openSegment(sender, now)
    bytes = write(segment, text, sender.room) ?? 0
  }
  const isTooLarge = bytes > maxEventBytes
  if (isTooLarge || sender.queueBytes + bytes > sender.maxQueueBytes) {
    drop(sender, text, isTooLarge ? 'event_too_large' : 'queue_full')
    return
  }
  const before = segment.end
  commit(segment, bytes)
  sender.queueBytes += segment.end - before
  sender.accepted++
  if (segment.count >= sender.flushAt || now >= segment.dueAt || (sender.folder && isCrowded(sender))) schedule(sender)
  else if (segment.count === 1) arm(sender)
  if (segment.count === maxBatchEvents) seal(sender)
}

function openSegment(sender: Sender, now: number): Segment {
  if (sender.open) return sender.open
  const segment = createSegment(sender.accepted + 1, now + sender.flushIntervalMs, sender.spare)
  sender.spare = undefined
  sender.live.add(segment)
  sender.open = segment
  return segment
}

function seal(sender: Sender): void {
  if (sender.open) sender.queue.push(sender.open)
  sender.open = undefined
  schedule(sender)
}

/** A moment later, so that the rest of a burst of calls becomes part of the first request. */
function schedule(sender: Sender): void {
  if (sender.isScheduled) return
  sender.isScheduled = true
  queueMicrotask(() => {
    sender.isScheduled = false
    pump(sender)
  })
}

/** Starts what may start now, and sees to it that somebody looks again when there may be more. */
export function pump(sender: Sender): void {
  if (sender.isOver) return
  const now = sender.deps.now()
  for (const attempt of sender.attempts)
    if (now > attempt.deadline + lostMs && sender.attempts.delete(attempt)) conclude(sender, attempt, undefined)
  while (now >= sender.pauseUntil && sender.attempts.size < sender.allowed) {
    const segment = next(sender, now)
    if (!segment) break
    void send(sender, segment, now)
  }
  arm(sender)
  void relieve(sender)?.then((moved) => moved && pump(sender))
  void restore(sender)?.then(() => pump(sender))
}

function next(sender: Sender, now: number): Segment | undefined {
  const { queue, open, waiters } = sender
  const index = queue.findIndex(({ data, dueAt }) => data || dueAt <= now)
  if (index >= 0) return queue.splice(index, 1)[0]
  if (!open?.count) return undefined
  const isDue = open.count >= sender.flushAt || now >= open.dueAt
  if (!isDue && ![...waiters].some(({ upTo }) => upTo >= open.first)) return undefined
  sender.open = undefined
  return open
}

/** One timer, for what happens next by itself. While requests are under way their answers are waited for instead. */
function arm(sender: Sender): void {
  const { deps, timer, timerAt } = sender
  const now = deps.now()
  const at = sender.attempts.size < sender.allowed ? nextAt(sender) : Number.POSITIVE_INFINITY
  if (timer !== undefined && timerAt <= at && timerAt > now - lostMs) return
  deps.clearTimer(timer)
  sender.timer = undefined
  if (at === Number.POSITIVE_INFINITY) return
  sender.timerAt = at
  sender.timer = deps.setTimer(
    () => {
      sender.timer = undefined
      pump(sender)
    },
    Math.max(0, at - now),
  )
}

function nextAt({ queue, open, pauseUntil }: Sender): number {
  let at = open?.count ? open.dueAt : Number.POSITIVE_INFINITY
  for (const { data, dueAt } of queue) at = Math.min(at, data ? 0 : dueAt)
  return Math.max(at, pauseUntil)
}

/** Never rejects. */
async function send(sender: Sender, segment: Segment, now: number): Promise<void> {
  const deadline = now + sender.requestTimeoutMs
  const attempt: Attempt = { segment, round: sender.round, deadline, abort: new AbortController() }
  sender.attempts.add(attempt)
  const isThere = segment.data !== undefined || (await load(sender, segment))
  const answer = isThere && sender.attempts.has(attempt) ? await post(sender, attempt) : undefined
  if (!sender.attempts.delete(attempt)) return // given up meanwhile
  if (isThere) conclude(sender, attempt, answer)
  else settle(sender, segment)
  // Whoever waits goes on sending, not we: a platform may end our request, and all it began, as soon as we are done.
  if (!wake(sender)) pump(sender)
}

/** Undefined when no answer came, or none in time. */
async function post(sender: Sender, { segment, abort }: Attempt): Promise<Answer | undefined> {
  const { deps, url, ending, requestTimeoutMs } = sender
  const timer = deps.setTimer(() => abort.abort(), requestTimeoutMs)
  try {
    const plain = bodyOf(segment, `${ending}${new Date(deps.now()).toISOString()}"}`)
    const packed = plain.length < minGzipBytes ? undefined : await deps.gzip(plain)
    const response = await deps.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(packed && { 'content-encoding': 'gzip' }) },
      body: packed ?? plain,
      signal: abort.signal,
    })
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
  } catch {
    return undefined
  } finally {
    deps.clearTimer(timer)
  }
}

/** What the answer means for the events. */
function conclude(sender: Sender, { segment, round }: Attempt, answer: Answer | undefined): void {
  const { deps } = sender
  const now = deps.now()
  // Taken out by name, as a name in quotes would not be shortened together with the others.
  const { refused, unfit, retryAfterMs }: Findings = judge(answer, now)
  const isNews = round === sender.round
  if (retryAfterMs !== undefined) {
    const pauseMs = isNews ? retryDelayMs(sender.failures++, deps.random(), firstPauseMs) : 0
    sender.blockedUntil = Math.max(sender.blockedUntil, now + retryAfterMs)
    sender.pauseUntil = Math.max(sender.pauseUntil, now + retryAfterMs + pauseMs)
    sender.round++
    sender.allowed = 1
    void unload(sender, segment)?.then(() => pump(sender))
    return
  }
  if (isNews) {
    sender.failures = 0
    sender.allowed = Math.min(sender.maxRequests, sender.allowed + 1)
  }
  if (unfit !== undefined && segment.count > 1) {
    halve(sender, segment)
    return
  }
  if (unfit !== undefined) drop(sender, textsOf(segment)[0] ?? '', unfit)
  const texts = refused?.length ? textsOf(segment) : []
  for (const { index, code } of refused ?? []) if (texts[index]) drop(sender, texts[index], code)
  settle(sender, segment)
}

interface Findings {
  refused?: { index: number; code: string }[]
  unfit?: string
  retryAfterMs?: number
}

function halve(sender: Sender, segment: Segment): void {
  const halves = split(segment, sender.room)
  sender.live.delete(segment)
  sender.queueBytes -= sizeOf(segment)
  const siblings = segment.siblings ?? (segment.file ? new Set() : undefined)
  siblings?.delete(segment)
  for (const half of halves) {
    sender.live.add(half)
    sender.queueBytes += sizeOf(half)
    if (segment.file && siblings) Object.assign(half, { file: segment.file, siblings: siblings.add(half) })
  }
  sender.queue.unshift(...halves)
}

function settle(sender: Sender, segment: Segment): void {
  sender.live.delete(segment)
  if (!segment.data) return
  sender.queueBytes -= sizeOf(segment)
  settleFile(sender, segment)
  sender.spare ??= reusable(segment)
}
