import { setTimeout as sleep } from 'node:timers/promises'
import type { Delivery, Deps, Directory, Queue, StitchRules, Store } from '@trailstitch/backends'
import type { Projects } from '@trailstitch/protocol'
import type { CountryLookup } from './enrich/country.ts'
import { createErasing, type Erasing } from './erasing.ts'
import { createIntake, receiptsOf } from './intake.ts'
import { createLeases, leaseMs } from './leases.ts'
import { createRemoving } from './removing.ts'
import { createEnricher } from './steps/enrich.ts'
import { stitchRules } from './stitch/index.ts'

export interface ProcessorOptions {
  queue: Queue
  store: Store
  projects: Projects
  deps: Deps
  /** Country of an IP address; without it events have no country. */
  countryOf?: CountryLookup
  /** Where people to be erased, and projects to be removed, are asked for; without it none is. */
  directory?: Pick<Directory, 'list' | 'read' | 'write' | 'delete'>
  /** The rules of stitching. Default: those of this package. */
  rules?: StitchRules
  /** Chunks received at once, at most 1 MiB each. Default 80. */
  maxChunks?: number
  /** Events folded in one transaction. Default 10,000. */
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

/** Hosted queues bill each receive, empty ones too. It is also how long an idle worker leaves alone what a killed one appended. */
const waitMs = 5_000
const maintainMs = 3_600_000
const backoff = { firstMs: 100, maxMs: 10_000 }

/**
 * The worker. Each round: receive chunks, take them in (prepare, append, ack), stitch. Killed anywhere, the next round of
 * any worker puts it right: an unacked chunk comes again and is recognised by its number, and what is appended but not
 * stitched lies behind the store's watermark.
 */
export function createProcessor(options: ProcessorOptions): Processor {
  const { queue, store, deps, rules = stitchRules, maxChunks = 80, maxStitchEvents = 10_000 } = options
  const prepare = { projects: options.projects, enrich: createEnricher(options) }
  const leases = createLeases(queue)
  const lettingGo = options.directory && createLettingGo({ ...options, directory: options.directory, rules })
  const takeIn = createIntake({ queue, store, deps, prepare, leases, ...(lettingGo && { drop: lettingGo.drop }) })
  let maintainedAt = 0

  /** A piece each round while there is more to do. No event waits for it, so its failure keeps none waiting. */
  const maintain = async (): Promise<void> => {
    if (deps.now() - maintainedAt < maintainMs) return
    try {
      if (await store.maintain({ days: retentionDays(options.projects), rules })) return
    } catch (error) {
      deps.log.error({ error: (error as Error).message }, 'what is old could not be let go of; it is tried in an hour')
    }
    maintainedAt = deps.now()
  }
  const stitchAll = async (): Promise<void> => {
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(rules, maxStitchEvents))
  }
  const { receive: gatherMs = 0 } = queue.traits.gatherMs ?? {}
  let nextReceiveAt = 0
  const receive = async (signal: AbortSignal): Promise<Delivery[]> => {
    const pauseMs = nextReceiveAt - performance.now()
    if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {})
    const startedAt = performance.now()
    const deliveries = await queue.receive({ max: maxChunks, waitMs, leaseMs, signal })
    // What brought little costs as much as what brought much.
    if (deliveries.length < maxChunks) nextReceiveAt = startedAt + gatherMs
    // Held from their arrival: those before them may take longer than a lease lasts.
    leases.hold(receiptsOf(deliveries))
    return deliveries
  }
  const run = async (signal: AbortSignal): Promise<void> => {
    let failures = 0
    let next: Promise<Delivery[]> | undefined
    while (!signal.aborted) {
      try {
        await maintain()
        await lettingGo?.work()
        const ahead = next
        next = undefined // a receive that failed must not be awaited again
        const deliveries = await (ahead ?? receive(signal))
        // The queue fetches the next chunks while this one is worked on.
        if (deliveries.length > 0 && !signal.aborted) {
          next = receive(signal)
          next.catch(() => {})
        }
        await takeIn(deliveries, signal)
        await stitchAll()
        failures = 0
      } catch (error) {
        deps.log.error({ error: (error as Error).message, failures }, 'a round of work failed and is tried again')
        await sleep(Math.min(backoff.firstMs * 2 ** failures++, backoff.maxMs), undefined, { signal }).catch(() => {})
      }
    }
    await leases.giveBack(receiptsOf((await next?.catch(() => [])) ?? []), 0)
  }
  const drain = async (): Promise<void> => {
    for (;;) {
      await lettingGo?.work()
      const deliveries = await queue.receive({ max: maxChunks, waitMs: 0, leaseMs })
      await takeIn(deliveries)
      await stitchAll()
      if (deliveries.length === 0) return
    }
  }
  return { run, drain }
}

/** What people ask for in the directory. */
function createLettingGo(
  options: Pick<ProcessorOptions, 'store' | 'queue' | 'projects' | 'deps'> &
    Required<Pick<ProcessorOptions, 'directory' | 'rules'>>,
): Pick<Erasing, 'drop' | 'work'> {
  const erasing = createErasing(options)
  const removing = createRemoving(options)
  return {
    drop: (chunk) => removing.drop(erasing.drop(chunk)),
    async work() {
      await erasing.work()
      await removing.work()
    },
  }
}

const retentionDays = (projects: Projects): Map<string, number> =>
  new Map(projects.all().flatMap(({ id, retentionDays: days }) => (days === undefined ? [] : [[id, days]])))
