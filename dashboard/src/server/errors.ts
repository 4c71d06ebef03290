import { BackendError, type Log } from '@trailstitch/backends'
import { WireError } from '@trailstitch/protocol'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** Every code the read API answers with. Codes are never reused with another meaning. */
export const apiErrorTable = Object.freeze({
  invalid_request: { status: 400, retryable: false, message: 'The request is not valid.' },
  invalid_cursor: { status: 400, retryable: false, message: 'The cursor is not one that this API handed out.' },
  query_too_large: { status: 400, retryable: false, message: 'The question is about too many events.' },
  invalid_query: { status: 400, retryable: false, message: 'The question is not valid.' },
  event_refused: { status: 400, retryable: false, message: 'The event would be refused again.' },
  unauthorized: {
    status: 401,
    retryable: false,
    message: 'Sign in, or send a token as "Authorization: Bearer TOKEN".',
  },
  wrong_credentials: { status: 401, retryable: false, message: 'The e-mail address or the password is wrong.' },
  code_needed: { status: 401, retryable: false, message: 'The account asks for a code beside the password.' },
  wrong_code: { status: 403, retryable: false, message: 'The code is wrong, or was used already.' },
  password_needed: { status: 401, retryable: false, message: 'The link asks for a password.' },
  oidc_expired: { status: 400, retryable: false, message: 'The sign-in took too long, or began in another browser.' },
  oidc_cancelled: { status: 403, retryable: false, message: 'The sign-in was cancelled at the identity provider.' },
  oidc_email: { status: 403, retryable: false, message: 'The identity provider has confirmed no e-mail address.' },
  oidc_no_account: { status: 403, retryable: false, message: 'Nobody has an account with this e-mail address.' },
  oidc_failed: {
    status: 503,
    retryable: true,
    message: 'The identity provider cannot be asked now, or is not understood.',
  },
  session_ended: { status: 401, retryable: false, message: 'The session has ended. Sign in again.' },
  forbidden: { status: 403, retryable: false, message: 'You may not do that here.' },
  account_needed: { status: 403, retryable: false, message: 'This is for people who are signed in.' },
  not_granted: { status: 403, retryable: false, message: 'The link does not include this.' },
  wrong_password: { status: 403, retryable: false, message: 'The password is wrong.' },
  not_found: { status: 404, retryable: false, message: 'No such route.' },
  unknown_project: { status: 404, retryable: false, message: 'There is no such project.' },
  unknown_person: { status: 404, retryable: false, message: 'There is no such person.' },
  unknown_event: { status: 404, retryable: false, message: 'There is no such event.' },
  unknown_tie: { status: 404, retryable: false, message: 'Nothing ties these two ids together, or not any more.' },
  unknown_member: { status: 404, retryable: false, message: 'There is no such member.' },
  unknown_key: { status: 404, retryable: false, message: 'There is no such key.' },
  unknown_rule: { status: 404, retryable: false, message: 'There is no such rule.' },
  unknown_link: { status: 404, retryable: false, message: 'The link was used, is over, or is none of ours.' },
  unknown_report: { status: 404, retryable: false, message: 'There is no such report.' },
  unknown_share: { status: 404, retryable: false, message: 'There is no such link or token.' },
  unknown_annotation: { status: 404, retryable: false, message: 'There is no such note.' },
  not_confirmed: {
    status: 409,
    retryable: false,
    message: 'That is none of the ids of this person, nor their e-mail.',
  },
  name_differs: { status: 409, retryable: false, message: 'That is not the name of this project.' },
  project_configured: {
    status: 409,
    retryable: false,
    message: 'The project stands in the configuration of the server and is removed there.',
  },
  project_removed: { status: 409, retryable: false, message: 'A project by this id was removed. Choose another one.' },
  demo_unavailable: { status: 409, retryable: false, message: 'This server makes no demo data.' },
  email_taken: { status: 409, retryable: false, message: 'Somebody has an account with this e-mail address.' },
  already_member: { status: 409, retryable: false, message: 'They are a member already.' },
  last_owner: { status: 409, retryable: false, message: 'A project keeps at least one owner.' },
  limit_reached: { status: 409, retryable: false, message: 'There are as many as there may be.' },
  second_factor_on: { status: 409, retryable: false, message: 'The second factor is on already.' },
  project_exists: { status: 409, retryable: false, message: 'There is a project by this id.' },
  last_write_key: { status: 409, retryable: false, message: 'A project keeps at least one write key without an end.' },
  changed_meanwhile: { status: 409, retryable: false, message: 'Somebody changed it since you looked.' },
  not_replayable: { status: 409, retryable: false, message: 'It holds no event that can be read.' },
  conflict: { status: 409, retryable: true, message: 'Others changed the same at the same time. Try again.' },
  locked: { status: 429, retryable: true, message: 'Too many wrong tries. Wait a while.' },
  rate_limited: { status: 429, retryable: true, message: 'Too many requests. Wait a while.' },
  invalid_options: { status: 500, retryable: false, message: 'The dashboard was started with invalid options.' },
  internal: { status: 500, retryable: true, message: 'Something went wrong on our side.' },
  store_unavailable: { status: 503, retryable: true, message: 'The data cannot be read now. Try again.' },
  queue_unavailable: { status: 503, retryable: true, message: 'Events cannot be made durable now. Try again.' },
  busy: { status: 503, retryable: true, message: 'Too many questions are being answered. Try again.' },
  too_many_listeners: { status: 503, retryable: true, message: 'Too many live streams are open. Try again later.' },
})

export type ApiErrorCode = keyof typeof apiErrorTable

export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly status: number
  /** When to try again, for codes that say so. */
  readonly retryAfterS: number | undefined
  constructor(code: ApiErrorCode, detail?: string, options?: { cause?: unknown; retryAfterMs?: number }) {
    const info = apiErrorTable[code]
    super(detail ? `${info.message} ${detail}` : info.message, options)
    this.name = 'ApiError'
    this.code = code
    this.status = info.status
    const { retryAfterMs } = options ?? {}
    this.retryAfterS = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / 1000))
  }
}

/** What an error of any origin is to the client. What it does not know of is `internal` and says no more. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof BackendError && error.retryable) return new ApiError('store_unavailable', '', { cause: error })
  if (error instanceof WireError && error.retryable) return new ApiError('queue_unavailable', '', { cause: error })
  const { code, statusCode, message } = error as Partial<FastifyError>
  // Stores know what a cursor of theirs looks like; the API only hands them through.
  if (code === 'invalid_cursor') return new ApiError('invalid_cursor')
  if (error instanceof BackendError && error.code === 'query_too_large')
    return new ApiError('query_too_large', error.message.split('events. ').at(-1))
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return new ApiError('invalid_request', message)
  return new ApiError('internal', '', { cause: error })
}

/** Answers `{ code, message }` for every error, and logs those that are our own. */
export function createErrorHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const known = toApiError(error)
    if (known.status >= 500) log.error({ err: error, url: request.url }, 'a read request failed')
    return sendError(reply, known)
  }
}

export function sendError(reply: FastifyReply, error: ApiError) {
  if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="trailstitch"')
  const retryAfterS = error.retryAfterS ?? (error.status === 503 ? 5 : undefined)
  if (retryAfterS !== undefined) reply.header('retry-after', String(retryAfterS))
  return reply.code(error.status).send({ code: error.code, message: error.message })
}
