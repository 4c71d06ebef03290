import { askRemoval, type DirectoryDocument, type Removal, readRemovals } from '@trailstitch/backends'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import * as parts from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf } from '../guard.ts'
import * as shapes from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const params = Type.Object({ project: parts.id })
const removeBody = Type.Object({
  confirm: Type.String({ minLength: 1, maxLength: 200, description: 'The name of the project, as it is written.' }),
})
const removal = Type.Object({
  project: Type.String(),
  name: Type.String(),
  isDemo: Type.Boolean(),
  state: Type.Enum(['waiting', 'running', 'done']),
  requestedAt: parts.time,
  doneAt: Type.Union([parts.time, Type.Null()]),
  events: Type.Integer({ description: 'Events that are gone from the store.' }),
})

/** Removing whole projects, and how far that has come. */
export function registerRemovals(app: FastifyInstance, context: AccountContext): void {
  const { deps, note, noteOfAccount, service } = context
  const { directory, isConfigured, refreshProjects } = service.options

  app.get(
    '/removals',
    {
      schema: {
        operationId: 'listRemovals',
        summary: 'Projects that are being removed, or were: those that the caller owned',
        response: answers(shapes.page(removal), 'All of them'),
      },
    },
    async ({ caller }) => {
      const isMine = ({ owners }: Removal): boolean =>
        caller.kind === 'admin-token' || (caller.kind === 'account' && owners.includes(caller.userId))
      return {
        items: (await readRemovals(directory)).filter(({ body }) => isMine(body)).map(toRemoval),
        nextCursor: null,
      }
    },
  )

  app.delete<{ Params: Static<typeof params>; Body: Static<typeof removeBody> }>(
    '/projects/:project',
    {
      schema: {
        operationId: 'removeProject',
        summary: 'Remove the project: events, people, figures, and what was made in it, for good',
        description:
          'It is there for nobody from now on, and its write keys send nothing. The audit log is kept as long as ever, and the id is not given again.',
        params,
        body: removeBody,
        response: answers(Type.Object({ project: Type.String() }), 'It is durable; data goes within minutes', 202),
      },
    },
    async (request, reply) => {
      const project = projectOf(request)
      const { id, name } = project
      if (isConfigured?.(id)) throw new ApiError('project_configured')
      if (request.body.confirm.trim() !== name.trim()) throw new ApiError('name_differs')
      // An account's other projects know of it, too: this one's log can be read no more.
      const { caller } = request
      if (caller.kind === 'account') await noteOfAccount(request, caller.userId, 'project.removed', name, id)
      else await note(request, 'project.removed', id, name)
      const members = Object.entries(await service.teams.members(id))
      const owners = members.filter(([, { role }]) => role === 'owner').map(([userId]) => userId)
      await askRemoval(directory, project, owners, deps.now())
      await refreshProjects()
      return reply.code(202).send({ project: id })
    },
  )
}

const toRemoval = ({ id, body }: DirectoryDocument<Removal>) => ({
  project: id,
  name: body.name,
  isDemo: body.isDemo,
  state: body.state,
  requestedAt: toIso(body.requestedAt),
  doneAt: body.doneAt === undefined ? null : toIso(body.doneAt),
  events: body.events,
})
