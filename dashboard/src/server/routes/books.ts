import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { readLedger } from '../ledger-reading.ts'
import { compact, dayMs, defaultLimit, minuteMs, parseRange, parts } from '../params.ts'
import { isTimeZone } from '../query-schema.ts'
import * as shapes from '../shapes.ts'
import { toClocks, toLedger, toRejected } from '../wire.ts'
import { answers, type RouteContext } from './context.ts'

const ledgerQuery = Type.Object({
  ...parts.anyProject,
  ...parts.range,
  minutes: Type.Optional(Type.Boolean({ default: false, description: 'Answer the rows per minute, too.' })),
})
const clocksQuery = Type.Object({
  ...parts.project,
  ...parts.range,
  timeZone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, default: 'UTC', description: 'IANA name. Days begin by it.' }),
  ),
})
const maxClocksMs = 400 * dayMs
const rejectedQuery = Type.Object({
  ...parts.anyProject,
  ...parts.limit,
  ...parts.cursor,
  id: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'Only this one.' })),
})

export function registerBooks(app: FastifyInstance, { store, queue, overflow, deps }: RouteContext): void {
  app.get<{ Querystring: Static<typeof ledgerQuery> }>(
    '/ledger',
    {
      schema: {
        operationId: 'getLedger',
        summary: 'The books: received = stored + duplicate + rejected + dead + inFlight',
        description: 'Minutes of receipt; "from" is rounded down and "to" up to whole minutes. Default: all of time.',
        querystring: ledgerQuery,
        response: answers(shapes.ledger, 'The sums'),
      },
    },
    async (request) => {
      const { query } = request
      const { from, to } = parseRange(query)
      const range = compact({
        project: request.admission.project?.id,
        from: from === undefined ? undefined : Math.floor(from / minuteMs) * minuteMs,
        to: to === undefined ? undefined : Math.ceil(to / minuteMs) * minuteMs,
      })
      return toLedger(await readLedger({ store, queue, overflow, now: deps.now }, range), query.minutes ?? false)
    },
  )

  app.get<{ Querystring: Static<typeof clocksQuery> }>(
    '/clocks',
    {
      schema: {
        operationId: 'getClocks',
        summary: "How far clients' clocks were off, by day of receipt",
        description: 'Of events that were stored, each once. Default: the last 7 days; at most 400.',
        querystring: clocksQuery,
        response: answers(shapes.clocks, 'Every day that the range touches'),
      },
    },
    async (request) => {
      const { from: asked, to = deps.now(), timeZone = 'UTC' } = { ...request.query, ...parseRange(request.query) }
      const from = asked ?? to - 7 * dayMs
      if (from >= to) throw new ApiError('invalid_request', '"from" must be before "to".')
      if (to - from > maxClocksMs) throw new ApiError('invalid_request', '"to" must be at most 400 days after "from".')
      if (!isTimeZone(timeZone)) throw new ApiError('invalid_request', '"timeZone" must be an IANA name.')
      const project = projectOf(request).id
      const answer = await store.query({ type: 'clocks', project, from, to, timeZone })
      return toClocks(answer, { project, from, to, timeZone, computedAt: deps.now() })
    },
  )

  app.get<{ Querystring: Static<typeof rejectedQuery> }>(
    '/rejected',
    {
      schema: {
        operationId: 'listRejected',
        summary: 'Events set aside with their code, newest first',
        querystring: rejectedQuery,
        response: answers(shapes.page(shapes.rejected), 'A page of rejected events'),
      },
    },
    async (request) => {
      const { query } = request
      const { limit = defaultLimit, cursor, id } = query
      const project = request.admission.project?.id
      const page = await store.query(compact({ type: 'rejected' as const, project, limit, cursor, id }))
      return { items: page.items.map(toRejected), nextCursor: page.nextCursor }
    },
  )
}
