import type { FastifyInstance } from 'fastify'
import type { Collector } from '../collector.ts'

/** `/metrics`: what the collector counts, for Prometheus and what reads its format. */
export function metricsRoute(app: FastifyInstance, collector: Collector): void {
  const { metrics, sender } = collector
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.read({
      requestBytes: collector.heldBytes,
      senderBytes: sender.inFlightBytes(),
      areLimitsShared: collector.areLimitsShared(),
    })
    return reply.header('content-type', metrics.contentType).header('cache-control', 'no-store').send(text)
  })
}
