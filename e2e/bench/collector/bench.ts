import { join } from 'node:path'
import { withFolder } from '../lib/folder.ts'
import { type Bench, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import { canPin } from '../lib/worker.ts'
import { connections, loadCore, runContest, serverCore, type Turn } from './contest.ts'

const cases = [
  { name: 'batches of 20', batch: 20, ratio: 0.6 },
  { name: 'one event a request', batch: 1, ratio: 0.5 },
]

/** How all servers of this kind are measured, for the docs page. */
export const contestHow = [
  `Each server is one process held to core ${serverCore} with all its threads (\`taskset\`), the load generator to core ${loadCore}; ${connections} kept connections, the next request when the answer is there.`,
  'Events of about 1 KB from seeded traffic; rate limits count and do not bind.',
]

export const collectorBench: Bench = {
  title: 'Collector: durable acknowledgement',
  how: [
    `\`createCollectorApp\` over the SQLite queue, each answer sent after the queue's fsync, against a plain Fastify app that runs the same \`parseBody\` and \`checkBody\` on the same body and writes nothing.`,
    ...contestHow,
    'The two take turns, plain, collector, plain, collector; value and baseline are medians over the turns, the ratio is the median of the ratios of neighbours.',
    '"generator busy" is the share of its core that sending took while the plain app was measured: well below 1, or the baseline is too low.',
  ],
  async run(options) {
    const rows: Row[] = []
    for (const { name, batch, ratio } of cases) {
      // A new queue for each: it fills up, as nobody takes from it.
      const turns = await withFolder((folder) => {
        const queueUrl = `sqlite:${join(folder, 'queue.db')}`
        return runContest({ name: `collector, ${name}`, batch, baseline: 'plain', measured: { queueUrl } }, options)
      })
      rows.push(
        ratioRow(`collector, durable ack, ${name}`, 'plain Fastify', { batch, ratio }, turns),
        cpuRow(`collector, ${name}`, batch, turns),
        ...latencyRows(`collector, ${name}`, turns),
        busyRow(`collector, ${name}`, 'generator', (turn) => turn.baseline.busy, turns),
      )
    }
    return rows
  },
}

/** The measured server's events a second against the baseline's. */
export function ratioRow(
  what: string,
  against: string,
  { batch, ratio }: { batch: number; ratio: number },
  turns: readonly Turn[],
): Row {
  const where = canPin() ? 'one core' : 'cores not held'
  return createRow({
    what: `${what}, ${connections} connections, ${where}, against ${against}`,
    value: median(turns.map(({ measured }) => measured.requestsPerSecond * batch)),
    unit: 'events/s',
    baseline: median(turns.map(({ baseline }) => baseline.requestsPerSecond * batch)),
    ratio: median(turns.map(({ baseline, measured }) => measured.requestsPerSecond / baseline.requestsPerSecond)),
    goal: { of: 'ratio', atLeast: ratio },
  })
}

export function latencyRows(name: string, turns: readonly Turn[]): Row[] {
  const latenciesMs = turns.flatMap(({ measured }) => measured.latenciesMs)
  return [
    createRow({ what: `${name}: time to the ack, p50`, value: median(latenciesMs), unit: 'ms' }),
    createRow({ what: `${name}: time to the ack, p99`, value: quantile(latenciesMs, 0.99), unit: 'ms' }),
  ]
}

/** What an event costs the server; other work on the machine changes it less than the rate. `batch`: events a request. */
export const cpuRow = (name: string, batch: number, turns: readonly Turn[]): Row =>
  createRow({
    what: `${name}: CPU of all its threads`,
    value: median(turns.map(({ measured }) => measured.cpuUs / batch)),
    unit: 'us/event',
    baseline: median(turns.map(({ baseline }) => baseline.cpuUs / batch)),
    ratio: median(turns.map(({ baseline, measured }) => measured.cpuUs / baseline.cpuUs)),
  })

export const busyRow = (name: string, who: string, busy: (turn: Turn) => number, turns: readonly Turn[]): Row =>
  createRow({ what: `${name}: ${who} busy`, value: median(turns.map(busy)), unit: 'cores' })
