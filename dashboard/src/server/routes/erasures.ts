import { askErasure, type DirectoryDocument, type Erasure, eraseKeysOf, readErasures } from '@trailstitch/backends'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as parts from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { maxIdLength, profileParams, parts as queryParts } from '../params.ts'
import * as shapes from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'
import { findPerson } from './people.ts'

const projectQuery = Type.Object(queryParts.project)
const eraseBody = Type.Object({
  confirm: Type.String({
    minLength: 1,
    maxLength: maxIdLength,
    description: "One of the person's ids, or the e-mail address among their traits.",
  }),
})
const erasure = Type.Object({
  id: Type.String(),
  profileId: Type.String(),
  state: Type.Enum(['waiting', 'running', 'done']),
  requestedAt: parts.time,
  doneAt: Type.Union([parts.time, Type.Null()]),
  events: Type.Integer({ description: 'Events that are gone.' }),
  dropped: Type.Integer({ description: 'Events that came out of the queue later and were not stored.' }),
})

/** Erasing people, and how far that has come. */
export function registerErasures(app: FastifyInstance, context: AccountContext): void {
  const { store, deps, note } = context
  const { directory } = context.service.options

  app.get<{ Querystring: Static<typeof projectQuery> }>(
    '/erasures',
    {
      schema: {
        operationId: 'listErasures',
        summary: 'People who are being erased, or were in the last 8 days; the newest first',
        querystring: projectQuery,
        response: answers(shapes.page(erasure), 'All of them'),
      },
    },
    async (request) => ({
      items: (await readErasures(directory, projectOf(request).id)).map(toErasure),
      nextCursor: null,
    }),
  )

  app.post<{
    Querystring: Static<typeof projectQuery>
    Params: Static<typeof profileParams>
    Body: Static<typeof eraseBody>
  }>(
    '/people/:profileId/erase',
    {
      schema: {
        operationId: 'erasePerson',
        summary: 'Erase a person: events, sessions, traits and ids, for good',
        description: 'Figures of the past keep their counts. What is received after this makes a new person.',
        params: profileParams,
        querystring: projectQuery,
        body: eraseBody,
        response: answers(Type.Object({ id: Type.String() }), 'It is durable; work begins within seconds', 202),
      },
    },
    async (request, reply) => {
      const project = projectOf(request).id
      const person = await findPerson({ store }, project, request.params.profileId)
      const { profileId } = person
      if (!isConfirmed(person, request.body.confirm)) throw new ApiError('not_confirmed')
      const open = (await readErasures(directory, project)).find(
        ({ body }) => body.profileId === profileId && body.state === 'waiting',
      )
      // Of the person, the log has the id that the address has, which tells nothing of who it was.
      await note(request, 'person.erased', profileId)
      const keys = eraseKeysOf(project, person)
      const id = open?.id ?? (await askErasure(directory, { project, profileId, keys }, deps.now()))
      return reply.code(202).send({ id })
    },
  )
}

function isConfirmed(
  { userIds, anonymousIds, traits }: { userIds: string[]; anonymousIds: string[]; traits: Record<string, unknown> },
  text: string,
): boolean {
  const given = text.trim()
  if (userIds.includes(given) || anonymousIds.includes(given)) return true
  const { email } = traits
  return typeof email === 'string' && email.trim() !== '' && email.trim().toLowerCase() === given.toLowerCase()
}

const toErasure = ({ id, body }: DirectoryDocument<Erasure>) => ({
  id,
  profileId: body.profileId,
  state: body.state,
  requestedAt: toIso(body.requestedAt),
  doneAt: body.doneAt === undefined ? null : toIso(body.doneAt),
  events: body.events,
  dropped: body.dropped,
})
