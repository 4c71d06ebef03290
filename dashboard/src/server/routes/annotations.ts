import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf, roleOf } from '../guard.ts'
import { readTime } from '../params.ts'
import { demandOwn } from '../saved/documents.ts'
import * as saved from '../saved/shapes.ts'
import * as lists from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: shapes.id })
const annotationParams = Type.Object({ project: shapes.id, annotationId: shapes.id })
const annotationBody = Type.Object({
  when: Type.String({ maxLength: 64, description: 'A day such as 2026-11-30, or a moment, ISO 8601 with zone.' }),
  text: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
})

/** A day stays one, whatever the reader's zone; a moment is kept in UTC. Throws `invalid_request`. */
function normalWhen(text: string): string {
  const ms = /^\d+$/.test(text) ? undefined : readTime(text)
  if (ms === undefined) throw new ApiError('invalid_request', '"when" must be a date, or ISO 8601 with zone.')
  const iso = toIso(ms)
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return iso
  // A 31st of a month that has none reads as the day after.
  if (!iso.startsWith(text)) throw new ApiError('invalid_request', '"when" is no day of the calendar.')
  return text
}

/** Notes on days and moments, which charts show. */
export function registerAnnotations(app: FastifyInstance, context: AccountContext): void {
  const { annotations } = context.service.saved

  app.get(
    '/projects/:project/annotations',
    {
      schema: {
        operationId: 'listAnnotations',
        summary: 'Notes on days and moments, latest first',
        params,
        response: answers(lists.page(saved.annotation), 'All of them'),
      },
    },
    async (request) => {
      const all = await annotations.list(projectOf(request).id)
      all.sort((a, b) => (a.body.when < b.body.when ? 1 : -1))
      return { items: all.map(saved.toAnnotation), nextCursor: null }
    },
  )

  app.post<{ Body: Static<typeof annotationBody> }>(
    '/projects/:project/annotations',
    {
      schema: {
        operationId: 'makeAnnotation',
        summary: 'Note what happened on a day or at a moment',
        params,
        body: annotationBody,
        response: answers(saved.annotation, 'The note'),
      },
    },
    async (request) => {
      const { when, text } = request.body
      const made = await annotations.make({
        project: projectOf(request).id,
        when: normalWhen(when),
        text: text.trim(),
        madeBy: await context.makerOf(request),
        at: context.deps.now(),
      })
      await context.note(request, 'annotation.made', made.id, `${made.body.when}: ${made.body.text}`)
      return saved.toAnnotation(made)
    },
  )

  app.delete<{ Params: Static<typeof annotationParams> }>(
    '/projects/:project/annotations/:annotationId',
    {
      schema: {
        operationId: 'deleteAnnotation',
        summary: 'Delete an own note; an admin may delete all',
        params: annotationParams,
        response: answers(shapes.done, 'It is gone'),
      },
    },
    async (request) => {
      const { annotationId } = request.params
      const project = projectOf(request).id
      const { body } = await annotations.read(project, annotationId)
      demandOwn(body.madeBy, request.caller, roleOf(request))
      await annotations.delete(project, annotationId)
      await context.note(request, 'annotation.deleted', annotationId, `${body.when}: ${body.text}`)
      return {}
    },
  )
}
