import { statSync } from 'node:fs'
import { join } from 'node:path'
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

interface Size {
  events: number
  portion: number
}

/** A store to be measured. */
export interface Target {
  /** How it is called in the table, such as `embedded`. */
  name: string
  storeUrl: string
  /** Bytes it takes in the end; undefined where that cannot be told. */
  bytes(): number | undefined
  size: Size
  /** Events a second to be reached, and how the last tenth is to compare with the first. */
  goals: { rate?: number; flat?: number }
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
    withFolder((folder) => {
      const path = join(folder, 'store.db')
      return measureProcessor(folder, options, {
        name: 'embedded',
        storeUrl: `sqlite:${path}`,
        bytes: () => statSync(path).size,
        size: options.quick ? { events: 300_000, portion: 30_000 } : { events: 5_000_000, portion: 100_000 },
        goals: { rate: 20_000, flat: 0.7 },
      })
    }),
}

interface Portion {
  ms: number
  cpuMs: number
  bytes: number
}

/** Runs a processor over the SQLite queue in the folder and the target's store. */
export async function measureProcessor(folder: string, options: BenchOptions, target: Target): Promise<Row[]> {
  const { size } = target
  const queueUrl = `sqlite:${join(folder, 'queue.db')}`
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
      portions.push({ ms, cpuMs: (user + system) / 1000, bytes })
      maxRssBytes = Math.max(maxRssBytes, process.memoryUsage.rss())
      options.progress.show(
        `processor: ${done + size.portion} of ${size.events} events, ${Math.round(size.portion / (ms / 1000))} events/s`,
      )
    }
    await checkBooks(inner, size.events)
    return toRows(portions, target, maxRssBytes)
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

function toRows(portions: readonly Portion[], { name, size, bytes, goals }: Target, maxRssBytes: number): Row[] {
  const rate = (some: readonly Portion[]): number =>
    (some.length * size.portion) / (sum(some.map(({ ms }) => ms)) / 1000)
  const tenth = Math.ceil(portions.length / 10)
  const first = rate(portions.slice(0, tenth))
  const last = rate(portions.slice(-tenth))
  const count = size.events.toLocaleString('en')
  const title = name === 'embedded' ? 'processor' : `processor, ${name}`
  const stored = bytes()
  return [
    createRow({
      what: `processor, ${name}, from queue to folded profiles, mean over ${count} events`,
      value: rate(portions),
      unit: 'events/s',
      ...(goals.rate !== undefined && { goal: { atLeast: goals.rate } }),
    }),
    createRow({
      what: `${title}, last tenth of ${count} events against the first`,
      value: last,
      unit: 'events/s',
      baseline: first,
      ...(goals.flat !== undefined && { goal: { of: 'ratio' as const, atLeast: goals.flat } }),
    }),
    createRow({
      what: `${title}, slowest portion`,
      value: Math.min(...portions.map((one) => rate([one]))),
      unit: 'events/s',
    }),
    createRow({
      what: `${title}, CPU of all its threads`,
      value: (sum(portions.map(({ cpuMs }) => cpuMs)) * 1000) / size.events,
      unit: 'us/event',
    }),
    createRow({
      what: `${title}, size of an event as sent`,
      value: sum(portions.map(({ bytes }) => bytes)) / size.events,
      unit: 'bytes',
    }),
    ...(stored === undefined
      ? []
      : [createRow({ what: `${title}, size of the store`, value: stored / size.events, unit: 'bytes/event' })]),
    createRow({ what: `${title}, RSS at most`, value: maxRssBytes / 1e6, unit: 'MB' }),
  ]
}
