import type { Context } from '@trailstitch/protocol'
import { randomId } from '../lib/random-id.ts'
import { maxRetryAfterMs, retryDelayMs } from '../lib/retry.ts'
import { safely } from '../lib/safely.ts'
import { type Answer, judge } from '../lib/verdict.ts'
import type { OnDrop } from '../types.ts'
import type { BrowserDeps } from './deps.ts'
import { adopt, type Batch, type Entry, type EventQueue, giveBack, mark, push, restart, settle, take, timeOf, unmark } from './event-queue.ts'
import { createTabs, type Tabs } from './tabs.ts'

/**
 * Gets events from storage to the collector. One request at a time while the page lives:
 *
 *   waiting --take--> in flight --taken--> settled
 *                         |--- no answer, 429, 5xx ---> waiting again, after a while
 *                         |--- refused in the receipt -> dropped, alone
 *                         '--- page left -------------> unconfirmed, for the next page
 *
 * Leaving the page, all that fits goes out at once in requests that outlive it, and the rest stays stored. Nobody hears
 * the answers to those, and neither sending everything again nor trusting that it arrived will do: the next page names
 * such batches in `unconfirmed`, and sends again those that the receipt does not list as `known`.
 */
export interface Delivery {
  readonly deps: BrowserDeps
  readonly queue: EventQueue
  readonly tabs: Tabs
  readonly url: string
  readonly writeKey: string
  readonly context: Context
  readonly flushAt: number
  readonly flushIntervalMs: number
  readonly maxQueueBytes: number
  readonly onDrop: OnDrop
  /** Tabs whose events are ours or will be. */
  seen: Set<string>
  unconfirmed: Batch[]
  /** Bytes in flight that count against the browser's quota for requests that outlive the page. */
  keepaliveBytes: number
  /** In a row, and the time before which nothing is tried again. */
  failures: number
  retryAt: number
  /** Most events in a request; smaller while we look for the event that makes a body unfit. */
  maxCount: number
  timer: unknown
  timerAt: number
  running: Promise<void> | undefined
  left: boolean
}

/** Browsers allow 64 KiB of keepalive bodies in flight; the rest is for the envelope and for others on the page. */
export const keepaliveBudgetBytes = 60_000
const maxBodyBytes = 450_000
const maxEventBytes = 32 * 1024
const maxBatchEvents = 2_500
const envelopeBytes = 2_000
const requestTimeoutMs = 30_000
/** The server remembers messageIds for 7 days; what is older could count twice. */
const maxAgeMs = 6 * 86_400_000
/** Time for a request of the page before to arrive, before we ask about it. */
const settleMs = 3_000
const maxAsks = 20

/** The tab's first event queue, under a name nobody else has. */
const newTab = ({ window }: BrowserDeps): string => randomId(window.crypto).slice(-12)

export type DeliveryOptions = Pick<
  Delivery,
  'deps' | 'url' | 'writeKey' | 'context' | 'flushAt' | 'flushIntervalMs' | 'maxQueueBytes' | 'onDrop'
> & { storage: EventQueue['storage']; prefix: string }

export function createDelivery({ storage, prefix, ...options }: DeliveryOptions): Delivery {
  const { deps } = options
  const encoder = new TextEncoder()
  const queue: EventQueue = {
    storage,
    prefix,
    now: deps.now,
    measure: (text) => encoder.encode(text).length,
    tab: newTab(deps),
    count: 0,
    waiting: [],
    held: new Set(),
    heldBytes: 0,
  }
  return {
    ...options,
    queue,
    tabs: createTabs({ ...deps, storage, prefix }),
    seen: new Set(),
    unconfirmed: [],
    keepaliveBytes: 0,
    failures: 0,
    retryAt: 0,
    maxCount: maxBatchEvents,
    timer: undefined,
    timerAt: 0,
    running: undefined,
    left: false,
  }
}

/** Accepts one event as JSON text: it is stored when this returns, or `onDrop` has heard why not. */
export function accept(d: Delivery, text: string): void {
  const { queue } = d
  const bytes = queue.measure(text)
  if (bytes > maxEventBytes) return drop(d, text, 'event_too_large')
  if (queue.heldBytes + bytes > d.maxQueueBytes) return drop(d, text, 'queue_full')
  push(queue, text)
  if (!d.left) schedule(d, queue.waiting.length < d.flushAt ? d.flushIntervalMs : 0)
}

