import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { projectOf } from '../guard.ts'
import { compact, defaultLimit, hourMs, parseRange, parts } from '../params.ts'
import type { CachedOverview } from '../query-service.ts'
import * as shapes from '../shapes.ts'
import { toOverview, toProject, toSession } from '../wire.ts'
import { answers, type RouteContext } from './context.ts'

const overviewQuery = Type.Object({
  ...parts.project,
  ...parts.range,
  top: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 10, description: 'Rows per breakdown.' })),
  bots: Type.Optional(Type.Boolean({ default: false, description: 'Count events marked as bots, too.' })),
})
const keysQuery = Type.Object(parts.project)
const sessionsQuery = Type.Object({ ...parts.project, ...parts.range, ...parts.limit, ...parts.cursor })

export function registerFigures(app: FastifyInstance, { store, access, queries, deps }: RouteContext): void {
  registerProjects(app, access)
  app.get<{ Querystring: Static<typeof overviewQuery> }>(
    '/overview',
    {
      schema: {
        operationId: 'getOverview',
        summary: 'Figures of a range, by default the last 24 hours, the open one included',
        querystring: overviewQuery,
        response: answers(shapes.overview, 'Totals, hours and breakdowns'),
      },
    },
    async (request) => {
      const { query } = request
      const { top = 10, bots = false } = query
      const range = parseRange(query)
      // Whole hours, as the store answers them, so that a day is 24 of them with the open one.
      const nextHour = Math.ceil(deps.now() / hourMs) * hourMs
      const to = range.to ?? Math.max(nextHour, (range.from ?? 0) + hourMs)
      const from = range.from ?? to - 24 * hourMs
      const project = projectOf(request).id
      const { answer } = await queries.ask({ type: 'overview', project, from, to, top, bots })
      return toOverview(project, answer as CachedOverview)
    },
  )

  app.get<{ Querystring: Static<typeof sessionsQuery> }>(
    '/sessions',
    {
      schema: {
        operationId: 'listSessions',
        summary: "The project's sessions, latest start first",
        querystring: sessionsQuery,
        response: answers(shapes.page(shapes.session), 'A page of sessions'),
      },
    },
    async (request) => {
      const { query } = request
      const { limit = defaultLimit, cursor } = query
      const project = projectOf(request).id
      const page = await store.query(
        compact({ type: 'sessions' as const, project, limit, cursor, ...parseRange(query) }),
      )
      return { items: page.items.map(toSession), nextCursor: page.nextCursor }
    },
  )
}

function registerProjects(app: FastifyInstance, access: RouteContext['access']): void {
  app.get(
    '/projects',
    {
      schema: {
        operationId: 'listProjects',
        summary: 'The projects the caller sees',
        response: answers(shapes.page(shapes.project), 'All of them'),
      },
    },
    async ({ caller }) => ({ items: (await access.visible(caller)).map(toProject), nextCursor: null }),
  )

  app.get<{ Querystring: Static<typeof keysQuery> }>(
    '/write-keys',
    {
      schema: {
        operationId: 'getWriteKeys',
        summary: 'The write keys of a project as they are, for snippets to paste',
        querystring: keysQuery,
        response: answers(shapes.writeKeys, 'The keys, in the order they are configured'),
      },
    },
    async (request) => ({ writeKeys: [...projectOf(request).writeKeys] }),
  )
}
