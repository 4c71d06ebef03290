import { unlinkEvent } from '@trailstitch/backends'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import type { Operator } from '../operator.ts'
import { compact, maxIdLength, parts, profileParams } from '../params.ts'
import * as shapes from '../shapes.ts'
import { createTraitHistory, maxEvents } from '../trait-history.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers, type RouteContext } from './context.ts'
import { findPerson } from './people.ts'

const pageSize = 1_000

const projectQuery = Type.Object(parts.project)
const id = (description: string) => Type.String({ minLength: 1, maxLength: maxIdLength, description })
const unlinkBody = Type.Object({
  anonymousId: Type.Optional(id('The visitor that is not this user. Either this or previousId.')),
  previousId: Type.Optional(id('The id that an alias merged into the user.')),
  userId: id('The user, as the tie names it.'),
})

type Params = Static<typeof profileParams>

/** `note` writes to the audit log; it is missing where there is none. */
interface IdentityContext extends RouteContext {
  operator: Pick<Operator, 'send'>
  note: AccountContext['note'] | undefined
}

/** What was known of a person when, and how to undo what made several ids one person. */
export function registerIdentity(app: FastifyInstance, context: IdentityContext): void {
  registerTraits(app, context)
  registerUnlink(app, context)
}

function registerTraits(app: FastifyInstance, { store }: RouteContext): void {
  app.get<{ Querystring: Static<typeof projectQuery>; Params: Params }>(
    '/people/:profileId/traits',
    {
      schema: {
        operationId: 'getTraitHistory',
        summary: "What a person's traits are and were, newest value first",
        params: profileParams,
        querystring: projectQuery,
        response: answers(shapes.traitHistory, `From the newest ${maxEvents} events of the journey`),
      },
    },
    async (request) => {
      const { profileId } = request.params
      const project = projectOf(request).id
      const history = createTraitHistory()
      let cursor: string | undefined
      let seen = 0
      do {
        const query = { type: 'journey' as const, project, profileId, limit: pageSize, order: 'desc' as const, cursor }
        const page = await store.query(compact(query))
        history.add(page.items)
        seen += page.items.length
        cursor = page.nextCursor ?? undefined
      } while (cursor !== undefined && seen < maxEvents)
      if (seen === 0) await findPerson({ store }, project, profileId)
      const { items, isCut } = history.read()
      const traits = items.map(({ name, values }) => ({
        name,
        values: values.map(({ at, ...value }) => ({ ...value, at: toIso(at) })),
      }))
      return { items: traits, complete: cursor === undefined && !isCut }
    },
  )
}

function registerUnlink(app: FastifyInstance, { store, deps, operator, note }: IdentityContext): void {
  app.post<{
    Querystring: Static<typeof projectQuery>
    Params: Params
    Body: Static<typeof unlinkBody>
  }>(
    '/people/:profileId/unlink',
    {
      schema: {
        operationId: 'unlinkPerson',
        summary: 'Undo a merge: say that two ids are not the same person',
        description: 'All ties of the two up to now are void. What is sent after that with both ids ties them again.',
        params: profileParams,
        querystring: projectQuery,
        body: unlinkBody,
        response: answers(Type.Object({}), 'It is durable; they come apart as soon as it is processed', 202),
      },
    },
    async (request, reply) => {
      const { profileId } = request.params
      const { userId, anonymousId, previousId } = request.body
      const from = anonymousId ?? previousId
      if (from === undefined || (anonymousId !== undefined && previousId !== undefined))
        throw new ApiError('invalid_request', 'Give one of anonymousId and previousId.')
      const project = projectOf(request).id
      const kind = anonymousId === undefined ? 'alias' : 'visitor'
      const { links } = await findPerson({ store }, project, profileId)
      const isTied = links.some((link) => {
        return link.kind === kind && link.from === from && link.userId === userId && !link.undone
      })
      if (!isTied) throw new ApiError('unknown_tie')
      await note?.(request, 'person.unlinked', profileId, `${from} from ${userId}`)
      const ids = kind === 'alias' ? { previousId: from } : { anonymousId: from }
      await operator.send(project, unlinkEvent({ userId, ...ids }, deps.now()))
      return reply.code(202).send({})
    },
  )
}