/** Tells the page of an event, given as JSON text where it got that far. */
export const drop = (d: Delivery, event: unknown, reason: string): void =>
  void safely(() => d.onDrop(safely(() => JSON.parse(event as string))() ?? event, reason))()

/** Takes up work on a page: as a tab of its own, and as heir of tabs that are gone. */
export function open(d: Delivery): void {
  d.left = false
  d.unconfirmed = []
  d.seen = new Set([d.queue.tab])
  d.tabs.hold(d.queue.tab)
  for (const key of d.queue.storage.keys()) notice(d, key)
  if (d.queue.waiting.length) schedule(d, 0)
}

/** Looks at a storage key: another tab's events become ours when its page is gone. */
export function notice(d: Delivery, key: string | null): void {
  const { queue, seen } = d
  const base = `${queue.prefix}q:`
  const tab = key?.startsWith(base) && key.slice(base.length).split(':')[0]
  if (!tab || seen.has(tab)) return
  seen.add(tab)
  d.tabs.inherit(tab, () => {
    d.unconfirmed.push(...adopt(queue, tab))
    schedule(d, 0)
  })
}

/** Comes back to a page that was left, or whose tab another page took over: continues under a new name. */
export function reopen(d: Delivery): void {
  d.tabs.release()
  restart(d.queue, newTab(d.deps))
  open(d)
}

/** Sends what fits before the page goes. `forGood`: it will not be heard of again, unless it is {@link reopen}ed. */
export function leave(d: Delivery, forGood: boolean): void {
  const { queue, deps } = d
  if (d.left) return
  while (pausedUntil(d) <= deps.now()) {
    // What is in memory only would be lost.
    queue.waiting.sort((a, b) => Number(!!a.place) - Number(!!b.place))
    const entries = take(queue, d.maxCount, keepaliveBudgetBytes - envelopeBytes - d.keepaliveBytes)
    if (!entries.length) break
    void send(d, entries, [], true)
  }
  if (!forGood) return
  d.left = true
  deps.clearTimer(d.timer)
  d.timer = undefined
  d.tabs.release()
}

/** Sends what waits, now unless the server asked for a pause. Resolves when nothing waits or an attempt failed. */
export function flush(d: Delivery): Promise<void> {
  d.retryAt = 0
  return run(d)
}

function schedule(d: Delivery, ms: number): void {
  const { deps } = d
  const now = deps.now()
  const at = Math.max(now + ms, d.retryAt)
  if (d.timer !== undefined && d.timerAt <= at) return
  deps.clearTimer(d.timer)
  d.timerAt = at
  d.timer = deps.setTimer(() => {
    d.timer = undefined
    void run(d)
  }, at - now)
}

/** Never rejects. */
function run(d: Delivery): Promise<void> {
  d.running ??= work(d)
    .catch(() => {})
    .then(() => {
      d.running = undefined
    })
  return d.running
}

async function work(d: Delivery): Promise<void> {
  const { deps, queue } = d
  for (;;) {
    if (d.left) return
    if (!d.tabs.renew()) reopen(d)
    const now = deps.now()
    const pause = Math.max(d.retryAt, pausedUntil(d)) - now
    if (pause > 0) return schedule(d, pause)
    expire(d, now)
    const asks = d.unconfirmed.filter(({ sentAt }) => !(Math.abs(now - sentAt) < settleMs)).slice(0, maxAsks)
    const entries = take(queue, d.maxCount, maxBodyBytes)
    if (!entries.length && !asks.length) {
      if (d.unconfirmed.length) schedule(d, settleMs)
      return
    }
    if (!(await send(d, entries, asks, false))) return
  }
}

/** A pause the server asked for holds for all tabs and for the pages to come, so it is stored. */
const pauseKey = ({ queue }: Delivery): string => `${queue.prefix}pause`

function pausedUntil(d: Delivery): number {
  const until = Number(d.queue.storage.get(pauseKey(d))) || 0
  return until - d.deps.now() > maxRetryAfterMs ? 0 : until // the clock was set back
}

function expire(d: Delivery, now: number): void {
  const { queue } = d
  const old = queue.waiting.filter((entry) => now - timeOf(entry) > maxAgeMs)
  if (!old.length) return
  queue.waiting = queue.waiting.filter((entry) => !old.includes(entry))
  dropEntries(d, queue, old, 'expired')
}

