import { endOfKey, type Project, projectLimits } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { editProject } from '../accounts/project-changes.ts'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { parseTime } from '../params.ts'
import * as lists from '../shapes.ts'
import { maskKey, toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'
import { newWriteKey } from './projects.ts'

const writeKey = Type.Object({
  key: Type.String(),
  until: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    format: 'date-time',
    description: 'When it stops working; null: it has no end.',
  }),
})
const until = Type.String({ maxLength: 64, description: 'ISO 8601 with zone: so long the old key goes on working.' })
const params = Type.Object({ project: shapes.id })
const keyParams = Type.Object({ project: shapes.id, key: Type.String({ minLength: 1, maxLength: 128 }) })
const newBody = Type.Object({
  replaces: Type.Optional(Type.String({ maxLength: 128, description: 'A key that the new one takes the place of.' })),
  until: Type.Optional(until),
})
const removal = Type.Object({ until: Type.Optional(until) })

export function registerWriteKeys(app: FastifyInstance, context: AccountContext): void {
  const { service } = context

  app.get(
    '/projects/:project/write-keys',
    {
      schema: {
        operationId: 'listWriteKeys',
        summary: 'The write keys of the project, and when they stop working',
        params,
        response: answers(lists.page(writeKey), 'All of them, those that have ended included'),
      },
    },
    async (request) => {
      const project = projectOf(request)
      return { items: project.writeKeys.map((key) => toWriteKey(project, key)), nextCursor: null }
    },
  )

  app.post<{ Body: Static<typeof newBody> }>(
    '/projects/:project/write-keys',
    {
      schema: {
        operationId: 'makeWriteKey',
        summary: 'Make a write key, by itself or in the place of another one that ends at a moment',
        params,
        body: newBody,
        response: answers(writeKey, 'The new key'),
      },
    },
    async (request) => {
      const { replaces } = request.body
      const end = endOf(request.body.until, context.deps.now())
      if ((replaces === undefined) !== (end === undefined))
        throw new ApiError('invalid_request', '"replaces" and "until" come together.')
      const key = newWriteKey()
      const project = await editProject(service.options, projectOf(request), (before) => {
        if (before.writeKeys.length >= projectLimits.maxWriteKeys)
          throw new ApiError('limit_reached', `It has ${projectLimits.maxWriteKeys} write keys.`)
        const after = { ...before, writeKeys: [key, ...before.writeKeys] }
        return replaces === undefined || end === undefined ? after : endKey(after, replaces, end)
      })
      const detail = replaces === undefined ? undefined : `${maskKey(replaces)} works until ${toIso(end ?? 0)}`
      await context.note(request, 'write-key.made', maskKey(key), detail)
      return toWriteKey(project, key)
    },
  )

  registerRemoval(app, context)
}

function registerRemoval(app: FastifyInstance, context: AccountContext): void {
  app.delete<{ Params: Static<typeof keyParams>; Querystring: Static<typeof removal> }>(
    '/projects/:project/write-keys/:key',
    {
      schema: {
        operationId: 'removeWriteKey',
        summary: 'Make a write key useless, at once or at a moment: what is sent with it is refused from then on',
        params: keyParams,
        querystring: removal,
        response: answers(shapes.done, 'It is'),
      },
    },
    async (request) => {
      const { key } = request.params
      const end = endOf(request.query.until, context.deps.now())
      await editProject(context.service.options, projectOf(request), (before) =>
        end === undefined ? withoutKey(before, key) : endKey(before, key, end),
      )
      await context.note(request, 'write-key.removed', maskKey(key), end === undefined ? undefined : toIso(end))
      return {}
    },
  )
}

function endOf(text: string | undefined, now: number): number | undefined {
  const end = parseTime('until', text)
  if (end !== undefined && end <= now) throw new ApiError('invalid_request', '"until" is over already.')
  return end
}

const toWriteKey = (project: Project, key: string): Static<typeof writeKey> => {
  const end = endOfKey(project, key)
  return { key, until: Number.isFinite(end) ? toIso(end) : null }
}

function endKey(project: Project, key: string, end: number): Project {
  demandKey(project, key)
  return demandEndless({ ...project, writeKeyEnds: { ...project.writeKeyEnds, [key]: end } })
}

function withoutKey(project: Project, key: string): Project {
  demandKey(project, key)
  const { [key]: _end, ...ends } = project.writeKeyEnds ?? {}
  const writeKeys = project.writeKeys.filter((each) => each !== key)
  return demandEndless({ ...project, writeKeys, writeKeyEnds: ends })
}

function demandKey({ writeKeys }: Project, key: string): void {
  if (!writeKeys.includes(key)) throw new ApiError('unknown_key')
}

function demandEndless(project: Project): Project {
  if (!project.writeKeys.some((key) => endOfKey(project, key) === Number.POSITIVE_INFINITY))
    throw new ApiError('last_write_key')
  return project
}
