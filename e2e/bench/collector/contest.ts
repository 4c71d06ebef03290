import type { BenchOptions } from '../lib/result.ts'
import { startWorker, type Worker } from '../lib/worker.ts'
import { type LoadWorker, runLoad, startLoadWorker } from '../load/client.ts'
import type { ClosedOutcome } from '../load/closed.ts'
import type { ServerReply, ServerRequest } from './server.ts'

export const connections = 64
export const serverCore = 0
export const loadCore = 1
export const writeKey = 'wk_bench'

export type CollectorServer = Worker<ServerRequest, ServerReply>
/** `plain` or the queue that a collector is to stand over. */
export type Side = 'plain' | { queueUrl: string }

/** Two servers that are held against each other. */
export interface Contest {
  /** For whoever watches. */
  name: string
  /** Events a request. */
  batch: number
  baseline: Side
  measured: Side
  /** CPU time so far of what else the measured server needs, ms. Default: it needs nothing. */
  besideMs?(): Promise<number>
}

export interface SideOutcome extends ClosedOutcome {
  /** CPU of all threads of the server, microseconds a request. */
  cpuUs: number
}

export interface Turn {
  baseline: SideOutcome
  measured: SideOutcome
  /** Share of a core that was used beside the measured server. */
  besideBusy: number
}

export function startServer(side: Side, core?: number): CollectorServer {
  const args = side === 'plain' ? ['plain'] : ['collector', side.queueUrl]
  return startWorker<ServerRequest, ServerReply>(new URL('./server.ts', import.meta.url), [writeKey, ...args], core)
}

/** Each server is held to a core, the load generator to the other; the two take turns, the baseline first. */
export async function runContest(contest: Contest, options: BenchOptions): Promise<Turn[]> {
  const load = startLoadWorker(loadCore)
  const baseline = startServer(contest.baseline, serverCore)
  const measured = startServer(contest.measured, serverCore)
  try {
    return await takeTurns(contest, load, { baseline, measured }, options)
  } finally {
    await Promise.all([load, baseline, measured].map((worker) => worker.stop()))
  }
}

async function takeTurns(
  { name, batch, besideMs = async () => 0 }: Contest,
  load: LoadWorker,
  servers: { baseline: CollectorServer; measured: CollectorServer },
  { quick, progress }: BenchOptions,
): Promise<Turn[]> {
  const send = async (server: CollectorServer, ms: number): Promise<SideOutcome> => {
    const { port, cpuMs } = await server.ask({ kind: 'look' })
    const outcome = await runLoad(load, { kind: 'closed', batch, writeKey, port, connections, ms })
    const usedMs = (await server.ask({ kind: 'look' })).cpuMs - cpuMs
    return { ...outcome, cpuUs: (usedMs * 1000) / outcome.latenciesMs.length }
  }
  const [count, ms, warmUpMs] = quick ? [2, 1_500, 1_000] : [5, 4_000, 3_000]
  await send(servers.baseline, warmUpMs)
  await send(servers.measured, warmUpMs)
  const turns: Turn[] = []
  while (turns.length < count) {
    progress.show(`${name}: turn ${turns.length + 1}`)
    const baseline = await send(servers.baseline, ms)
    const before = await besideMs()
    const measured = await send(servers.measured, ms)
    turns.push({ baseline, measured, besideBusy: ((await besideMs()) - before) / ms })
  }
  return turns
}