/** One request and what follows from its answer. True when there is reason to go on at once. */
async function send(d: Delivery, entries: Entry[], asks: Batch[], leaving: boolean): Promise<boolean> {
  const { deps, queue } = d
  const batch: Batch = { id: randomId(deps.window.crypto), sentAt: deps.now(), entries, tab: queue.tab }
  if (entries.length) mark(queue, batch)
  const body = compose(d, batch, asks)
  const bytes = queue.measure(body)
  const keepalive = d.keepaliveBytes + bytes <= keepaliveBudgetBytes
  if (keepalive) d.keepaliveBytes += bytes
  const canOutlive = 'keepalive' in deps.window.Request.prototype
  const answer = leaving && !canOutlive ? undefined : await post(d, body, keepalive)
  if (keepalive) d.keepaliveBytes -= bytes
  if (!answer && leaving && beacon(d, body)) {
    if (batch.tab === queue.tab) d.unconfirmed.push(batch)
    if (!d.left) schedule(d, settleMs)
    return false
  }
  unmark(queue, batch)
  return conclude(d, batch, asks, answer)
}

function compose(d: Delivery, { id, sentAt, entries }: Batch, asks: Batch[]): string {
  const envelope = {
    writeKey: d.writeKey,
    sentAt: new Date(sentAt).toISOString(),
    batchId: id,
    ...(asks.length > 0 && { unconfirmed: asks.map((ask) => ask.id) }),
    context: d.context,
  }
  return `{"batch":[${entries.map(({ text }) => text).join()}],${JSON.stringify(envelope).slice(1)}`
}

/** Undefined when no answer came. A string goes as text/plain, which spares the preflight request. */
async function post({ deps, url }: Delivery, body: string, keepalive: boolean): Promise<Answer | undefined> {
  const { window, setTimer, clearTimer } = deps
  const abort = new AbortController()
  const timer = setTimer(() => abort.abort(), requestTimeoutMs)
  try {
    const init: RequestInit = { method: 'POST', body, keepalive, credentials: 'omit', signal: abort.signal }
    const response = await window.fetch(url, init)
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
  } catch {
    return undefined
  } finally {
    clearTimer(timer)
  }
}

const beacon = ({ deps, url }: Delivery, body: string): boolean =>
  safely(() => deps.window.navigator.sendBeacon(url, body))() ?? false

function conclude(d: Delivery, batch: Batch, asks: Batch[], answer: Answer | undefined): boolean {
  const { deps, queue } = d
  const { entries } = batch
  const verdict = judge(answer, deps.now())
  if (verdict.kind === 'unfit' && entries.length) {
    d.maxCount = Math.ceil(entries.length / 2)
    if (entries.length > 1) giveBack(queue, batch)
    else dropEntries(d, batch, entries, verdict.code)
    return true
  }
  if (verdict.kind !== 'taken') {
    const retryAfterMs = verdict.kind === 'keep' ? verdict.retryAfterMs : 0
    giveBack(queue, batch)
    const now = deps.now()
    if (retryAfterMs) queue.storage.set(pauseKey(d), String(now + retryAfterMs))
    d.retryAt = now + retryAfterMs + retryDelayMs(d.failures++, deps.random)
    if (!d.left) schedule(d, 0)
    return false
  }
  d.failures = 0
  d.maxCount = Math.min(maxBatchEvents, d.maxCount * 2)
  for (const { index, code } of verdict.refused) dropEntries(d, batch, entries.slice(index, index + 1), code)
  settle(queue, batch, entries)
  for (const ask of asks) confirm(d, ask, verdict.known.includes(ask.id))
  return true
}

function dropEntries(d: Delivery, batch: Pick<Batch, 'tab'>, entries: Entry[], reason: string): void {
  settle(d.queue, batch, entries)
  for (const { text } of entries) drop(d, text, reason)
}

function confirm(d: Delivery, ask: Batch, isKnown: boolean): void {
  if (!d.unconfirmed.includes(ask)) return // the page was left and came back meanwhile
  d.unconfirmed = d.unconfirmed.filter((batch) => batch !== ask)
  if (isKnown) settle(d.queue, ask, ask.entries)
  else giveBack(d.queue, ask)
  unmark(d.queue, ask)
}
