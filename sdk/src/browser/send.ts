import { randomId } from '../lib/random-id.ts'
import { retryDelayMs } from '../lib/retry.ts'
import { safely } from '../lib/safely.ts'
import { type Answer, judge } from '../lib/verdict.ts'
import { type Delivery, drop, maxBatchEvents, pauseKey } from './delivery.ts'
import { type Batch, type Entry, giveBack, mark, settle, unmark } from './event-queue.ts'

/** Browsers allow 64 KiB of keepalive bodies in flight; the rest is for the headers and for others on the page. */
export const keepaliveBudgetBytes = 60_000
const requestTimeoutMs = 30_000

/** One request and what follows from its answer. True when there is reason to go on at once. Never rejects. */
export async function send(d: Delivery, entries: Entry[], asks: Batch[], leaving: boolean): Promise<boolean> {
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
    return false
  }
  d.failures = 0
  d.maxCount = Math.min(maxBatchEvents, d.maxCount * 2)
  for (const { index, code } of verdict.refused) dropEntries(d, batch, entries.slice(index, index + 1), code)
  settle(queue, batch, entries)
  for (const ask of asks) confirm(d, ask, verdict.known.includes(ask.id))
  return true
}

/** Drops entries that will never be delivered. */
export function dropEntries(d: Delivery, batch: Pick<Batch, 'tab'>, entries: Entry[], reason: string): void {
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
