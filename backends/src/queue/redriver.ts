import { randomUUID } from 'node:crypto'
import type { Deps } from '../deps.ts'
import type { Kv } from '../kv/port.ts'
import { isChunk, type Overflow, overflowPrefix, rejectedChunksPrefix } from './overflow.ts'
import type { Queue } from './port.ts'
import { within } from './within.ts'

export interface RedriverOptions {
  queue: Pick<Queue, 'send'>
  overflow: Overflow
  /** Keeps re-drivers of several processes from doing the same work. Without it they may; it does no harm. */
  kv?: Pick<Kv, 'compareAndSet'>
  deps: Deps
  /** Chunks sent at once, at most 1 MiB each. Default 16. */
  maxChunks?: number
}

/** How long an empty overflow is not looked at. */
const idleMs = 5_000
const backoff = { firstMs: 500, maxMs: 10_000 }
const leaseKey = 'overflow/redriver'
/** Listed at once: a look into a full folder costs about the same for few names as for many. */
const maxNames = 1_000
/** For one batch. Longer than the sqlite queue waits for a lock, shorter than the lease. */
const batchDeadlineMs = 20_000
/** Renewed before each batch; a killed holder's passes on after it, one that was stopped lets go. */
const leaseMs = 30_000
const kvDeadlineMs = 2_000

/** What became of one batch of the overflow. */
interface Batch {
  moved: number
  /** Why chunks of it stayed where they are. */
  failure?: unknown
}

/**
 * Brings chunks from the overflow into the queue until the signal aborts, and resolves at once then, give or take the
 * time that kv takes to pass the work on, 2 s at most. A chunk leaves the
 * overflow only after the queue has confirmed it, so one that is sent again after a kill, or by another re-driver, is
 * known by its number. Failures are logged once and tried again, from 500 ms to 10 s apart; what fails does not hold up
 * what lies behind it. Bytes that are no chunk are set aside under `rejected-chunks/`. Never rejects.
 */
export async function runRedriver(options: RedriverOptions, signal: AbortSignal): Promise<void> {
  const { overflow, deps, maxChunks = 16 } = options
  const lease = createLease(options)
  /** The rest of a sweep: names that were listed, and where the list goes on. */
  let names: string[] = []
  let cursor: string | undefined
  let failures = 0
  let isClean = true

  const work = async (batch: Batch): Promise<void> => {
    if (!(await lease.take())) {
      names = []
      cursor = undefined
      return
    }
    if (names.length === 0) {
      const found = await overflow.list(overflowPrefix, { limit: maxNames, ...(cursor !== undefined && { cursor }) })
      names = found.items.map(({ name }) => name)
      cursor = found.nextCursor ?? undefined
    }
    await redriveBatch(options, names.splice(0, maxChunks), batch, signal)
  }
  while (!signal.aborted) {
    const batch: Batch = { moved: 0 }
    try {
      await within(untilAborted(work(batch), signal), batchDeadlineMs)
    } catch (error) {
      batch.failure = error
    }
    const { moved, failure } = batch
    if (moved > 0) deps.log.info({ chunks: moved }, 'chunks went from the overflow into the queue')
    if (failure !== undefined) {
      isClean = false
      if (failures === 0) deps.log.warn({ error: String(failure) }, 'the overflow cannot be brought into the queue yet')
      await pause(Math.min(backoff.firstMs * 2 ** failures++, backoff.maxMs), signal)
    }
    if (names.length > 0 || cursor !== undefined) continue
    // Only then: one chunk that fails for ever is told of once, though others move meanwhile.
    if (isClean) failures = 0
    isClean = true
    await pause(idleMs, signal)
  }
  await lease.letGo()
}

/** Notes on `batch` how far it has come, which counts even when it fails midway. */
async function redriveBatch(
  { queue, overflow, deps }: RedriverOptions,
  names: readonly string[],
  batch: Batch,
  signal: AbortSignal,
): Promise<void> {
  const chunks: { name: string; body: Uint8Array }[] = []
  for (const name of names) {
    const body = await overflow.get(name)
    if (body === undefined) continue // another re-driver was faster
    if (isChunk(body)) chunks.push({ name, body })
    else await setAside(overflow, name, body, deps)
  }
  if (chunks.length === 0 || signal.aborted) return
  const outcomes = await queue.send(chunks.map(({ body }) => body))
  for (const [index, { name }] of chunks.entries()) {
    const outcome = outcomes[index]
    if (!outcome?.ok) {
      batch.failure = outcome?.error ?? new Error('the queue gave no reason')
      continue
    }
    await overflow.delete(name)
    batch.moved++
  }
}

/** Copied before it is deleted: killed in between it is set aside once more, under the same name. */
async function setAside(
  overflow: RedriverOptions['overflow'],
  name: string,
  body: Uint8Array,
  { log }: Deps,
): Promise<void> {
  const aside = `${rejectedChunksPrefix}${name.slice(overflowPrefix.length)}`
  await overflow.put(aside, body)
  await overflow.delete(name)
  log.error({ name: aside, bytes: body.length }, 'what lay in the overflow is no chunk and was set aside')
}

interface Lease {
  /** Whether the work of the next moment is ours. A kv that fails leaves it to everybody: twice is better than never. */
  take(): Promise<boolean>
  /** Others need not wait for its end. */
  letGo(): Promise<void>
}

function createLease({ kv }: RedriverOptions): Lease {
  const own = randomUUID()
  let isHeld = false
  const set = async (expected: string | undefined, ttlMs: number): Promise<boolean> =>
    kv !== undefined && within(kv.compareAndSet(leaseKey, expected, own, ttlMs), kvDeadlineMs)
  return {
    async take() {
      if (!kv) return true
      try {
        isHeld = (await set(undefined, leaseMs)) || (await set(own, leaseMs))
        return isHeld
      } catch {
        return true
      }
    },
    async letGo() {
      if (isHeld) await set(own, 1).catch(() => {}) // then it ends by itself
    },
  }
}

/** Undefined when the signal comes first; the work goes on unobserved, up to its next step. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>()
  const end = (): void => aborted.resolve(undefined)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await untilAborted(over, signal)
  clearTimeout(timer)
}
