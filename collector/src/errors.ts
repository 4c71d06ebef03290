import type { Log } from '@trailstitch/backends'
import { type ErrorCode, errorTable, WireError } from '@trailstitch/protocol'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

/**
 * What is wrong with a request as HTTP, before there is a body to speak of. The codes of the body and of events are
 * those of the protocol.
 */
export const transportErrors = Object.freeze({
  malformed_request: { status: 400, retryable: false, message: 'This is not a valid HTTP request.' },
  headers_too_large: { status: 431, retryable: false, message: 'The request headers are over 16 KB.' },
  body_timeout: errorTable.body_timeout,
})
export type TransportCode = keyof typeof transportErrors

/** Too many requests; `retryAfterSeconds` until the window is over. */
export class RateLimitedError extends WireError {
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number) {
    super('rate_limited')
    this.name = 'RateLimitedError'
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The client hung up before its body was there. Nobody reads the answer. */
export class ClientGoneError extends Error {
  constructor() {
    super('The client closed the connection.')
    this.name = 'ClientGoneError'
  }
}

interface Failure {
  status: number
  code: ErrorCode | TransportCode
  message: string
}

/** A queue that fails is given more time to come back than one that is merely full. */
const retryAfterSeconds: Partial<Record<ErrorCode | TransportCode, number>> = {
  overloaded: 1,
  queue_unavailable: 5,
  stopping: 5,
}

/** Codes after which the rest of the body is not read, so the connection can't be used again. */
const unread = new Set<string>(['body_timeout', 'body_too_large', 'overloaded'])

export type FailureSender = (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply

/** Puts the coded answer to a failed request on its reply. What nobody foresaw is logged and answered with no detail. */
export function createFailureSender(log: Log): FailureSender {
  return (error, request, reply) => {
    const failure = toFailure(error)
    if (failure.code === 'internal') log.error({ err: error, route: request.routeOptions.url }, 'request failed')
    const waitSeconds = error instanceof RateLimitedError ? error.retryAfterSeconds : retryAfterSeconds[failure.code]
    if (waitSeconds !== undefined) {
      reply.header('retry-after', waitSeconds)
      reply.header('access-control-expose-headers', 'retry-after, x-ratelimit-reset')
    }
    if (failure.code === 'rate_limited') reply.header('x-ratelimit-reset', waitSeconds)
    if (failure.code === 'stopping' || (unread.has(failure.code) && !request.raw.complete))
      reply.header('connection', 'close')
    return reply
      .code(failure.status)
      .header('content-type', 'application/json')
      .header('cache-control', 'no-store')
      .send(failureBody(failure))
  }
}

/** The JSON text of an error body. */
export const failureBody = ({ code, message }: Omit<Failure, 'status'>): string =>
  JSON.stringify({ success: false, code, message })

function toFailure(error: unknown): Failure {
  if (error instanceof WireError) return error
  if (error instanceof ClientGoneError) return { ...transportErrors.malformed_request, code: 'malformed_request' }
  const { code, statusCode } = error as Partial<FastifyError>
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { ...errorTable.body_too_large, code: 'body_too_large' }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH' || code === 'FST_ERR_BAD_URL')
    return { ...errorTable.not_found, code: 'not_found' }
  if (code?.startsWith('FST_ERR_') && statusCode !== undefined && statusCode < 500)
    return { ...transportErrors.malformed_request, code: 'malformed_request' }
  return { ...errorTable.internal, code: 'internal' }
}
