import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { digest, randomText } from '../accounts/secrets.ts'
import * as shapes from '../accounts/shapes.ts'
import { projectOf, roleOf } from '../guard.ts'
import { compact } from '../params.ts'
import { demandOwn, shareRanges } from '../saved/documents.ts'
import { expiryOf } from '../saved/expiry.ts'
import { openQuery, readOpenQuery } from '../saved/scope.ts'
import * as saved from '../saved/shapes.ts'
import * as lists from '../shapes.ts'
import { type AccountContext, answers } from './context.ts'

/** As many as the questions of a page with the time before, several times over. */
const maxQueries = 60
const maxBodyBytes = 200 * 1024

const params = Type.Object({ project: shapes.id })
const shareParams = Type.Object({ project: shapes.id, shareId: shapes.id })
const shareBody = Type.Object({
  report: shapes.id,
  search: saved.search,
  queries: Type.Array(openQuery, { minItems: 1, maxItems: maxQueries }),
  range: Type.Enum([...shareRanges], { description: 'Whether visitors see other times than those of the questions.' }),
  password: Type.Optional(Type.String({ minLength: 6, maxLength: 256 })),
  expiresAt: Type.Optional(saved.expiresAt),
})

/** Links that show one report to whoever has them. */
export function registerShares(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context
  const { reports, shares } = service.saved

  app.get(
    '/projects/:project/shares',
    {
      schema: {
        operationId: 'listShares',
        summary: 'Links that show a report to people without an account; the links themselves are not kept',
        params,
        response: answers(lists.page(saved.share), 'All that work, newest first'),
      },
    },
    async (request) => {
      const all = await shares.list(projectOf(request).id)
      all.sort((a, b) => b.body.at - a.body.at)
      return { items: all.map(saved.toShare), nextCursor: null }
    },
  )

  app.post<{ Body: Static<typeof shareBody> }>(
    '/projects/:project/shares',
    {
      bodyLimit: maxBodyBytes,
      schema: {
        operationId: 'makeShare',
        summary: 'Make a link to a saved report; it is told this once',
        params,
        body: shareBody,
        response: answers(Type.Object({ ...saved.share.properties, link: Type.String() }), 'The link'),
      },
    },
    async (request) => {
      const { report: reportId, search, queries, range, password } = request.body
      const project = projectOf(request).id
      const { body: report } = await reports.read(project, reportId)
      const token = randomText(32)
      const share = compact({
        ...{ project, report: reportId, search, range },
        ...{ name: report.name, description: report.description, page: report.page },
        queries: queries.map((query) => readOpenQuery(query, project)),
        password: password === undefined ? undefined : await service.passwords.hash(password),
        expiresAt: expiryOf(request.body.expiresAt, deps.now()),
        madeBy: await context.makerOf(request),
        at: deps.now(),
      })
      const made = await shares.make(share, digest(token))
      await context.note(request, 'share.made', made.id, report.name)
      return { ...saved.toShare(made), link: `${service.options.baseUrl()}/shared#token=${token}` }
    },
  )

  registerRevoking(app, context)
}

function registerRevoking(app: FastifyInstance, context: AccountContext): void {
  const { shares } = context.service.saved
  app.delete<{ Params: Static<typeof shareParams> }>(
    '/projects/:project/shares/:shareId',
    {
      schema: {
        operationId: 'revokeShare',
        summary: 'Make a link useless, at once; an admin may do so with all',
        params: shareParams,
        response: answers(shapes.done, 'It is'),
      },
    },
    async (request) => {
      const { shareId } = request.params
      const project = projectOf(request).id
      const { body } = await shares.read(project, shareId)
      demandOwn(body.madeBy, request.caller, roleOf(request))
      await shares.delete(project, shareId)
      await context.note(request, 'share.revoked', shareId, body.name)
      return {}
    },
  )
}
