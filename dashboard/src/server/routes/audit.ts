import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as shapes from '../accounts/shapes.ts'
import { projectOf } from '../guard.ts'
import { compact, defaultLimit, parts } from '../params.ts'
import * as lists from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: shapes.id })
const query = Type.Object({ ...parts.limit, ...parts.cursor })

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
      const { limit = defaultLimit, cursor } = request.query
      const page = await service.audit.list(projectOf(request).id, compact({ limit, after: cursor }))
      const items = page.items.map(({ id, body: { at, who, action, object, detail, address } }) =>
        compact({ id, at: toIso(at), who, action, object, detail, address }),
      )
      return { items, nextCursor: page.nextCursor }
    },
  )
}
