import { join } from 'node:path'
import { type CollectorServer, startServer, writeKey } from '../collector/contest.ts'
import { sqsPerMillion, volumes } from '../cost/prices.ts'
import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { startWorker } from '../lib/worker.ts'
import { type LoadWorker, runLoad, startLoadWorker } from '../load/client.ts'
import { type Emulator, startEmulator } from './client.ts'
import { addUp, type Bill } from './units.ts'

const batch = 20
const secondsPerDay = 86_400
const daysPerMonth = 30

interface Case {
  /** How it is called in the table. */
  at: string
  /** Undefined: as many as get through. */
  requestsPerSecond?: number
  /** Added to each request to SQS, as a network would. Default 0. */
  delayMs?: number
}

/** A guess at the way to SQS and back, inside a region, with what SQS takes. */
const networkMs = 10
const largest = volumes[2]
const perSecond = ({ eventsPerDay }: { eventsPerDay: number }): number => eventsPerDay / secondsPerDay / batch

const cases: readonly Case[] = [
  ...volumes.map((volume) => ({ at: volume.name, requestsPerSecond: perSecond(volume) })),
  { at: `${largest.name}, ${networkMs} ms to SQS`, requestsPerSecond: perSecond(largest), delayMs: networkMs },
  { at: '250 requests/s', requestsPerSecond: 250 },
  { at: 'saturated' },
]

export const billBench: Bench = {
  title: 'Requests that SQS bills',
  how: [
    'A collector, a processor over a SQLite store, and fauxqs, each a process of its own; a proxy before fauxqs counts what passes, until the queue is empty again.',
    'SQS bills each request, empty receives too, and one more for each further 64 KiB of messages in it. A batch is one request.',
    'Requests of 20 events, about 18 KB, at a steady rate; "1M events a day" is that many, spread evenly over the day. "Saturated" is 64 connections that each send the next request when the answer is there. A month has 30 days and goes on like this.',
    'While no send is under way a chunk leaves at once, and a processor takes what is there. So as long as a send is over before the next request comes, each request is a message of its own, sent, received and deleted: 3 requests for 20 events, which is dear by the million and little by the month. The faster requests come, the more of them share a message.',
    `Sends here are over within a few milliseconds. The real SQS is further away, so that more requests share a message: the case with ${networkMs} ms added to each request shows it. A busy machine has the same effect.`,
    'A processor that has nothing to do asks every 5 s: 17,280 requests a day, 0.21 USD a month. They are not in the table.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const emulator = startEmulator()
      const { countedUrl } = await emulator.ask({})
      const server = startServer({ queueUrl: countedUrl })
      const processor = startWorker(new URL('../processor/worker.ts', import.meta.url), [
        countedUrl,
        `sqlite:${join(folder, 'store.db')}`,
        writeKey,
      ])
      const load = startLoadWorker()
      try {
        await processor.ask({})
        return await runCases({ emulator, server, load }, options)
      } finally {
        await Promise.all([load, server, processor].map((worker) => worker.stop()))
        await emulator.stop()
      }
    }),
}

interface Stage {
  emulator: Emulator
  server: CollectorServer
  load: LoadWorker
}

async function runCases({ emulator, server, load }: Stage, { quick, progress }: BenchOptions): Promise<Row[]> {
  const { port } = await server.ask({ kind: 'look' })
  const to = { batch, writeKey, port }
  const rows: Row[] = []
  // What both ask at their start is no part of a rate.
  await runLoad(load, { kind: 'paced', ...to, requestsPerSecond: 5, ms: 1_000 })
  for (const { at, requestsPerSecond, delayMs = 0 } of cases) {
    progress.show(`SQS, ${at}`)
    await emulator.ask({ whenEmpty: true, delayMs })
    const ms = (quick ? 3_000 : 15_000) / (requestsPerSecond === undefined ? 4 : 1)
    const { sent, tookMs } = await send(load, { ...to, requestsPerSecond, ms })
    const { requests } = await emulator.ask({ whenEmpty: true })
    rows.push(...toRows(at, sent * batch, tookMs, addUp(requests)))
  }
  return rows
}

interface Stint {
  batch: number
  writeKey: string
  port: number
  requestsPerSecond: number | undefined
  ms: number
}

async function send(
  load: LoadWorker,
  { requestsPerSecond, ms, ...to }: Stint,
): Promise<{ sent: number; tookMs: number }> {
  if (requestsPerSecond === undefined) {
    const { latenciesMs } = await runLoad(load, { kind: 'closed', ...to, connections: 64, ms })
    return { sent: latenciesMs.length, tookMs: ms }
  }
  const { sent, ms: untilLastMs } = await runLoad(load, { kind: 'paced', ...to, requestsPerSecond, ms })
  // The last request leaves before its share of the time is over.
  return { sent, tookMs: Math.max((sent / requestsPerSecond) * 1000, untilLastMs) }
}

function toRows(at: string, events: number, ms: number, bill: Bill): Row[] {
  const perMillion = 1_000_000 / events
  const eventsPerSecond = events / (ms / 1000)
  const eventsPerMonth = eventsPerSecond * secondsPerDay * daysPerMonth
  const dollars = (bill.units * perMillion * sqsPerMillion) / 1_000_000
  return [
    createRow({ at, what: 'events/s', value: eventsPerSecond, unit: 'events/s' }),
    createRow({ at, what: 'events a message', value: events / bill.messages, unit: 'events' }),
    createRow({ at, what: 'size of a message', value: bill.sentBytes / bill.messages / 1024, unit: 'KiB' }),
    createRow({ at, what: 'requests per million events', value: bill.requests * perMillion, unit: 'requests' }),
    createRow({ at, what: 'of these, to send', value: bill.sends * perMillion, unit: 'requests' }),
    createRow({ at, what: 'of these, to receive', value: bill.receives * perMillion, unit: 'requests' }),
    createRow({
      at,
      what: 'billed per million events',
      key: 'sqs-units',
      value: bill.units * perMillion,
      unit: 'requests',
    }),
    createRow({ at, what: 'SQS: price per million events', value: dollars, unit: 'USD', goal: { atMost: 0.02 } }),
    createRow({ at, what: 'SQS: price per month', value: (dollars * eventsPerMonth) / 1_000_000, unit: 'USD' }),
  ]
}
