import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { type AuditEntry, auditKinds, kindOfAction, mentions } from '../accounts/audit.ts'
import * as shapes from '../accounts/shapes.ts'
import { projectOf } from '../guard.ts'
import { compact, defaultLimit, parts } from '../params.ts'
import * as lists from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: shapes.id })
const query = Type.Object({
  ...parts.limit,
  ...parts.cursor,
  kind: Type.Optional(Type.Enum([...auditKinds], { description: 'Default: all.' })),
  search: Type.Optional(Type.String({ maxLength: 200, description: 'Part of who, action, object or detail.' })),
})

export function registerAudit(app: FastifyInstance, { service }: AccountContext): void {
  app.get<{ Querystring: Static<typeof query> }>(
    '/projects/:project/audit',
    {
      schema: {
        operationId: 'listAudit',
        summary: "Who changed what, and who read people's data, newest first",
        params,
        querystring: query,
        response: answers(lists.page(shapes.auditEntry), 'A page of entries'),
      },
    },
    async (request) => {
      const { limit = defaultLimit, cursor, kind, search } = request.query
      const matches = (entry: AuditEntry): boolean =>
        (kind === undefined || kindOfAction(entry.action) === kind) && (search === undefined || mentions(entry, search))
      const page = await service.audit.list(projectOf(request).id, compact({ limit, after: cursor, matches }))
      const items = page.items.map(({ id, body: { at, who, action, object, detail, address } }) =>
        compact({ id, at: toIso(at), who, action, object, detail, address }),
      )
      return { items, nextCursor: page.nextCursor }
    },
  )
}
