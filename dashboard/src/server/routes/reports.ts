import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as shapes from '../accounts/shapes.ts'
import { projectOf, roleOf } from '../guard.ts'
import { compact } from '../params.ts'
import { demandOwn } from '../saved/documents.ts'
import * as saved from '../saved/shapes.ts'
import * as lists from '../shapes.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: shapes.id })
const reportParams = Type.Object({ project: shapes.id, reportId: shapes.id })
const reportBody = Type.Object({
  name: shapes.name,
  page: saved.page,
  search: saved.search,
  description: Type.Optional(saved.description),
})
const changeBody = Type.Partial(reportBody)

/** Reports that members keep: a page of the dashboard with what stands in its address. */
export function registerReports(app: FastifyInstance, context: AccountContext): void {
  const { reports } = context.service.saved

  app.get(
    '/projects/:project/reports',
    {
      schema: {
        operationId: 'listReports',
        summary: 'The saved reports of the project, last changed first',
        params,
        response: answers(lists.page(saved.report), 'All of them'),
      },
    },
    async (request) => {
      const all = await reports.list(projectOf(request).id)
      all.sort((a, b) => b.body.changedAt - a.body.changedAt)
      return { items: all.map(saved.toReport), nextCursor: null }
    },
  )

  app.post<{ Body: Static<typeof reportBody> }>(
    '/projects/:project/reports',
    {
      schema: {
        operationId: 'makeReport',
        summary: 'Save a report',
        params,
        body: reportBody,
        response: answers(saved.report, 'The report'),
      },
    },
    async (request) => {
      const { name, page, search, description = '' } = request.body
      const now = context.deps.now()
      const made = await reports.make({
        project: projectOf(request).id,
        ...{ name: name.trim(), description, page, search },
        madeBy: await context.makerOf(request),
        at: now,
        changedAt: now,
      })
      await context.note(request, 'report.made', made.id, made.body.name)
      return saved.toReport(made)
    },
  )

  registerChanges(app, context)
}

function registerChanges(app: FastifyInstance, context: AccountContext): void {
  const { reports, shares } = context.service.saved

  app.patch<{ Params: Static<typeof reportParams>; Body: Static<typeof changeBody> }>(
    '/projects/:project/reports/:reportId',
    {
      schema: {
        operationId: 'changeReport',
        summary: 'Change an own report; an admin may change all',
        params: reportParams,
        body: changeBody,
        response: answers(saved.report, 'The report'),
      },
    },
    async (request) => {
      const { name, page, search, description } = request.body
      const edit = compact({ name: name?.trim(), page, search, description })
      const changed = await reports.change(projectOf(request).id, request.params.reportId, (before) => {
        demandOwn(before.madeBy, request.caller, roleOf(request))
        return { ...before, ...edit, changedAt: context.deps.now() }
      })
      await context.note(request, 'report.changed', changed.id, changed.body.name)
      return saved.toReport(changed)
    },
  )

  app.delete<{ Params: Static<typeof reportParams> }>(
    '/projects/:project/reports/:reportId',
    {
      schema: {
        operationId: 'deleteReport',
        summary: 'Delete an own report, and the links that share it; an admin may delete all',
        params: reportParams,
        response: answers(shapes.done, 'It is gone'),
      },
    },
    async (request) => {
      const { reportId } = request.params
      const project = projectOf(request).id
      const { body } = await reports.read(project, reportId)
      demandOwn(body.madeBy, request.caller, roleOf(request))
      for (const share of await shares.list(project))
        if (share.body.report === reportId) await shares.delete(project, share.id)
      await reports.delete(project, reportId)
      await context.note(request, 'report.deleted', reportId, body.name)
      return {}
    },
  )
}
