import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openQueue, openStore, type Store, silentLog } from '@trailstitch/backends'
import { createProcessor } from '@trailstitch/processor'
import { createProjects } from '@trailstitch/protocol'
import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { sum } from '../lib/statistics.ts'
import { startWorker } from '../lib/worker.ts'
import type { FeederReply, FeederRequest } from './feeder.ts'
import { watchStore } from './watch.ts'

const eventsPerDay = 1_000_000
const startAt = Date.UTC(2026, 0, 1)

export interface Size {
  events: number
  portion: number
}

/** A queue and a store to be measured. */
export interface Target {
  /** What is being done, for whoever watches. */
  name: string
  queueUrl: string
  storeUrl: string
  size: Size
  /** To be waited after each portion, where the queue is not at rest as soon as nobody receives. Default 0. */
  restMs?: number
}

export const processorBench: Bench = {
  title: 'Processor: from queue to folded profiles',
  how: [
    'One `createProcessor` on one thread, over the SQLite queue and the SQLite store: receive, decode, normalise, enrich, claim, append, ack, stitch into sessions, people and rollups.',
    'The events come in portions of 100,000, which another process writes to the queue while the processor rests; only the processor’s time counts, from its start on a portion until the last event of it is folded.',
    'Seeded traffic of a shop: 800 visits at a time, 40 % of them by returning visitors, sign-ins, second devices; about 1 KB an event, 20 a request, 5 requests a chunk.',
    'The clock is injected and passes a day each 1,000,000 events, so that the run spans 5 days, with what changes from day to day.',
    'Afterwards the books are read: every event is stored once, or the run fails.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const size = options.quick ? { events: 300_000, portion: 30_000 } : { events: 5_000_000, portion: 100_000 }
      const target = embeddedTarget(folder, size)
      const figures = await measureProcessor(options, target)
      return toRows(figures, size, statSync(join(folder, 'store.db')).size)
    }),
}

/** The SQLite queue and the SQLite store, `store.db`, in the folder. */
export const embeddedTarget = (folder: string, size: Size): Target => ({
  name: 'processor',
  queueUrl: `sqlite:${join(folder, 'queue.db')}`,
  storeUrl: `sqlite:${join(folder, 'store.db')}`,
  size,
})

interface Portion {
  ms: number
  cpuMs: number
  bytes: number
}

export interface Figures {
  /** Events a second: over all portions, over the first and the last tenth of them, and in the slowest one. */
  mean: number
  first: number
  last: number
  slowest: number
  /** CPU of all threads, microseconds an event. */
  cpuUs: number
  /** Size of an event as sent. */
  eventBytes: number
  maxRssBytes: number
}

/** Runs a processor over the target's queue and store. */
export async function measureProcessor({ progress }: BenchOptions, target: Target): Promise<Figures> {
  const { size, queueUrl, restMs = 0 } = target
  const clock = { now: startAt }
  const deps = { now: () => clock.now, log: silentLog }
  const feeder = startWorker<FeederRequest, FeederReply>(new URL('./feeder.ts', import.meta.url), [
    queueUrl,
    String(startAt),
    String(eventsPerDay),
  ])
  const queue = await openQueue(queueUrl, deps)
  const inner = await openStore(target.storeUrl, deps)
  const { store, folded } = watchStore(inner)
  const projects = createProjects([{ id: 'shop', name: 'Shop', writeKeys: ['wk_bench'] }])
  const processor = createProcessor({ queue, store, projects, deps })
  const portions: Portion[] = []
  let maxRssBytes = 0
  try {
    for (let done = 0; done < size.events; done += size.portion) {
      const { at, bytes } = await feeder.ask({ events: size.portion })
      clock.now = at
      const stop = new AbortController()
      const allFolded = folded(size.portion)
      const cpu = process.cpuUsage()
      const start = performance.now()
      const running = processor.run(stop.signal)
      await allFolded
      const ms = performance.now() - start
      const { user, system } = process.cpuUsage(cpu)
      stop.abort()
      await running
      await sleep(restMs)
      portions.push({ ms, cpuMs: (user + system) / 1000, bytes })
      maxRssBytes = Math.max(maxRssBytes, process.memoryUsage.rss())
      progress.show(
        `${target.name}: ${done + size.portion} of ${size.events} events, ${Math.round(size.portion / (ms / 1000))} events/s`,
      )
    }
    await checkBooks(inner, size.events)
    return { ...toFigures(portions, size), maxRssBytes }
  } finally {
    await feeder.stop()
    await queue.close()
    await inner.close()
  }
}

async function checkBooks(store: Store, events: number): Promise<void> {
  const { received, stored } = await store.query({ type: 'ledger' })
  if (received !== events || stored !== events)
    throw new Error(`${events} events were sent, ${received} received and ${stored} stored`)
}

function toFigures(portions: readonly Portion[], size: Size): Omit<Figures, 'maxRssBytes'> {
  const rate = (some: readonly Portion[]): number =>
    (some.length * size.portion) / (sum(some.map(({ ms }) => ms)) / 1000)
  const tenth = Math.ceil(portions.length / 10)
  return {
    mean: rate(portions),
    first: rate(portions.slice(0, tenth)),
    last: rate(portions.slice(-tenth)),
    slowest: Math.min(...portions.map((one) => rate([one]))),
    cpuUs: (sum(portions.map(({ cpuMs }) => cpuMs)) * 1000) / size.events,
    eventBytes: sum(portions.map(({ bytes }) => bytes)) / size.events,
  }
}

function toRows(figures: Figures, size: Size, storeBytes: number): Row[] {
  const { mean, first, last, slowest, cpuUs, eventBytes, maxRssBytes } = figures
  const count = size.events.toLocaleString('en')
  return [
    createRow({
      what: `processor, embedded, from queue to folded profiles, mean over ${count} events`,
      value: mean,
      unit: 'events/s',
      goal: { atLeast: 20_000 },
    }),
    createRow({
      what: `processor, last tenth of ${count} events against the first`,
      value: last,
      unit: 'events/s',
      baseline: first,
      goal: { of: 'ratio', atLeast: 0.7 },
    }),
    createRow({ what: 'processor, slowest portion', value: slowest, unit: 'events/s' }),
    createRow({
      what: 'processor, CPU of all its threads',
      key: 'processor-cpu sqlite',
      value: cpuUs,
      unit: 'us/event',
    }),
    createRow({ what: 'processor, size of an event as sent', value: eventBytes, unit: 'bytes' }),
    createRow({
      what: 'processor, size of the store',
      key: 'store-bytes sqlite',
      value: storeBytes / size.events,
      unit: 'bytes/event',
    }),
    createRow({ what: 'processor, RSS at most', value: maxRssBytes / 1e6, unit: 'MB' }),
  ]
}
