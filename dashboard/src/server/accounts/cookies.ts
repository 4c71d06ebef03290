import { parseCookie, stringifySetCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'

export const refreshCookie = 'trailstitch_refresh'
/** A page of another site cannot set it without asking first, and is not allowed to. */
export const ownHeader = 'x-trailstitch'
const path = '/api/v1/auth'

export const readRefreshToken = (request: FastifyRequest): string =>
  parseCookie(request.headers.cookie ?? '')[refreshCookie] ?? ''

/** `maxAgeMs` 0 takes it away. */
export function setRefreshToken(
  reply: FastifyReply,
  value: string,
  options: { maxAgeMs: number; secure: boolean },
): void {
  const cookie = stringifySetCookie({
    name: refreshCookie,
    value,
    path,
    httpOnly: true,
    sameSite: 'strict',
    secure: options.secure,
    maxAge: Math.floor(options.maxAgeMs / 1000),
  })
  reply.header('set-cookie', cookie)
}

/** For routes that act on the cookie alone. Throws `invalid_request`. */
export function demandOwnHeader(request: FastifyRequest): void {
  if (request.headers[ownHeader] !== '1') throw new ApiError('invalid_request', `Send the header "${ownHeader}: 1".`)
}
