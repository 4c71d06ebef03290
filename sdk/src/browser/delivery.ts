import type { Context } from '@trailstitch/protocol'
import { maxRetryAfterMs, retryDelayMs } from '../lib/retry.ts'
import { safely } from '../lib/safely.ts'
import { type Answer, judge } from '../lib/verdict.ts'
import type { AnalyticsOptions } from '../types.ts'
import type { BrowserWindow } from './deps.ts'
import {
  eagerBytes,
  envelopeBytes,
  keepaliveBudgetBytes,
  maxAgeMs,
  maxAsks,
  maxBodyBytes,
  maxEventBytes,
  settleMs,
  tabLength,
} from './limits.ts'
import { clockOf, createSegments, type Segment, type Segments, timeOf } from './segments.ts'
import type { Store } from './storage.ts'
import { createTabs, type Tabs } from './tabs.ts'
import { pack, post, type RequestBody, sizeOf } from './transport.ts'

/**
 * Gets events from storage to the collector. One request at a time while the page lives:
 *
 *   waiting --take--> in flight --taken--> settled
 *                         |--- no answer, 429, 5xx ---> waiting again, after a while
 *                         |--- refused in the receipt -> dropped, alone
 *                         '--- page left -------------> unknown, for the next page
 *
 * Leaving the page, all that fits goes out at once in requests that outlive it, and the rest stays stored. Nobody hears
 * the answers to those, and neither sending everything again nor trusting that it arrived will do: the next page names
 * such segments in `unconfirmed`, and sends again those that the receipt does not list as `known`.
 */
export interface Delivery {
  window: BrowserWindow
  store: Store
  segments: Segments
  tabs: Tabs
  options: AnalyticsOptions
  url: string
  context: Context
  /** A pause the server asked for holds for all tabs and for the pages to come, so it is stored. */
  pauseKey: string
  queuePrefix: string
  /** Names of tabs that are ours (true) or will be. */
  seen: Map<string, boolean>
  unknown: Segment[]
  /** Being packed, so not on its way yet. */
  packing?: Segment[] | undefined
  /** Bytes in flight that count against the browser's quota for requests that outlive the page. */
  keepaliveBytes: number
  /** In a row, and the time before which nothing is tried again. */
  failures: number
  retryAt: number
  /** Of a body; smaller while we look for what makes one unfit. */
  maxBytes: number
  timer?: number | undefined
  timerAt: number
  running?: Promise<void> | undefined
  isLeft: boolean
}

export function createDelivery(
  window: BrowserWindow,
  store: Store,
  options: AnalyticsOptions,
  prefix: string,
  context: Context,
): Delivery {
  const queuePrefix = `${prefix}q:`
  return {
    window,
    store,
    segments: createSegments(window, store, queuePrefix),
    tabs: createTabs(window, store, `${prefix}l:`),
    options,
    url: `${(options.endpoint ?? '').replace(/\/+$/, '')}/v1/batch`,
    context,
    pauseKey: `${prefix}pause`,
    queuePrefix,
    seen: new Map(),
    unknown: [],
    keepaliveBytes: 0,
    failures: 0,
    retryAt: 0,
    maxBytes: maxBodyBytes,
    timerAt: 0,
    isLeft: true,
  }
}

/** Tells the page of an event, given as JSON text where it got that far. */
export const drop = ({ options }: Delivery, event: unknown, reason: string): void =>
  void safely(() => options.onDrop?.(safely(JSON.parse)(event as string) ?? event, reason))()

/** Accepts one event as JSON text: it is stored when this returns, or `onDrop` has heard why not. */
export function accept(d: Delivery, text: string): void {
  const { segments } = d
  const { maxQueueBytes = 2_000_000, flushAt = 20, flushIntervalMs = 1_000 } = d.options
  const bytes = sizeOf(text)
  const isFull = segments.size() + bytes > maxQueueBytes
  if (isFull || bytes > maxEventBytes) {
    drop(d, text, bytes > maxEventBytes ? 'event_too_large' : 'queue_full')
    return
  }
  segments.add(text, bytes)
  const { waiting } = segments
  const isDue = waiting.flatMap(({ texts }) => texts).length >= flushAt
  schedule(d, isDue ? 0 : flushIntervalMs)
  // Whatever is happening may lead away from the page, and what is packed by then goes along.
  if (isDue && segments.size() > eagerBytes && d.retryAt <= d.window.Date.now())
    void Promise.resolve().then(() => run(d))
}

