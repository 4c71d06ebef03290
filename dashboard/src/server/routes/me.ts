import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { toUser } from '../accounts/grants.ts'
import * as shapes from '../accounts/shapes.ts'
import { ApiError } from '../errors.ts'
import { reportsOf } from '../wire.ts'
import { type AccountContext, answers } from './context.ts'

const nameBody = Type.Object({ name: shapes.name })
const passwordBody = Type.Object({ current: shapes.password, next: shapes.newPassword })

/** What people see and change of themselves. */
export function registerMe(app: FastifyInstance, context: AccountContext): void {
  const { service, access } = context

  app.get(
    '/me',
    {
      schema: {
        operationId: 'getMe',
        summary: 'Who is signed in, and which projects they see',
        response: answers(shapes.me, 'The person'),
      },
    },
    async (request) => {
      const caller = context.accountOf(request)
      const account = await service.accounts.byId(caller.userId)
      if (!account) throw new ApiError('unauthorized')
      const projects: Static<typeof shapes.me>['projects'] = []
      for (const project of await access.visible(caller)) {
        const { id, name } = project
        const role = await service.teams.roleOf(id, caller.userId)
        if (role) projects.push({ id, name, role, ...reportsOf(project) })
      }
      const recoveryCodes = account.totp?.recovery.length ?? 0
      return { user: toUser({ id: caller.userId, account }), recoveryCodes, projects }
    },
  )

  app.patch<{ Body: Static<typeof nameBody> }>(
    '/me',
    {
      schema: {
        operationId: 'changeMe',
        summary: 'Change the own name',
        body: nameBody,
        response: answers(shapes.user, 'The person'),
      },
    },
    async (request) => {
      const { userId } = context.accountOf(request)
      const { name } = request.body
      const account = await service.accounts.update(userId, (before) => ({ ...before, name: name.trim() }))
      await context.noteOfAccount(request, userId, 'account.changed', 'name')
      return toUser({ id: userId, account })
    },
  )

  app.post<{ Body: Static<typeof passwordBody> }>(
    '/me/password',
    {
      schema: {
        operationId: 'changePassword',
        summary: 'Change the own password, and end all other sessions',
        body: passwordBody,
        response: answers(shapes.done, 'It is changed'),
      },
    },
    async (request) => {
      const { userId, sessionId } = context.accountOf(request)
      await context.confirmPassword(userId, request.body.current)
      const password = await service.passwords.hash(request.body.next)
      await service.accounts.update(userId, (account) => ({ ...account, password }))
      await service.sessions.endAll(userId, sessionId)
      await context.noteOfAccount(request, userId, 'password.changed')
      return {}
    },
  )
}
