import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Known } from '../accounts/accounts.ts'
import {
  attemptCookie,
  demandOwnHeader,
  halfwayCookie,
  readCookie,
  type SmallCookie,
  setCookie,
} from '../accounts/cookies.ts'
import { answerSession, isSecure } from '../accounts/grants.ts'
import type { Oidc, OidcAttempt } from '../accounts/oidc.ts'
import { acceptInvitations, findPerson, linkPerson } from '../accounts/oidc-people.ts'
import * as shapes from '../accounts/shapes.ts'
import { createTickets, type Tickets } from '../accounts/tickets.ts'
import { ApiError, toApiError } from '../errors.ts'
import { limitAddress } from './auth.ts'
import { type AccountContext, answers } from './context.ts'

const minuteMs = 60_000
const attemptMs = 10 * minuteMs
const halfwayMs = 5 * minuteMs

const startQuery = Type.Object({
  to: Type.Optional(Type.String({ maxLength: 4000, description: 'Path and query of the page to come back to.' })),
})
/** Identity providers send more than they have to. */
const callbackQuery = Type.Object({}, { additionalProperties: true })
const codeBody = Type.Object({ code: shapes.code })

/** Whom the identity provider has named. */
interface Proven {
  userId: string
  oidc: string
  email: string | undefined
}

/** What the routes share. */
interface Parts extends AccountContext {
  /** Throws `not_found` where there is no identity provider. */
  provider(): Oidc
  attempts: Tickets<OidcAttempt & { to: string }>
  halfway: Tickets<Proven>
}

export function registerOidc(app: FastifyInstance, context: AccountContext): void {
  const { service, deps } = context
  const parts: Parts = {
    ...context,
    provider() {
      if (!service.oidc) throw new ApiError('not_found')
      return service.oidc
    },
    attempts: createTickets(service.secrets, deps, { purpose: 'oidc attempt', lifeMs: attemptMs }),
    halfway: createTickets(service.secrets, deps, { purpose: 'oidc code', lifeMs: halfwayMs }),
  }
  registerStart(app, parts)
  registerCallback(app, parts)
  registerCode(app, parts)
}

function registerStart(app: FastifyInstance, parts: Parts): void {
  app.get<{ Querystring: Static<typeof startQuery> }>(
    '/auth/oidc/start',
    {
      schema: {
        operationId: 'startOidc',
        summary: 'For browsers: go to the identity provider to sign in',
        querystring: startQuery,
        response: answers(Type.Null(), 'To the identity provider, or back to the page with #sign-in=CODE', 302),
      },
    },
    async (request, reply) => {
      const oidc = parts.provider()
      const { to = '/' } = request.query
      return orBack(parts, reply, to, async () => {
        await limitAddress(parts, request)
        const { url, attempt } = await oidc.begin()
        keep(parts, request, reply, {
          cookie: attemptCookie,
          value: parts.attempts.seal({ ...attempt, to }),
          lifeMs: attemptMs,
        })
        return url
      })
    },
  )
}

function registerCallback(app: FastifyInstance, parts: Parts): void {
  const { service } = parts
  app.get(
    '/auth/oidc/callback',
    {
      schema: {
        operationId: 'finishOidc',
        summary: 'For browsers: come back from the identity provider',
        querystring: callbackQuery,
        response: answers(Type.Null(), 'To the page, signed in, or with #sign-in=CODE', 302),
      },
    },
    async (request, reply) => {
      const oidc = parts.provider()
      const attempt = parts.attempts.open(readCookie(request, attemptCookie))
      // Whatever comes of it, it counts once.
      keep(parts, request, reply, { cookie: attemptCookie, value: '', lifeMs: 0 })
      const to = attempt?.to ?? '/'
      return orBack(parts, reply, to, async () => {
        await limitAddress(parts, request)
        if (!attempt) throw new ApiError('oidc_expired')
        const identity = await oidc.finish(searchOf(request), attempt)
        const known = await findPerson(service, oidc, identity)
        const proven = { userId: known.id, oidc: identity.oidc, email: identity.email }
        if (known.account.totp) {
          keep(parts, request, reply, { cookie: halfwayCookie, value: parts.halfway.seal(proven), lifeMs: halfwayMs })
          return pageUrl(parts, to, 'code')
        }
        await begin(parts, request, reply, proven, known)
        return pageUrl(parts, to)
      })
    },
  )
}

function registerCode(app: FastifyInstance, parts: Parts): void {
  const { service } = parts
  app.post<{ Body: Static<typeof codeBody> }>(
    '/auth/oidc/code',
    {
      schema: {
        operationId: 'finishOidcWithCode',
        summary: 'Give the code of a second factor after the identity provider; needs the header x-trailstitch: 1',
        body: codeBody,
        response: answers(shapes.session, 'The session; the cookie refreshes it'),
      },
    },
    async (request, reply) => {
      demandOwnHeader(request)
      parts.provider()
      await limitAddress(parts, request)
      const proven = parts.halfway.open(readCookie(request, halfwayCookie))
      if (!proven) throw new ApiError('oidc_expired')
      await service.accounts.checkCode(proven.userId, request.body.code)
      keep(parts, request, reply, { cookie: halfwayCookie, value: '', lifeMs: 0 })
      return begin(parts, request, reply, proven)
    },
  )
}

/** Begins a session, and does what a proven address brings with it. */
async function begin(
  { service, noteOfAccount }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  { userId, oidc, email }: Proven,
  known?: Known,
) {
  const isNew = await linkPerson(service, userId, oidc)
  const joined = email === undefined ? [] : await acceptInvitations(service, userId, email)
  const grant = await service.sessions.start(userId)
  for (const role of joined) await noteOfAccount(request, userId, 'member.joined', role)
  if (isNew) await noteOfAccount(request, userId, 'account.linked', service.oidc?.name)
  await noteOfAccount(request, userId, 'session.started', service.oidc?.name)
  return answerSession(service, request, reply, { grant, ...(known && { known }) })
}

function keep(
  { service }: Parts,
  request: FastifyRequest,
  reply: FastifyReply,
  { cookie, value, lifeMs }: { cookie: SmallCookie; value: string; lifeMs: number },
): void {
  setCookie(reply, cookie, value, { maxAgeMs: lifeMs, secure: isSecure(service, request) })
}

/** Sends the browser on. A person looks at it, so that a failure leads back to the page, which has words for its code. */
async function orBack(parts: Parts, reply: FastifyReply, to: string, next: () => Promise<string>) {
  try {
    return reply.redirect(await next())
  } catch (error) {
    const { code, message, status } = toApiError(error)
    if (status >= 500) parts.deps.log.error({ error: message }, 'a sign-in by the identity provider failed')
    return reply.redirect(pageUrl(parts, to, code))
  }
}

/** A page of ours and no other's: whoever sends somebody a link must not choose where they end up. */
function pageUrl({ service }: Parts, to: string, hint?: string): string {
  const base = service.options.baseUrl()
  const url = to.startsWith('/') && URL.canParse(to, base) ? new URL(to, base) : new URL(base)
  const page = url.origin === new URL(base).origin ? url : new URL(base)
  page.hash = hint === undefined ? '' : `sign-in=${hint}`
  return page.href
}

const searchOf = ({ url }: FastifyRequest): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '')
