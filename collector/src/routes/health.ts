import { WireError } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import type { Collector } from '../collector.ts'

/** Long enough for a slow queue, short enough for a load balancer that waits for the answer. */
const readyTimeoutMs = 2_000
const readyKeptMs = 1_000

/**
 * `/healthz`: the process is alive. `/readyz`: it can take events, that is, its own queue answers and it is not
 * stopping. Nothing else is asked: a processor that is down must not take the collectors down.
 */
export function healthRoutes(app: FastifyInstance, collector: Collector): void {
  const ask = createQueueProbe(collector)
  app.get('/healthz', (_request, reply) => reply.header('content-type', 'application/json').send('{"alive":true}'))
  app.get('/readyz', async (_request, reply) => {
    if (collector.stopping) throw new WireError('stopping')
    if (!(await ask())) throw new WireError('queue_unavailable')
    return reply.header('content-type', 'application/json').header('cache-control', 'no-store').send('{"ready":true}')
  })
}

/** Asks the queue at most once a second, however many ask us. */
function createQueueProbe({ queue, deps }: Collector): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined
  let askedAt = -Infinity
  return () => {
    const now = deps.now()
    if (asked === undefined || now - askedAt >= readyKeptMs) {
      askedAt = now
      asked = answersInTime(queue.depth()).catch((error: unknown) => {
        deps.log.warn({ err: error }, 'the queue does not answer')
        return false
      })
    }
    return asked
  }
}

function answersInTime(depth: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), readyTimeoutMs)
    depth.then(() => resolve(true), reject).finally(() => clearTimeout(timer))
  })
}
