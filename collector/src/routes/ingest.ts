import type { Readable } from 'node:stream'
import { type BodyKind, errorTable, limits, type Receipt } from '@trailstitch/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Collector } from '../collector.ts'
import { createJob, type Job } from '../job.ts'
import { runSteps } from '../steps/index.ts'

/** Paths below /v1 that take events, Segment's short forms included, and the kind of body each takes. */
export const ingestPaths: Readonly<Record<string, BodyKind>> = Object.freeze({
  track: 'track',
  t: 'track',
  identify: 'identify',
  i: 'identify',
  page: 'page',
  p: 'page',
  screen: 'screen',
  s: 'screen',
  group: 'group',
  g: 'group',
  alias: 'alias',
  a: 'alias',
  batch: 'batch',
  b: 'batch',
  import: 'batch',
})

export function ingestRoutes(app: FastifyInstance, collector: Collector): void {
  for (const [path, kind] of Object.entries(ingestPaths)) {
    app.post(`/v1/${path}`, async (request, reply) => {
      const job = createJob({
        kind,
        receivedAt: collector.deps.now(),
        ip: addressOf(request),
        headers: request.raw.headers,
        payload: (request.body as Readable | undefined) ?? request.raw,
      })
      await runSteps(job, collector)
      return sendReceipt(job, reply)
    })
  }
}

/** Sockets that serve both protocols show IPv4 addresses dressed as IPv6. */
export function addressOf(request: FastifyRequest): string {
  const ip = request.ip ?? ''
  return ip.startsWith('::ffff:') && ip.includes('.') ? ip.slice(7) : ip
}

/** Text of the receipt when all was taken: by far the most common answer, one for each count. */
const receipts = Array.from(
  { length: limits.maxBatchEvents + 1 },
  (_, accepted) => `{"success":true,"accepted":${accepted},"refused":[]}`,
)

function sendReceipt(job: Job, reply: FastifyReply): FastifyReply {
  reply.header('content-type', 'application/json')
  const [first] = job.refused
  const asked = job.parts.unconfirmed.length > 0
  if (first === undefined && !asked) return reply.send(receipts[job.events])
  const accepted = job.events - job.refused.length
  const receipt: Receipt = {
    success: accepted > 0 || first === undefined,
    accepted,
    refused: job.refused.map(([index, code]) => ({ index, code, message: errorTable[code].message })),
    ...(asked && { known: job.known }),
  }
  if (accepted > 0 || first === undefined) return reply.send(JSON.stringify(receipt))
  const { status, message } = errorTable[first[1]]
  return reply.code(status).send(JSON.stringify({ ...receipt, success: false, code: first[1], message }))
}