/** Takes up work on a page, under a name that is new and as heir of tabs that are gone. */
export function open(d: Delivery): void {
  const { segments, store, tabs } = d
  tabs.release()
  if (!d.isLeft || d.seen.size) segments.restart()
  d.isLeft = false
  d.unknown = []
  d.seen = new Map([[segments.tab, false]])
  tabs.own(segments.tab)
  for (const key of store.keys()) notice(d, key)
  const { seen, queuePrefix } = d
  void store.read?.(queuePrefix).then((found) => {
    for (const [key] of found) if (d.seen === seen) notice(d, key)
  })
  if (segments.waiting.length) schedule(d, 0)
}

/** Looks at a storage key: another tab's events become ours when its page is gone. */
export function notice(d: Delivery, key: string | null): void {
  if (d.isLeft || !key?.startsWith(d.queuePrefix)) return
  const { queuePrefix, seen, store } = d
  const tab = key.slice(queuePrefix.length, queuePrefix.length + tabLength)
  const adopt = (found?: [string, string][]): void => {
    // What was read meanwhile may be somebody else's by now.
    if (d.isLeft || d.seen !== seen) return
    seen.set(tab, true)
    d.unknown.push(...d.segments.adopt(tab, found))
    schedule(d, 0)
  }
  // A page that goes may still write after its name has become ours.
  if (seen.get(tab)) adopt()
  else if (!seen.has(tab)) {
    seen.set(tab, false)
    d.tabs.own(tab, () => {
      adopt()
      // Only now: whoever had it may have delivered it since its key was seen.
      void store.read?.(`${queuePrefix}${tab}:`).then(adopt)
    })
  }
}

/** Sends what fits before the page goes. `forGood`: it will not be heard of again, unless it is opened anew. */
export function leave(d: Delivery, forGood?: boolean): void {
  const { segments } = d
  if (d.isLeft) return
  if (d.packing) segments.giveBack(d.packing)
  d.packing = undefined
  // What is in memory only would be lost.
  segments.waiting.sort((a, b) => Number(b.isVolatile) - Number(a.isVolatile))
  while (pausedUntil(d) <= d.window.Date.now()) {
    const batch = segments.take(keepaliveBudgetBytes - envelopeBytes - d.keepaliveBytes, true)
    if (!batch.length) break
    void send(d, batch, [], true).then(() => schedule(d, settleMs))
  }
  if (!forGood) return
  d.isLeft = true
  d.window.clearTimeout(d.timer)
  d.timer = undefined
  d.tabs.release()
}

/** Sends what waits, now unless the server asked for a pause. Resolves when nothing waits or an attempt failed. */
export function flush(d: Delivery): Promise<void> {
  d.retryAt = 0
  return run(d)
}

function pausedUntil({ store, pauseKey, window }: Delivery): number {
  const until = Number(store.get(pauseKey))
  return until - window.Date.now() > maxRetryAfterMs ? 0 : until || 0 // the clock was set back
}

function schedule(d: Delivery, ms: number): void {
  const { window } = d
  const now = window.Date.now()
  const at = Math.max(now + ms, d.retryAt)
  if (d.timer && d.timerAt <= at) return
  window.clearTimeout(d.timer)
  d.timerAt = at
  d.timer = window.setTimeout(() => {
    d.timer = undefined
    void run(d)
  }, at - now)
}

/** Never rejects. */
function run(d: Delivery): Promise<void> {
  const done = (): void => {
    d.running = undefined
  }
  d.running ??= work(d).then(done, done)
  return d.running
}

