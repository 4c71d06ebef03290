import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import { compact, defaultLimit, parts, profileParams } from '../params.ts'
import * as shapes from '../shapes.ts'
import { toJourneyItem, toPerson, toPersonDetail, toSession } from '../wire.ts'
import { answers, type RouteContext } from './context.ts'

const peopleQuery = Type.Object({
  ...parts.project,
  ...parts.limit,
  ...parts.cursor,
  search: Type.Optional(
    Type.String({ maxLength: 512, description: 'Any id as it is, or the start of an e-mail address.' }),
  ),
})
const personQuery = Type.Object(parts.project)
const journeyQuery = Type.Object({
  ...parts.project,
  ...parts.limit,
  ...parts.cursor,
  order: Type.Optional(Type.Unsafe<'asc' | 'desc'>({ type: 'string', enum: ['asc', 'desc'], default: 'asc' })),
})
const sessionsQuery = Type.Object({ ...parts.project, ...parts.limit, ...parts.cursor })

type Params = Static<typeof profileParams>

export function registerPeople(app: FastifyInstance, { store }: RouteContext): void {
  app.get<{ Querystring: Static<typeof peopleQuery> }>(
    '/people',
    {
      schema: {
        operationId: 'listPeople',
        summary: 'People, latest activity first',
        querystring: peopleQuery,
        response: answers(shapes.page(shapes.person), 'A page of people'),
      },
    },
    async (request) => {
      const { query } = request
      const { limit = defaultLimit, cursor, search } = query
      const project = projectOf(request).id
      const page = await store.query(
        compact({ type: 'people' as const, project, limit, cursor, search: search?.trim() || undefined }),
      )
      return { items: page.items.map(toPerson), nextCursor: page.nextCursor }
    },
  )

  app.get<{ Querystring: Static<typeof personQuery>; Params: Params }>(
    '/people/:profileId',
    {
      schema: {
        operationId: 'getPerson',
        summary: 'One person with identities and touches',
        params: profileParams,
        querystring: personQuery,
        response: answers(shapes.personDetail, 'The person'),
      },
    },
    async (request) => {
      const { params } = request
      const project = projectOf(request).id
      return toPersonDetail(await findPerson({ store }, project, params.profileId))
    },
  )

  registerTimelines(app, { store })
}

function registerTimelines(app: FastifyInstance, { store }: Pick<RouteContext, 'store'>): void {
  app.get<{ Querystring: Static<typeof journeyQuery>; Params: Params }>(
    '/people/:profileId/journey',
    {
      schema: {
        operationId: 'getJourney',
        summary: "A person's events across sessions and devices, in event time",
        params: profileParams,
        querystring: journeyQuery,
        response: answers(shapes.page(shapes.journeyItem), 'A page of the journey'),
      },
    },
    async (request) => {
      const {
        query,
        params: { profileId },
      } = request
      const { limit = defaultLimit, cursor, order = 'asc' } = query
      const project = projectOf(request).id
      const page = await store.query(compact({ type: 'journey' as const, project, profileId, limit, cursor, order }))
      // The question for the person is only asked where there may be none: it is not needed for the usual answer.
      if (page.items.length === 0) await findPerson({ store }, project, profileId)
      return { items: page.items.map(toJourneyItem), nextCursor: page.nextCursor }
    },
  )

  app.get<{ Querystring: Static<typeof sessionsQuery>; Params: Params }>(
    '/people/:profileId/sessions',
    {
      schema: {
        operationId: 'listPersonSessions',
        summary: "A person's sessions, latest first",
        params: profileParams,
        querystring: sessionsQuery,
        response: answers(shapes.page(shapes.session), 'A page of sessions'),
      },
    },
    async (request) => {
      const {
        query,
        params: { profileId },
      } = request
      const { limit = defaultLimit, cursor } = query
      const project = projectOf(request).id
      const page = await store.query(compact({ type: 'sessions' as const, project, profileId, limit, cursor }))
      if (page.items.length === 0) await findPerson({ store }, project, profileId)
      return { items: page.items.map(toSession), nextCursor: page.nextCursor }
    },
  )
}

/** Throws `unknown_person`. */
export async function findPerson({ store }: Pick<RouteContext, 'store'>, project: string, profileId: string) {
  const person = await store.query({ type: 'person', project, profileId })
  if (!person) throw new ApiError('unknown_person')
  return person
}
