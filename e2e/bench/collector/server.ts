import { openKv, openQueue, systemDeps } from '@trailstitch/backends'
import { createCollectorApp } from '@trailstitch/collector'
import { type BodyKind, checkBody, createProjects, eventTypes, limits, parseBody } from '@trailstitch/protocol'
import Fastify, { type FastifyInstance } from 'fastify'
import { serveParent } from '../lib/worker.ts'

export type ServerRequest = { kind: 'look' }
export interface ServerReply {
  port: number
  /** CPU time of all its threads so far. */
  cpuMs: number
}

const [writeKey = '', form, queueUrl = ''] = process.argv.slice(2)

/** The collector as it is. */
async function createReal(): Promise<FastifyInstance> {
  const queue = await openQueue(queueUrl, systemDeps)
  const kv = await openKv('memory:', systemDeps)
  const projects = createProjects([{ id: 'shop', name: 'Shop', writeKeys: [writeKey] }])
  // Every request is counted against its key as ever; the limit itself would end the measurement.
  const rateLimits = { requestsPerMinutePerKey: 1_000_000_000 }
  return createCollectorApp({ queue, kv, projects, deps: systemDeps, limits: rateLimits })
}

/** What it is held against: a Fastify app that parses and checks the same body, and keeps nothing. */
function createPlain(): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: limits.maxBodyBytes })
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  const kinds: BodyKind[] = ['batch', ...eventTypes]
  for (const kind of kinds) {
    app.post(`/v1/${kind}`, (request, reply) => {
      const body = parseBody(request.body as Buffer, kind)
      const refused = checkBody(body)
      reply.header('content-type', 'application/json')
      return reply.send(JSON.stringify({ success: true, accepted: body.events.length - refused.length, refused }))
    })
  }
  return app
}

const app = form === 'plain' ? createPlain() : await createReal()
const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)

serveParent<ServerRequest, ServerReply>(async () => {
  const { user, system } = process.cpuUsage()
  return { port, cpuMs: (user + system) / 1000 }
})
