import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { projectOf, watchAdmission } from '../guard.ts'
import type { Sink } from '../live.ts'
import { systemTimer } from '../options.ts'
import { compact, cursorText, defaultLimit, parseTime, parts } from '../params.ts'
import * as shapes from '../shapes.ts'
import { toEvent } from '../wire.ts'
import { answers, type RouteContext } from './context.ts'

const liveQuery = Type.Object({ ...parts.project, ...parts.limit, ...parts.after, ...parts.since })
const streamQuery = Type.Object({ ...parts.project, ...parts.after })
const streamHeaders = Type.Object({
  'last-event-id': Type.Optional(cursorText('Cursor to go on from; sent by clients that connect again.')),
})

/** Bytes waiting for a listener that reads too slowly; past them it is cut off and may come back with its cursor. */
export const maxBufferedBytes = 1024 * 1024

const streamAnswer = {
  200: {
    description:
      'Server-sent events: "events" with { items, cursor } and the cursor as id, "failure" with { code, message }',
    content: { 'text/event-stream': { schema: Type.String() } },
  },
}

export function registerLive(
  app: FastifyInstance,
  { store, hub, access, deps, timer = systemTimer }: RouteContext,
): void {
  app.get<{ Querystring: Static<typeof liveQuery> }>(
    '/live',
    {
      schema: {
        operationId: 'getLive',
        summary: 'The newest stored events, newest first',
        querystring: liveQuery,
        response: answers(shapes.live, 'Events, and the cursor to give as "after" next time'),
      },
    },
    async (request) => {
      const { query } = request
      const { limit = defaultLimit, after } = query
      const since = parseTime('since', query.since) ?? Number.NEGATIVE_INFINITY
      const project = projectOf(request).id
      const { items, cursor } = await store.query(compact({ type: 'live' as const, project, limit, after }))
      // The newest tells a quiet project from one that nothing ever came to.
      const shown = items.filter(({ timestamp }, index) => index === 0 || timestamp >= since)
      return { items: shown.map(toEvent), cursor }
    },
  )

  app.get<{ Querystring: Static<typeof streamQuery>; Headers: Static<typeof streamHeaders> }>(
    '/live/stream',
    {
      exposeHeadRoute: false,
      schema: {
        operationId: 'streamLive',
        summary: 'Stored events as they come, as server-sent events; begins with the newest',
        querystring: streamQuery,
        headers: streamHeaders,
        response: { ...answers(shapes.errorShape, ''), ...streamAnswer },
      },
    },
    async (request, reply) => {
      const project = projectOf(request).id
      const after = request.headers['last-event-id'] ?? request.query.after
      // What can be refused is refused with a status, before the stream begins.
      await store.query(compact({ type: 'live' as const, project, limit: 1, after }))
      const sink = createSink(reply.raw)
      const leaveHub = hub.join(project, after, sink)
      if (!leaveHub) throw new ApiError('too_many_listeners')
      const unwatch = watchAdmission({ access, timer, now: deps.now }, request, () => {
        leave()
        sink.end()
      })
      const leave = (): void => {
        unwatch()
        leaveHub()
      }
      reply.hijack()
      reply.raw.on('close', leave)
      reply.raw.on('error', leave)
      reply.raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      })
      sink.write('retry: 2000\n\n')
      if (request.socket.destroyed) leave()
    },
  )
}

function createSink(response: ServerResponse): Sink {
  return {
    write(text) {
      if (response.destroyed || response.writableEnded) return
      if (response.writableLength + text.length > maxBufferedBytes) response.destroy()
      else response.write(text)
    },
    end: () => response.end(),
  }
}
