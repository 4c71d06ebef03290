import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Known } from '../accounts/accounts.ts'
import { demandOwnHeader, readRefreshToken } from '../accounts/cookies.ts'
import type { Invitation } from '../accounts/documents.ts'
import { answerSession, dropSession } from '../accounts/grants.ts'
import { passwordLength } from '../accounts/passwords.ts'
import * as shapes from '../accounts/shapes.ts'
import { addressKey, type Limit } from '../accounts/throttle.ts'
import { ApiError } from '../errors.ts'
import { type AccountContext, answers } from './context.ts'

const minuteMs = 60_000
/** Of one address, at all routes that take a secret together. */
const addressLimit: Limit = { max: 60, windowMs: minuteMs }
const forgotLimit: Limit = { max: 3, windowMs: 60 * minuteMs }
const resetLifeMs = 60 * minuteMs

/** Of a second factor, where the account has one. */
const code = Type.Optional(shapes.code)
const signInBody = Type.Object({ email: shapes.email, password: shapes.password, code })
const setupBody = Type.Object({ token: shapes.token, ...signInBody.properties, name: shapes.name })
const joinBody = Type.Object({ token: shapes.token, name: shapes.name, password: shapes.password, code })
const resetBody = Type.Object({ token: shapes.token, password: shapes.newPassword })
const forgotBody = Type.Object({ email: shapes.email })

/** Slows down who tries many secrets from one address. Throws `rate_limited`. */
export async function limitAddress({ service }: AccountContext, { ip }: FastifyRequest): Promise<void> {
  const key = addressKey(ip)
  if (key !== undefined) await service.throttle.take(`address:${key}`, addressLimit, 'rate_limited')
}

export function registerAuth(app: FastifyInstance, context: AccountContext): void {
  registerSignIn(app, context)
  registerRefresh(app, context)
  registerSetup(app, context)
  registerForgot(app, context)
}

function registerSignIn(app: FastifyInstance, context: AccountContext): void {
  const { service } = context
  app.get(
    '/auth/state',
    {
      schema: {
        operationId: 'getAuthState',
        summary: 'What a sign-in page has to know',
        response: answers(shapes.state, 'The state'),
      },
    },
    async () => ({
      needsSetup: !(await service.teams.hasOwner()),
      mail: service.options.sendMail !== undefined,
      oidc: service.oidc
        ? { name: service.oidc.name, url: `${service.options.baseUrl()}/api/v1/auth/oidc/start` }
        : null,
    }),
  )

  app.post<{ Body: Static<typeof signInBody> }>(
    '/auth/sign-in',
    {
      schema: {
        operationId: 'signIn',
        summary: 'Begin a session',
        body: signInBody,
        response: answers(shapes.session, 'The session; the cookie refreshes it'),
      },
    },
    async (request, reply) => {
      await limitAddress(context, request)
      const { email, password, code } = request.body
      const known = await service.accounts.checkSignIn(email, password, code)
      const grant = await service.sessions.start(known.id)
      await context.noteOfAccount(request, known.id, 'session.started')
      return answerSession(service, request, reply, { grant, known })
    },
  )
}

function registerRefresh(app: FastifyInstance, context: AccountContext): void {
  const { service } = context
  app.post(
    '/auth/refresh',
    {
      schema: {
        operationId: 'refreshSession',
        summary: 'A new access token for the cookie, and a new cookie; needs the header x-trailstitch: 1',
        response: answers(shapes.session, 'The session'),
      },
    },
    async (request, reply) => {
      demandOwnHeader(request)
      await limitAddress(context, request)
      try {
        const grant = await service.sessions.refresh(readRefreshToken(request))
        return await answerSession(service, request, reply, { grant })
      } catch (error) {
        if (error instanceof ApiError && error.code === 'session_ended') dropSession(service, request, reply)
        throw error
      }
    },
  )

  app.post(
    '/auth/sign-out',
    {
      schema: {
        operationId: 'signOut',
        summary: 'End the session of the cookie; needs the header x-trailstitch: 1',
        response: answers(shapes.done, 'It is ended'),
      },
    },
    async (request, reply) => {
      demandOwnHeader(request)
      await service.sessions.end(readRefreshToken(request))
      dropSession(service, request, reply)
      return {}
    },
  )

  app.post(
    '/auth/sign-out-everywhere',
    {
      schema: {
        operationId: 'signOutEverywhere',
        summary: 'End all sessions of the account, this one included',
        response: answers(shapes.done, 'They are ended'),
      },
    },
    async (request, reply) => {
      const { userId } = context.accountOf(request)
      await service.sessions.endAll(userId)
      await context.noteOfAccount(request, userId, 'sessions.ended')
      dropSession(service, request, reply)
      return {}
    },
  )
}

