import { BackendError, type Log } from '@trailstitch/backends'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/** Every code the read API answers with. Codes are never reused with another meaning. */
export const apiErrorTable = Object.freeze({
  invalid_request: { status: 400, retryable: false, message: 'The request is not valid.' },
  invalid_cursor: { status: 400, retryable: false, message: 'The cursor is not one that this API handed out.' },
  invalid_query: { status: 400, retryable: false, message: 'The question is not valid.' },
  unauthorized: { status: 401, retryable: false, message: 'Send the admin token as "Authorization: Bearer TOKEN".' },
  not_found: { status: 404, retryable: false, message: 'No such route.' },
  unknown_project: { status: 404, retryable: false, message: 'There is no such project.' },
  unknown_person: { status: 404, retryable: false, message: 'There is no such person.' },
  invalid_options: { status: 500, retryable: false, message: 'The dashboard was started with invalid options.' },
  internal: { status: 500, retryable: true, message: 'Something went wrong on our side.' },
  store_unavailable: { status: 503, retryable: true, message: 'The data cannot be read now. Try again.' },
  busy: { status: 503, retryable: true, message: 'Too many questions are being answered. Try again.' },
  too_many_listeners: { status: 503, retryable: true, message: 'Too many live streams are open. Try again later.' },
})

export type ApiErrorCode = keyof typeof apiErrorTable

export class ApiError extends Error {
  readonly code: ApiErrorCode
  readonly status: number
  constructor(code: ApiErrorCode, detail?: string, options?: { cause?: unknown }) {
    const info = apiErrorTable[code]
    super(detail ? `${info.message} ${detail}` : info.message, options)
    this.name = 'ApiError'
    this.code = code
    this.status = info.status
  }
}

/** What an error of any origin is to the client. What it does not know of is `internal` and says no more. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof BackendError && error.retryable) return new ApiError('store_unavailable', '', { cause: error })
  const { code, statusCode, message } = error as Partial<FastifyError>
  // Stores know what a cursor of theirs looks like; the API only hands them through.
  if (code === 'invalid_cursor') return new ApiError('invalid_cursor')
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
  if (error.status === 503) reply.header('retry-after', '5')
  return reply.code(error.status).send({ code: error.code, message: error.message })
}
