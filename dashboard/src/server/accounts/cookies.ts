import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'

export const refreshCookie = 'trailstitch_refresh'
/** A page of another site cannot set it without asking first, and is not allowed to. */
export const ownHeader = 'x-trailstitch'
const path = '/api/v1/auth'

/** Of a sign-in by an identity provider that is under way. The way back from there is a navigation from another site. */
export const attemptCookie: SmallCookie = { name: 'trailstitch_oidc', path: `${path}/oidc`, sameSite: 'lax' }
/** Of one that lacks the code of a second factor. */
export const halfwayCookie: SmallCookie = { name: 'trailstitch_oidc_code', path: `${path}/oidc`, sameSite: 'strict' }

export interface SmallCookie {
  name: string
  path: string
  sameSite: 'lax' | 'strict'
}

interface CookieLife {
  /** 0 takes it away. */
  maxAgeMs: number
  secure: boolean
}

export const readCookie = (request: FastifyRequest, { name }: Pick<SmallCookie, 'name'>): string =>
  parseCookie(request.headers.cookie ?? '')[name] ?? ''

/** No script can read it. */
export function setCookie(
  reply: FastifyReply,
  cookie: SmallCookie,
  value: string,
  { maxAgeMs, secure }: CookieLife,
): void {
  const maxAge = Math.floor(maxAgeMs / 1000)
  reply.header('set-cookie', stringifySetCookie({ ...cookie, value, httpOnly: true, secure, maxAge }))
}

export const readRefreshToken = (request: FastifyRequest): string => readCookie(request, { name: refreshCookie })

export const setRefreshToken = (reply: FastifyReply, value: string, life: CookieLife): void =>
  setCookie(reply, { name: refreshCookie, path, sameSite: 'strict' }, value, life)

/** For routes that act on the cookie alone. Throws `invalid_request`. */
export function demandOwnHeader(request: FastifyRequest): void {
  if (request.headers[ownHeader] !== '1') throw new ApiError('invalid_request', `Send the header "${ownHeader}: 1".`)
}
