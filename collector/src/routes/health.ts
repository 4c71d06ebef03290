import { WireError } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import type { Collector } from '../collector.ts'

/** Long enough for a slow backend, short enough for a load balancer that waits for the answer. */
const readyTimeoutMs = 2_000
const readyKeptMs = 1_000
/** Written and taken away again: a storage that can only be read is of no use. */
const probeName = 'ready/probe'

/** What takes events at the moment. */
type Rung = 'queue' | 'overflow'

/**
 * `/healthz`: the process is alive. `/readyz`: it can take events, that is, its queue or else its overflow answers, and
 * it is not stopping. Nothing else is asked: a processor that is down must not take the collectors down.
 */
export function healthRoutes(app: FastifyInstance, collector: Collector): void {
  const ask = createProbe(collector)
  app.get('/healthz', (_request, reply) => reply.header('content-type', 'application/json').send('{"alive":true}'))
  app.get('/readyz', async (_request, reply) => {
    if (collector.stopping) throw new WireError('stopping')
    const rung = await ask()
    if (rung === undefined) throw new WireError('queue_unavailable')
    return reply
      .header('content-type', 'application/json')
      .header('cache-control', 'no-store')
      .send(JSON.stringify({ ready: true, by: rung }))
  })
}

/** Asks at most once a second, however many ask us; the overflow only where the queue does not answer. */
function createProbe({ queue, overflow, deps }: Collector): () => Promise<Rung | undefined> {
  let asked: Promise<Rung | undefined> | undefined
  let askedAt = -Infinity
  const answers = async (rung: Rung, work: () => Promise<unknown>): Promise<boolean> => {
    try {
      await inTime(work())
      return true
    } catch (error) {
      deps.log.warn({ err: error }, `the ${rung} does not answer`)
      return false
    }
  }
  const probe = async (): Promise<Rung | undefined> => {
    if (await answers('queue', () => queue.depth())) return 'queue'
    if (!overflow) return undefined
    const writeAndDelete = async (): Promise<void> => {
      await overflow.put(probeName, new Uint8Array())
      await overflow.delete(probeName)
    }
    return (await answers('overflow', writeAndDelete)) ? 'overflow' : undefined
  }
  return () => {
    const now = deps.now()
    if (asked === undefined || now - askedAt >= readyKeptMs) {
      askedAt = now
      asked = probe()
    }
    return asked
  }
}

function inTime(work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), readyTimeoutMs)
    work.then(() => resolve(), reject).finally(() => clearTimeout(timer))
  })
}
