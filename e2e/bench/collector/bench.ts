import { withFolder } from '../lib/folder.ts'
import { type Bench, type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import { canPin, startWorker } from '../lib/worker.ts'
import { type LoadWorker, runLoad, startLoadWorker } from '../load/client.ts'
import type { ServerReply, ServerRequest } from './server.ts'

const connections = 64
const writeKey = 'wk_bench'
const serverCore = 0
const loadCore = 1

const cases = [
  { name: 'batches of 20', batch: 20, ratio: 0.6 },
  { name: 'one event a request', batch: 1, ratio: 0.5 },
]

export const collectorBench: Bench = {
  title: 'Collector: durable acknowledgement',
  how: [
    `\`createCollectorApp\` over the SQLite queue, each answer sent after the queue's fsync, against a plain Fastify app that runs the same \`parseBody\` and \`checkBody\` on the same body and writes nothing.`,
    `Each server is one process held to core ${serverCore} with all its threads (\`taskset\`), the load generator to core ${loadCore}; ${connections} kept connections, the next request when the answer is there.`,
    'Events of about 1 KB from seeded traffic; rate limits count and do not bind.',
    'The two take turns, plain, collector, plain, collector; value and baseline are medians over the turns, the ratio is the median of the ratios of neighbours.',
    '"generator busy" is the share of its core that sending took while the plain app was measured: well below 1, or the baseline is too low.',
  ],
  async run(options) {
    const rows: Row[] = []
    // A new queue for each: it fills up, as nobody takes from it.
    for (const one of cases) rows.push(...(await withFolder((folder) => runCase(one, folder, options))))
    return rows
  },
}

async function runCase(one: (typeof cases)[number], folder: string, { quick, progress }: BenchOptions): Promise<Row[]> {
  const startServer = (form: 'plain' | 'collector') =>
    startWorker<ServerRequest, ServerReply>(
      new URL('./server.ts', import.meta.url),
      [form, folder, writeKey],
      serverCore,
    )
  const load = startLoadWorker(loadCore)
  const servers = { plain: startServer('plain'), collector: startServer('collector') }
  try {
    const ports = {
      plain: (await servers.plain.ask({ kind: 'listen' })).port,
      collector: (await servers.collector.ask({ kind: 'listen' })).port,
    }
    const turns = await takeTurns(load, ports, one.batch, quick, (turn) =>
      progress.show(`collector, ${one.name}: turn ${turn}`),
    )
    return toRows(one, turns)
  } finally {
    await Promise.all([load.stop(), servers.plain.stop(), servers.collector.stop()])
  }
}

interface Turn {
  plain: number
  collector: number
  latenciesMs: number[]
  busy: number
}

async function takeTurns(
  load: LoadWorker,
  ports: { plain: number; collector: number },
  batch: number,
  quick: boolean,
  show: (turn: number) => void,
): Promise<Turn[]> {
  const send = (port: number, ms: number) => runLoad(load, { kind: 'closed', batch, writeKey, port, connections, ms })
  const [count, ms, warmUpMs] = quick ? [2, 1_500, 1_000] : [5, 4_000, 3_000]
  await send(ports.plain, warmUpMs)
  await send(ports.collector, warmUpMs)
  const turns: Turn[] = []
  while (turns.length < count) {
    show(turns.length + 1)
    const plain = await send(ports.plain, ms)
    const collector = await send(ports.collector, ms)
    turns.push({
      plain: plain.requestsPerSecond * batch,
      collector: collector.requestsPerSecond * batch,
      latenciesMs: collector.latenciesMs,
      busy: plain.busy,
    })
  }
  return turns
}

function toRows({ name, ratio }: (typeof cases)[number], turns: readonly Turn[]): Row[] {
  const latenciesMs = turns.flatMap((turn) => turn.latenciesMs)
  const where = canPin() ? 'one core' : 'cores not held'
  return [
    createRow({
      what: `collector, durable ack, ${name}, ${connections} connections, ${where}, against plain Fastify`,
      value: median(turns.map((turn) => turn.collector)),
      unit: 'events/s',
      baseline: median(turns.map((turn) => turn.plain)),
      ratio: median(turns.map((turn) => turn.collector / turn.plain)),
      goal: { of: 'ratio', atLeast: ratio },
    }),
    createRow({ what: `collector, ${name}: time to the ack, p50`, value: median(latenciesMs), unit: 'ms' }),
    createRow({ what: `collector, ${name}: time to the ack, p99`, value: quantile(latenciesMs, 0.99), unit: 'ms' }),
    createRow({
      what: `collector, ${name}: generator busy`,
      value: median(turns.map(({ busy }) => busy)),
      unit: 'cores',
    }),
  ]
}
