import type { FastifyReply, FastifyRequest } from 'fastify'

/**
 * Any page may send events: the write key can only write, and no cookie or other credential is ever looked at, which
 * is why the origin is `*` and never repeated back. Bodies as text/plain need no preflight.
 */
export function sendPreflight(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .header('access-control-allow-methods', 'GET, POST, OPTIONS')
    .header('access-control-allow-headers', 'content-type, authorization, content-encoding, x-retry-count')
    .header('access-control-max-age', 86_400)
    .send()
}

const plainTypes = new Set([
  'application/json',
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/json; charset=utf-8',
])

/**
 * Runs first on every request: the headers all answers have, and a Content-Type that is none is replaced, since the
 * body is taken whatever it calls itself and Fastify would turn the request away.
 */
export function prepare(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
  reply.header('access-control-allow-origin', '*')
  reply.header('x-content-type-options', 'nosniff')
  const { headers } = request.raw
  const type = headers['content-type']
  if (type !== undefined && !plainTypes.has(type)) headers['content-type'] = 'application/octet-stream'
  done()
}
