import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { traceEvent } from '../event-trace.ts'
import { projectOf } from '../guard.ts'
import { parts } from '../params.ts'
import * as shapes from '../shapes.ts'
import { toTrace } from '../wire.ts'
import { answers, type RouteContext } from './context.ts'

const params = Type.Object({ messageId: Type.String({ minLength: 1, maxLength: 512 }) })
const query = Type.Object(parts.project)

export function registerEvents(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: Static<typeof params>; Querystring: Static<typeof query> }>(
    '/events/:messageId',
    {
      schema: {
        operationId: 'findEvent',
        summary: 'Where an event is, by its messageId',
        description:
          'Looks through overflow and queue, then asks the store. Only the first of several copies is stored; the others count as duplicates and leave nothing but their count.',
        params,
        querystring: query,
        response: answers(shapes.eventTrace, 'Where it is, and the way it went'),
      },
    },
    async (request) => {
      const { messageId } = request.params
      return toTrace(messageId, await traceEvent(context, projectOf(request).id, messageId))
    },
  )
}