interface Given {
  email: string
  name: string
  password: string
  code?: string
}

function registerSetup(app: FastifyInstance, context: AccountContext): void {
  const { service, projects } = context

  /** Whose address it is: they prove it as they do at sign-in, or choose a password. */
  const findOrMake = async ({ code, ...given }: Given): Promise<Known> => {
    if (await service.accounts.byEmail(given.email))
      return service.accounts.checkSignIn(given.email, given.password, code)
    const { min } = passwordLength
    if (given.password.length < min) throw new ApiError('invalid_request', `A password has at least ${min} characters.`)
    return service.accounts.create({ ...given, password: await service.passwords.hash(given.password) })
  }

  app.post<{ Body: Static<typeof setupBody> }>(
    '/auth/setup',
    {
      schema: {
        operationId: 'setUp',
        summary: 'Become an owner of every project, with the link that the server printed',
        body: setupBody,
        response: answers(shapes.session, 'The session'),
      },
    },
    async (request, reply) => {
      await limitAddress(context, request)
      const { token, ...given } = request.body
      await service.links.read('setup', token)
      const known = await findOrMake(given)
      await service.links.take('setup', token)
      for (const { id } of projects.all()) await service.teams.set(id, known.id, 'owner')
      const grant = await service.sessions.start(known.id)
      await context.noteOfAccount(request, known.id, 'project.owned')
      return answerSession(service, request, reply, { grant, known })
    },
  )

  app.post<{ Body: Static<typeof joinBody> }>(
    '/auth/join',
    {
      schema: {
        operationId: 'join',
        summary: 'Accept an invitation; who has an account already gives its password',
        body: joinBody,
        response: answers(shapes.session, 'The session'),
      },
    },
    async (request, reply) => {
      await limitAddress(context, request)
      const { token, ...given } = request.body
      const { email, project, role } = await service.links.read<Invitation>('invitation', token)
      const known = await findOrMake({ ...given, email })
      await service.links.take('invitation', token)
      if (!(await service.teams.roleOf(project, known.id))) await service.teams.set(project, known.id, role)
      const grant = await service.sessions.start(known.id)
      await context.noteOfAccount(request, known.id, 'member.joined', role)
      return answerSession(service, request, reply, { grant, known })
    },
  )
}

function registerForgot(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context

  const sendReset = async (email: string): Promise<void> => {
    const known = await service.accounts.byEmail(email)
    if (!known) return
    await service.throttle.take(`forgot:${known.id}`, forgotLimit, 'rate_limited')
    const options = { lifeMs: resetLifeMs, keys: { user: known.id } }
    const token = await service.links.make('reset', { userId: known.id }, options)
    const link = `${service.options.baseUrl()}/reset#token=${token}`
    if (!service.options.sendMail) return deps.log.warn({ link }, 'somebody forgot their password; give them this link')
    const text = `Choose a new password here, within an hour:\n\n${link}\n\nIf you did not ask for it, do nothing.\n`
    await service.options.sendMail({ to: known.account.email, subject: 'Your Trailstitch password', text })
  }

  app.post<{ Body: Static<typeof forgotBody> }>(
    '/auth/forgot',
    {
      schema: {
        operationId: 'forgotPassword',
        summary: 'Have a link sent that sets a new password; the answer does not tell who has an account',
        body: forgotBody,
        response: answers(shapes.done, 'If there is such an account, the link is on its way', 202),
      },
    },
    async (request, reply) => {
      await limitAddress(context, request)
      // Afterwards: the time to make and send a link would tell that there is an account.
      context.later(() => sendReset(request.body.email))
      return reply.code(202).send({})
    },
  )

  app.post<{ Body: Static<typeof resetBody> }>(
    '/auth/reset',
    {
      schema: {
        operationId: 'resetPassword',
        summary: 'Set a new password with a link, and end all sessions',
        body: resetBody,
        response: answers(shapes.done, 'It is set'),
      },
    },
    async (request) => {
      await limitAddress(context, request)
      const { userId } = await service.links.take<{ userId: string }>('reset', request.body.token)
      const password = await service.passwords.hash(request.body.password)
      await service.accounts.update(userId, (account) => ({ ...account, password }))
      await service.links.dropAll('reset', ['user', userId])
      await service.sessions.endAll(userId)
      await context.noteOfAccount(request, userId, 'password.reset')
      return {}
    },
  )
}
