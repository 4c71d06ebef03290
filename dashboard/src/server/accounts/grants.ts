import type { FastifyReply, FastifyRequest } from 'fastify'
import { ApiError } from '../errors.ts'
import { toIso } from '../wire.ts'
import type { Known } from './accounts.ts'
import { setRefreshToken } from './cookies.ts'
import type { AccountService } from './service.ts'
import type { Grant } from './sessions.ts'

export const toUser = ({ id, account: { email, name, totp } }: Known) => ({ id, email, name, totp: totp !== undefined })

/** Whether cookies may be sent over TLS alone. */
export const isSecure = (service: AccountService, request: FastifyRequest): boolean =>
  service.options.baseUrl().startsWith('https:') || request.protocol === 'https'

/** Answers with a session: the access token in the body, the refresh token in a cookie that scripts cannot read. */
export async function answerSession(
  service: AccountService,
  request: FastifyRequest,
  reply: FastifyReply,
  { grant, known }: { grant: Grant; known?: Known },
) {
  const account = known?.account ?? (await service.accounts.byId(grant.userId))
  if (!account) throw new ApiError('session_ended')
  setRefreshToken(reply, grant.refreshToken, { maxAgeMs: grant.refreshMs, secure: isSecure(service, request) })
  const { accessToken, expiresAt, userId } = grant
  return { accessToken, expiresAt: toIso(expiresAt), user: toUser({ id: userId, account }) }
}

export function dropSession(service: AccountService, request: FastifyRequest, reply: FastifyReply): void {
  setRefreshToken(reply, '', { maxAgeMs: 0, secure: isSecure(service, request) })
}
