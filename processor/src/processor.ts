import { setTimeout as sleep } from 'node:timers/promises'
import type { AppendChunk, Delivery, Deps, Queue, StitchRules, Store } from '@trailstitch/backends'
import { decodeChunk, type Projects } from '@trailstitch/protocol'
import type { CountryLookup } from './enrich/country.ts'
import { createEnricher } from './steps/enrich.ts'
import { prepareChunk } from './steps/prepare.ts'
import { stitchRules } from './stitch/index.ts'

export interface ProcessorOptions {
  queue: Queue
  store: Store
  projects: Projects
  deps: Deps
  /** Country of an IP address; without it events have no country. */
  countryOf?: CountryLookup
  /** The rules of stitching. Default: those of this package. */
  rules?: StitchRules
  /** Chunks taken at once. More make a transaction cheaper per event and longer. Default 64. */
  maxChunks?: number
  /** Events folded in one transaction. Default 20,000. */
  maxStitchEvents?: number
}

export interface Processor {
  /**
   * Works until the signal aborts, then finishes what it has in hand and resolves. Failures of queue or store are logged
   * and tried again, from 100 ms to 10 s apart; what was in hand is redelivered.
   */
  run(signal: AbortSignal): Promise<void>
  /** Works until the queue has nothing ready and everything is stitched. Failures reject. */
  drain(): Promise<void>
}

const leaseMs = 60_000
const waitMs = 1_000
const maintainMs = 3_600_000
const backoff = { firstMs: 100, maxMs: 10_000 }

/**
 * The worker. Each round: receive chunks, prepare them, append them in one transaction, ack them, stitch. Killed
 * anywhere, the next round of any worker puts it right: an unacked chunk comes again and is recognised by its number, and
 * what is appended but not stitched lies behind the store's watermark.
 */
export function createProcessor(options: ProcessorOptions): Processor {
  const { queue, store, deps, rules = stitchRules, maxChunks = 64, maxStitchEvents = 20_000 } = options
  const prepare = { projects: options.projects, enrich: createEnricher(options) }

  /** A chunk that can't be opened at all is given back until the queue counts it among the dead. */
  const open = async (deliveries: readonly Delivery[]): Promise<{ receipts: string[]; chunks: AppendChunk[] }> => {
    const opened = { receipts: [] as string[], chunks: [] as AppendChunk[] }
    const bad: string[] = []
    for (const { receipt, body } of deliveries) {
      try {
        opened.chunks.push(prepareChunk(decodeChunk(body), prepare))
        opened.receipts.push(receipt)
      } catch (error) {
        deps.log.error({ receipt, error: (error as Error).message }, 'a chunk cannot be opened')
        bad.push(receipt)
      }
    }
    if (bad.length > 0) await queue.nack(bad, 0)
    return opened
  }

  const takeIn = async (deliveries: readonly Delivery[]): Promise<void> => {
    const { receipts, chunks } = await open(deliveries)
    if (chunks.length === 0) return
    try {
      await store.append(chunks)
    } catch (error) {
      await queue.nack(receipts, backoff.firstMs)
      throw error
    }
    await queue.ack(receipts)
  }

  const stitchAll = async (): Promise<void> => {
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(rules, maxStitchEvents))
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    let failures = 0
    let maintainedAt = 0
    let next: Promise<Delivery[]> | undefined
    while (!signal.aborted) {
      try {
        if (deps.now() - maintainedAt > maintainMs) {
          await store.maintain()
          maintainedAt = deps.now()
        }
        const deliveries = await (next ?? receive(queue, maxChunks, signal))
        // The queue has a thread of its own: it fetches the next chunks while this one works on these.
        next = deliveries.length > 0 && !signal.aborted ? receive(queue, maxChunks, signal, 0) : undefined
        next?.catch(() => {})
        await takeIn(deliveries)
        await stitchAll()
        failures = 0
      } catch (error) {
        deps.log.error({ error: (error as Error).message, failures }, 'a round of work failed and is tried again')
        const pauseMs = Math.min(backoff.firstMs * 2 ** failures++, backoff.maxMs)
        await sleep(pauseMs, undefined, { signal }).catch(() => {})
      }
    }
    const left = await next?.catch(() => [])
    if (left && left.length > 0)
      await queue.nack(
        left.map(({ receipt }) => receipt),
        0,
      )
  }

  const drain = async (): Promise<void> => {
    for (;;) {
      const deliveries = await queue.receive({ max: maxChunks, waitMs: 0, leaseMs })
      if (deliveries.length === 0) return stitchAll()
      await takeIn(deliveries)
      await store.stitch(rules, maxStitchEvents)
    }
  }
  return { run, drain }
}

/** A receive that ends early when the signal aborts, so that stopping does not wait for the queue. */
async function receive(queue: Queue, max: number, signal: AbortSignal, wait = waitMs): Promise<Delivery[]> {
  const deadline = wait
  const slice = Math.min(deadline, 250)
  for (let waited = 0; ; waited += slice) {
    const deliveries = await queue.receive({ max, waitMs: slice, leaseMs })
    if (deliveries.length > 0 || waited + slice >= deadline || signal.aborted) return deliveries
  }
}
