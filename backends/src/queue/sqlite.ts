import { Worker } from 'node:worker_threads'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { filePathOf } from '../open.ts'
import { createThread } from '../sqlite/thread.ts'
import { maxChunkBytes, type Queue, type QueueOptions, type SendOutcome } from './port.ts'
import type { Calls, Thread, ThreadData } from './thread.ts'

/** Knobs that no URL turns. */
export interface SqliteQueueTuning {
  /** How long to wait for another process's write before `file_locked`. Default 10,000. */
  busyMs?: number
  /** Starts the thread. */
  startThread?: (data: ThreadData) => Worker
}

/** How often a waiting receive looks for messages of other processes. */
const pollMs = 22

// Under tsc the file is JavaScript next to this one; in the sources it is TypeScript, which Node runs as it is.
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './sqlite-thread.ts' : './sqlite-thread.js',
  import.meta.url,
)
export const startQueueThread = (data: ThreadData): Worker => new Worker(threadUrl, { workerData: data })

/**
 * The queue in one SQLite file: `sqlite:./data/queue.db`. Any number of processes may open the file at once. All work
 * on the file happens in a thread of its own, so an fsync never holds up the caller's event loop.
 */
export async function openSqliteQueue(
  url: string,
  deps: Deps,
  options: QueueOptions,
  tuning: SqliteQueueTuning = {},
): Promise<Queue> {
  const path = filePathOf(url)
  const data: ThreadData = { path, maxReceives: options.maxReceives ?? 5, busyMs: tuning.busyMs ?? 10_000 }
  const queue = createSqliteQueue(deps, () => (tuning.startThread ?? startQueueThread)(data))
  try {
    await queue.ready()
  } catch (error) {
    if (!(error instanceof BackendError) || !error.retryable) {
      await queue.close()
      throw error
    }
    deps.log.warn(
      { path, code: error.code, error: error.message },
      'the queue cannot be used yet; sends fail until it can',
    )
  }
  return queue
}

function createSqliteQueue(deps: Deps, start: () => Worker): Queue & { ready(): Promise<void> } {
  const thread = createThread<Calls>(start)
  const wakeUp = createWakeUp()
  let closing: Promise<void> | undefined
  const isClosing = (): boolean => closing !== undefined
  const call: Thread['call'] = async (...args) => {
    if (isClosing()) throw new BackendError('closed')
    return thread.call(...args)
  }

  return {
    traits: { maxMessageBytes: maxChunkBytes, listsPending: true },
    ready: () => call('open', deps.now(), []),
    async send(bodies) {
      const outcome = await trySend(call, deps.now(), bodies)
      if (outcome.ok) wakeUp.all()
      return bodies.map(() => outcome)
    },
    async receive({ max, waitMs, leaseMs, signal }) {
      const until = performance.now() + waitMs
      signal?.addEventListener('abort', wakeUp.all, { once: true })
      try {
        while (!isClosing() && !signal?.aborted) {
          const seen = wakeUp.count()
          const found = await call('receive', deps.now(), [max, leaseMs])
          const leftMs = until - performance.now()
          if (found.length > 0 || leftMs <= 0) return found
          await wakeUp.nap(Math.min(pollMs, leftMs), seen)
        }
        return []
      } finally {
        signal?.removeEventListener('abort', wakeUp.all)
      }
    },
    ack: (receipts) => call('ack', deps.now(), [receipts]),
    async nack(receipts, delayMs) {
      await call('nack', deps.now(), [receipts, delayMs])
      wakeUp.all()
    },
    extend: (receipts, leaseMs) => call('extend', deps.now(), [receipts, leaseMs]),
    list: (state, { limit, cursor }) => call('list', deps.now(), [state, limit, cursor]),
    async redrive(ids) {
      const count = await call('redrive', deps.now(), [ids])
      wakeUp.all()
      return count
    },
    depth: () => call('depth', deps.now(), []),
    scrub: () => call('scrub', deps.now(), []),
    close() {
      closing ??= thread
        .call('close', deps.now(), [])
        .catch(() => undefined) // the file is in whatever state a kill would leave it in, which every open copes with
        .then(() => thread.stop())
      wakeUp.all()
      return closing
    },
  }
}

/** All bodies of a call share a transaction, so they share their outcome, too. */
async function trySend(call: Thread['call'], now: number, bodies: readonly Uint8Array[]): Promise<SendOutcome> {
  try {
    // Copies: what is handed to a thread is gone for the caller, who may still want to put it elsewhere.
    const copies = bodies.map((body) => new Uint8Array(body))
    const buffers = copies.map(({ buffer }) => buffer)
    await call('send', now, [copies], buffers)
    return { ok: true }
  } catch (error) {
    return {
      ok: false,
      error: error instanceof BackendError ? error : new BackendError('backend_failed', String(error)),
    }
  }
}

interface WakeUp {
  count(): number
  /** Ends after `ms`, or with the next `all`, or at once if there was one since `seen` was counted. */
  nap(ms: number, seen: number): Promise<void>
  all(): void
}

function createWakeUp(): WakeUp {
  const naps = new Set<() => void>()
  let count = 0
  return {
    count: () => count,
    nap: (ms, seen) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer)
          naps.delete(end)
          resolve()
        }
        const timer = setTimeout(end, ms)
        naps.add(end)
        if (count !== seen) end()
      }),
    all() {
      count++
      for (const end of naps) end()
    },
  }
}
