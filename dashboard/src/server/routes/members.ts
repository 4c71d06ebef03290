import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { type Invitation, listAll, normalEmail, type Role, rankOf } from '../accounts/documents.ts'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { projectOf, roleOf } from '../guard.ts'
import * as lists from '../shapes.ts'
import { toIso } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const invitationLifeMs = 7 * 24 * 3_600_000
const maxInvitations = 200

const projectParams = Type.Object({ project: shapes.id })
const memberParams = Type.Object({ project: shapes.id, userId: shapes.id })
const invitationParams = Type.Object({ project: shapes.id, invitationId: shapes.id })
const roleBody = Type.Object({ role: shapes.role })
const invitationBody = Type.Object({ email: shapes.email, role: shapes.role })

/** Nobody gives or takes a role above their own. Throws `forbidden`. */
const demandRank = (own: Role, role: Role | undefined): void => {
  if (role && rankOf(role) > rankOf(own)) throw new ApiError('forbidden', `An ${role} is above you.`)
}

export function registerMembers(app: FastifyInstance, context: AccountContext): void {
  const { service } = context

  app.get(
    '/projects/:project/members',
    {
      schema: {
        operationId: 'listMembers',
        summary: 'Who sees the project',
        params: projectParams,
        response: answers(lists.page(shapes.member), 'All members'),
      },
    },
    async (request) => {
      const members = Object.entries(await service.teams.members(projectOf(request).id))
      const items = await Promise.all(
        members.map(async ([userId, { role, since }]) => {
          const { email = '', name = '' } = (await service.accounts.byId(userId)) ?? {}
          return { userId, email, name, role, since: toIso(since) }
        }),
      )
      return { items, nextCursor: null }
    },
  )

  app.patch<{ Params: Static<typeof memberParams>; Body: Static<typeof roleBody> }>(
    '/projects/:project/members/:userId',
    {
      schema: {
        operationId: 'changeMember',
        summary: 'Give a member another role, up to the own one',
        params: memberParams,
        body: roleBody,
        response: answers(shapes.done, 'It is changed'),
      },
    },
    async (request) => {
      const { userId } = request.params
      const { role } = request.body
      let from: Role | undefined
      await service.teams.set(projectOf(request).id, userId, role, (before) => {
        if (!before) throw new ApiError('unknown_member')
        demandRank(roleOf(request), before)
        demandRank(roleOf(request), role)
        from = before
      })
      await context.note(request, 'member.changed', userId, `${from} to ${role}`)
      return {}
    },
  )

  registerLeaving(app, context)
  registerInvitations(app, context)
}

function registerLeaving(app: FastifyInstance, context: AccountContext): void {
  const { service } = context
  app.delete<{ Params: Static<typeof memberParams> }>(
    '/projects/:project/members/:userId',
    {
      schema: {
        operationId: 'removeMember',
        summary: 'Take a member out, or leave',
        params: memberParams,
        response: answers(shapes.done, 'They are out'),
      },
    },
    async (request) => {
      const { userId } = request.params
      const { caller } = request
      const isOwn = caller.kind === 'account' && caller.userId === userId
      if (!isOwn && rankOf(roleOf(request)) < rankOf('admin')) throw new ApiError('forbidden')
      await service.teams.set(projectOf(request).id, userId, undefined, (before) => {
        if (!before) throw new ApiError('unknown_member')
        demandRank(roleOf(request), before)
      })
      await context.note(request, isOwn ? 'member.left' : 'member.removed', userId)
      return {}
    },
  )
}

const listOpen = ({ service }: AccountContext, project: string) =>
  listAll<Invitation>(service.options.directory, 'invitation', ['project', project])

function registerInvitations(app: FastifyInstance, context: AccountContext): void {
  const { service } = context

  app.get(
    '/projects/:project/invitations',
    {
      schema: {
        operationId: 'listInvitations',
        summary: 'Invitations that nobody has accepted yet',
        params: projectParams,
        response: answers(lists.page(shapes.invitation), 'All of them'),
      },
    },
    async (request) => {
      const open = await listOpen(context, projectOf(request).id)
      const items = open.map(({ id, body: { email, role, invitedAt } }) => ({
        id,
        email,
        role,
        invitedAt: toIso(invitedAt),
      }))
      return { items, nextCursor: null }
    },
  )

  registerInviting(app, context)

  app.delete<{ Params: Static<typeof invitationParams> }>(
    '/projects/:project/invitations/:invitationId',
    {
      schema: {
        operationId: 'withdrawInvitation',
        summary: 'Make the link of an invitation useless',
        params: invitationParams,
        response: answers(shapes.done, 'It is'),
      },
    },
    async (request) => {
      const found = (await listOpen(context, projectOf(request).id)).find(
        ({ id }) => id === request.params.invitationId,
      )
      if (!found) throw new ApiError('unknown_link')
      await service.options.directory.delete('invitation', found.id)
      await context.note(request, 'invitation.withdrawn', found.body.email)
      return {}
    },
  )
}

function registerInviting(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context
  app.post<{ Params: Static<typeof projectParams>; Body: Static<typeof invitationBody> }>(
    '/projects/:project/invitations',
    {
      schema: {
        operationId: 'invite',
        summary: 'Invite somebody, up to the own role; the link works once, for a week',
        params: projectParams,
        body: invitationBody,
        response: answers(Type.Object({ link: Type.String() }), 'The link; it is mailed, too, where mail is set up'),
      },
    },
    async (request) => {
      const project = projectOf(request)
      const { role } = request.body
      const email = normalEmail(request.body.email)
      demandRank(roleOf(request), role)
      const known = await service.accounts.byEmail(email)
      if (known && (await service.teams.roleOf(project.id, known.id))) throw new ApiError('already_member')
      if ((await listOpen(context, project.id)).length >= maxInvitations)
        throw new ApiError('limit_reached', `${maxInvitations} invitations are open.`)
      const body: Invitation = { project: project.id, email, role, invitedAt: deps.now() }
      const keys = { project: project.id, email }
      const token = await service.links.make('invitation', body, { lifeMs: invitationLifeMs, keys })
      const link = `${service.options.baseUrl()}/join#token=${token}`
      await context.note(request, 'member.invited', email, role)
      const text = `You are invited to ${project.name} on Trailstitch. Within a week, open\n\n${link}\n`
      const { sendMail } = service.options
      if (sendMail) context.later(() => sendMail({ to: email, subject: `Invitation to ${project.name}`, text }))
      return { link }
    },
  )
}