async function work(d: Delivery): Promise<void> {
  const { segments, window } = d
  while (!d.isLeft) {
    const now = window.Date.now()
    const pauseMs = Math.max(d.retryAt, pausedUntil(d)) - now
    if (pauseMs > 0) return schedule(d, pauseMs)
    dropAll(
      d,
      segments.waiting.filter((segment) => now - timeOf(segment) > maxAgeMs),
      'expired',
    )
    const asks = d.unknown.filter(({ unknownSince = 0 }) => now - unknownSince >= settleMs).slice(0, maxAsks)
    const batch = segments.take(d.maxBytes)
    if (!batch.length && !asks.length) return d.unknown.length ? schedule(d, settleMs) : undefined
    if (!(await send(d, batch, asks))) return schedule(d, 0)
  }
}

/** One request and what follows from its answer. True when there is reason to go on at once. */
async function send(d: Delivery, batch: Segment[], asks: Segment[], isLeaving?: boolean): Promise<boolean> {
  const { window, url } = d
  d.segments.seal(batch)
  let body: RequestBody = compose(d, batch, asks)
  if (!isLeaving) {
    d.packing = batch
    body = await pack(window, body).catch(() => body)
    if (d.packing !== batch) return true // it went out unpacked, because the page was left
    d.packing = undefined
  }
  const bytes = sizeOf(body)
  const keepalive = d.keepaliveBytes + bytes <= keepaliveBudgetBytes
  if (keepalive) d.keepaliveBytes += bytes
  const { tab } = d.segments
  const cannotOutlive = isLeaving && !('keepalive' in window.Request.prototype)
  const answer = cannotOutlive ? undefined : await post(window, url, body, keepalive).catch(() => undefined)
  if (keepalive) d.keepaliveBytes -= bytes
  // A page that came back meanwhile has left the batch to whoever finds it.
  const mayBeacon = isLeaving && !answer && d.segments.tab === tab
  if (!mayBeacon || !safely(() => window.navigator.sendBeacon(url, body))()) return conclude(d, batch, asks, answer)
  for (const segment of batch) segment.unknownSince = window.Date.now()
  d.unknown.push(...batch)
  return false
}

function compose({ window, options: { writeKey }, context }: Delivery, batch: Segment[], asks: Segment[]): string {
  const idsOf = (segments: Segment[]): string[] => segments.map(({ id }) => id)
  // Told by the clock that the events were dated with, if that has been set back since: the server reads ages from it.
  const setBackMs = Math.max(0, ...batch.map(({ clock = -Infinity }) => clock - clockOf(window)))
  const sentAt = new window.Date(window.Date.now() + setBackMs).toISOString()
  const envelope = { writeKey, sentAt, batchIds: idsOf(batch), unconfirmed: idsOf(asks), context }
  return `{"batch":[${batch.flatMap(({ texts }) => texts)}],${JSON.stringify(envelope).slice(1)}`
}

function conclude(d: Delivery, batch: Segment[], asks: Segment[], answer: Answer | undefined): boolean {
  const { segments, store, window } = d
  const now = window.Date.now()
  const verdict = judge(answer, now)
  if ('unfit' in verdict && batch.length) {
    d.maxBytes = 0
    if (batch[1]) segments.giveBack(batch)
    else dropAll(d, batch, verdict.unfit)
    return true
  }
  if (!('refused' in verdict)) {
    const { retryAfterMs = 0 } = verdict as { retryAfterMs?: number }
    segments.giveBack(batch)
    if (retryAfterMs) store.set(d.pauseKey, `${now + retryAfterMs}`)
    d.retryAt = now + retryAfterMs + retryDelayMs(d.failures++, window.Math.random())
    return false
  }
  d.failures = 0
  d.maxBytes = maxBodyBytes
  const texts = batch.flatMap((segment) => segment.texts)
  for (const { index, code } of verdict.refused) drop(d, texts[index], code)
  segments.settle(batch)
  // Without those of a page that was left and came back meanwhile.
  const asked = asks.filter((ask) => d.unknown.includes(ask))
  d.unknown = d.unknown.filter((segment) => !asked.includes(segment))
  segments.settle(asked.filter(({ id }) => verdict.known.includes(id)))
  segments.giveBack(asked.filter(({ id }) => !verdict.known.includes(id)))
  return true
}

function dropAll(d: Delivery, gone: Segment[], reason: string): void {
  d.segments.settle(gone)
  for (const { texts } of gone) for (const text of texts) drop(d, text, reason)
}
