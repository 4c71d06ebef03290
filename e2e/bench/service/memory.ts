import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median } from '../lib/statistics.ts'
import { type LoadWorker, runLoad, startLoadWorker } from '../load/client.ts'
import { type Ledger, type Service, startService, writeKey } from './service.ts'

const eventsPerSecond = 5_000
const batch = 20
const sampleMs = 500

export const memoryBench: Bench = {
  title: 'Memory of `npm start`',
  how: [
    '`trailstitch start` as one process, nothing configured; another process sends 5,000 events a second in batches of 20, for two minutes.',
    'Twice a second the resident memory of the process is read (`VmRSS` of `/proc/PID/status`, 1 MB = 10^6 bytes). "Growing" compares the median of the last quarter with that of the second: the first is the warm-up.',
    '"Waiting at the end" is what the ledger has in flight when the last answer has come: it shows that the processor kept up and memory was not saved by work left undone.',
  ],
  run: (options) =>
    withFolder(async (folder) => {
      const service = await startService(folder)
      const load = startLoadWorker()
      try {
        return await measure(service, load, options)
      } finally {
        await load.stop()
        await service.stop()
      }
    }),
}

async function measure(service: Service, load: LoadWorker, { quick, progress }: BenchOptions): Promise<Row[]> {
  const ms = quick ? 20_000 : 120_000
  const requestsPerSecond = eventsPerSecond / batch
  let isOver = false
  const sending = runLoad(load, { kind: 'paced', batch, writeKey, port: service.port, requestsPerSecond, ms })
  const markOver = (): void => {
    isOver = true
  }
  sending.then(markOver, markOver)
  const samples: number[] = []
  while (!isOver) {
    await sleep(sampleMs)
    const { rssBytes } = readMemory(service.pid)
    samples.push(rssBytes / 1e6)
    progress.show(`memory: ${Math.round((samples.length * sampleMs) / 1000)} s, ${Math.round(rssBytes / 1e6)} MB`)
  }
  const sent = await sending
  const ledger = await service.read<Ledger>('/ledger')
  const { peakBytes } = readMemory(service.pid)
  return toRows(samples, peakBytes, {
    eventsPerSecond: (sent.sent * batch) / (sent.ms / 1000),
    waiting: ledger?.inFlight ?? Number.NaN,
    seconds: ms / 1000,
  })
}

function toRows(
  samples: readonly number[],
  peakBytes: number | undefined,
  load: { eventsPerSecond: number; waiting: number; seconds: number },
): Row[] {
  const quarter = Math.floor(samples.length / 4)
  const second = median(samples.slice(quarter, 2 * quarter))
  const last = median(samples.slice(-quarter))
  const rows = [
    createRow({
      what: `memory of npm start under 5,000 events/s for ${load.seconds} s, RSS at most`,
      value: Math.max(...samples),
      unit: 'MB',
      goal: { atMost: 400 },
    }),
    createRow({
      what: 'the same, not growing: last quarter of the time against the second',
      value: last,
      unit: 'MB',
      baseline: second,
      goal: { of: 'ratio', atMost: 1.1 },
    }),
    createRow({ what: 'the same, load sent and acknowledged', value: load.eventsPerSecond, unit: 'events/s' }),
    createRow({ what: 'the same, waiting at the end', value: load.waiting, unit: 'events' }),
  ]
  if (peakBytes !== undefined)
    rows.push(createRow({ what: 'the same, peak since the start (VmHWM)', value: peakBytes / 1e6, unit: 'MB' }))
  return rows
}

/** The peak is known on Linux alone. */
function readMemory(pid: number): { rssBytes: number; peakBytes: number | undefined } {
  let status: string
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return {
      rssBytes: Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024,
      peakBytes: undefined,
    }
  }
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024
  return { rssBytes: field('VmRSS'), peakBytes: field('VmHWM') }
}
