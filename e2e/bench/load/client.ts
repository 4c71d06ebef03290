import { startWorker, type Worker } from '../lib/worker.ts'
import type { LoadReply, LoadRequest } from './worker.ts'

export type LoadWorker = Worker<LoadRequest, LoadReply>

/** The load generator, a process of its own. */
export const startLoadWorker = (core?: number): LoadWorker =>
  startWorker<LoadRequest, LoadReply>(new URL('./worker.ts', import.meta.url), [], core)

type Reply<Kind> = Extract<LoadReply, { kind: Kind }>

/** Runs a load and checks that nothing was refused: a refused request costs the server nothing. */
export async function runLoad<Kind extends LoadReply['kind']>(
  worker: LoadWorker,
  request: Extract<LoadRequest, { kind: Kind }>,
): Promise<Reply<Kind>> {
  const reply = await worker.ask(request)
  if (reply.refused > 0) throw new Error(`${reply.refused} requests were refused; the figures would mean nothing`)
  return reply as Reply<Kind>
}
