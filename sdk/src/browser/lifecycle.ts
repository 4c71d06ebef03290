import { type Delivery, drop, newTab, pausedUntil } from './delivery.ts'
import { adopt, push, restart, take, timeOf } from './event-queue.ts'
import { dropEntries, keepaliveBudgetBytes, send } from './send.ts'

const maxEventBytes = 32 * 1024
const maxBodyBytes = 450_000
/** Of a body, what is not events. */
const envelopeBytes = 2_000
/** The server remembers messageIds for 7 days; what is older could count twice. */
const maxAgeMs = 6 * 86_400_000
/** Time for a request of the page before to arrive, before we ask about it. */
const settleMs = 3_000
const maxAsks = 20

/** Accepts one event as JSON text: it is stored when this returns, or `onDrop` has heard why not. */
export function accept(d: Delivery, text: string): void {
  const { queue } = d
  const bytes = queue.measure(text)
  const isFull = queue.heldBytes + bytes > d.maxQueueBytes
  if (isFull || bytes > maxEventBytes) {
    drop(d, text, bytes > maxEventBytes ? 'event_too_large' : 'queue_full')
    return
  }
  push(queue, text)
  schedule(d, queue.waiting.length < d.flushAt ? d.flushIntervalMs : 0)
}

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
    void send(d, entries, [], true).then(() => schedule(d, d.flushIntervalMs))
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
  if (d.left) return
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
    if (pause > 0) {
      schedule(d, pause)
      return
    }
    expire(d, now)
    const asks = d.unconfirmed.filter(({ sentAt }) => !(Math.abs(now - sentAt) < settleMs)).slice(0, maxAsks)
    const entries = take(queue, d.maxCount, maxBodyBytes)
    if (!entries.length && !asks.length) {
      if (d.unconfirmed.length) schedule(d, settleMs)
      return
    }
    if (!(await send(d, entries, asks, false))) {
      schedule(d, 0)
      return
    }
  }
}

function expire(d: Delivery, now: number): void {
  const { queue } = d
  const old = queue.waiting.filter((entry) => now - timeOf(entry) > maxAgeMs)
  if (!old.length) return
  queue.waiting = queue.waiting.filter((entry) => !old.includes(entry))
  dropEntries(d, queue, old, 'expired')
}
