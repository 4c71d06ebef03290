import { setTimeout as sleep } from 'node:timers/promises'
import { type AppendChunk, BackendError, type Delivery, type Deps, type Queue, type Store } from '@trailstitch/backends'
import { decodeChunk } from '@trailstitch/protocol'
import type { Leases } from './leases.ts'
import { type PrepareOptions, prepareChunk } from './steps/prepare.ts'

export interface IntakeOptions {
  queue: Queue
  store: Store
  deps: Deps
  prepare: PrepareOptions
  leases: Leases
  /** Takes out of a chunk what must not be stored; asked at each try. Default: nothing. */
  drop?: (chunk: AppendChunk) => AppendChunk
}

/** Events appended in one transaction, one chunk at least. */
const maxEvents = 8_000
const retry = { firstMs: 100, maxMs: 5_000 }

interface Opened {
  receipt: string
  chunk: AppendChunk
}

/**
 * Takes delivered chunks in: prepare, append, ack. In slices of about {@link maxEvents}, so that memory is bounded by
 * one slice and not by what was received.
 *
 * - A chunk that can't be opened is given back, until the queue counts it among the dead.
 * - A store that is down (locked, full, read-only, away) keeps the slice in hand and is tried again: none of its chunks is to
 *   blame, so none may count up to its death.
 * - Any other failure is looked for chunk by chunk. The one that fails alone is given back; the others go on.
 */
export function createIntake(
  options: IntakeOptions,
): (deliveries: readonly Delivery[], signal?: AbortSignal) => Promise<void> {
  const { leases } = options
  return async (deliveries, signal) => {
    const open = new Set(receiptsOf(deliveries))
    leases.hold(open)
    try {
      let slice: Opened[] = []
      let events = 0
      for (const delivery of deliveries) {
        const opened = await openDelivery(delivery, options)
        if (!opened) continue
        slice.push(opened)
        events += opened.chunk.events.length
        if (events < maxEvents) continue
        await takeSlice(slice, options, signal)
        for (const { receipt } of slice) open.delete(receipt)
        slice = []
        events = 0
      }
      if (slice.length > 0) await takeSlice(slice, options, signal)
      open.clear()
    } finally {
      await leases.giveBack(open, 0).catch(() => {}) // then they come again once their leases run out
    }
  }
}

export const receiptsOf = (deliveries: readonly { receipt: string }[]): string[] =>
  deliveries.map(({ receipt }) => receipt)

async function openDelivery(
  { receipt, body }: Delivery,
  { leases, deps, prepare }: IntakeOptions,
): Promise<Opened | undefined> {
  try {
    return { receipt, chunk: prepareChunk(decodeChunk(body), prepare) }
  } catch (error) {
    deps.log.error({ error: (error as Error).message }, 'a chunk cannot be opened')
    await leases.giveBack([receipt], retry.firstMs)
    return undefined
  }
}

async function takeSlice(slice: readonly Opened[], options: IntakeOptions, signal?: AbortSignal): Promise<void> {
  const { queue, leases, deps } = options
  try {
    await appendPatiently(slice, options, signal)
  } catch (error) {
    if (isDown(error)) throw error
    const [only, ...others] = slice
    if (!only || others.length > 0) {
      for (const one of slice) await takeSlice([one], options, signal)
      return
    }
    deps.log.error(
      { collector: only.chunk.collector, seq: only.chunk.seq, error: (error as Error).message },
      'a chunk cannot be taken in',
    )
    await leases.giveBack([only.receipt], retry.firstMs)
    return
  }
  const receipts = receiptsOf(slice)
  await queue.ack(receipts)
  leases.release(receipts)
}

/** Appends, again and again while the store is down, until the signal aborts. */
async function appendPatiently(
  slice: readonly Opened[],
  { store, deps, drop = (chunk) => chunk }: IntakeOptions,
  signal?: AbortSignal,
): Promise<void> {
  for (let failures = 0; ; failures++) {
    try {
      await store.append(slice.map(({ chunk }) => drop(chunk)))
      return
    } catch (error) {
      if (!isDown(error) || signal?.aborted || !signal) throw error
      deps.log.warn({ error: (error as Error).message, failures }, 'the store is down, events wait in the queue')
      await sleep(Math.min(retry.firstMs * 2 ** failures, retry.maxMs), undefined, { signal }).catch(() => {})
    }
  }
}

const downCodes = new Set(['file_locked', 'disk_full', 'file_unwritable', 'unreachable'])
const isDown = (error: unknown): boolean => error instanceof BackendError && downCodes.has(error.code)
