import type { Socket } from 'node:net'
import { WireError } from '@trailstitch/protocol'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { type CollectorOptions, defaultLimits } from './collector.ts'
import { createFailureSender, failureBody, type TransportCode, transportErrors } from './errors.ts'
import { addCollector } from './plugin.ts'

export interface CollectorAppOptions extends CollectorOptions {
  /**
   * Whose `X-Forwarded-*` headers to believe, as in Fastify: true, a number of hops, addresses. Default false. Behind a
   * load balancer it must be set, or all visitors share the balancer's address and its limit.
   */
  trustProxy?: NonNullable<FastifyServerOptions['trustProxy']>
}

const headersTimeoutMs = 15_000

/** A ready app that is a collector and nothing else. `listen` it; `close` it to stop gracefully. */
export async function createCollectorApp(options: CollectorAppOptions): Promise<FastifyInstance> {
  const bodyTimeoutMs = options.limits?.bodyTimeoutMs ?? defaultLimits.bodyTimeoutMs
  const stopGraceMs = options.limits?.stopGraceMs ?? defaultLimits.stopGraceMs
  const sendFailure = createFailureSender(options.deps.log)
  const app = Fastify({
    logger: false,
    trustProxy: options.trustProxy ?? false,
    keepAliveTimeout: 72_000,
    // Bodies have a clock of their own; this is the net below it, for the headers too.
    requestTimeout: Math.max(bodyTimeoutMs, headersTimeoutMs) + 5_000,
    http: { headersTimeout: headersTimeoutMs, connectionsCheckingInterval: 2_000 },
    return503OnClosing: false, // ours is coded
    routerOptions: { maxParamLength: 256, ignoreTrailingSlash: true },
    clientErrorHandler: answerClientError,
    frameworkErrors: sendFailure,
  })
  app.setNotFoundHandler(() => {
    throw new WireError('not_found')
  })
  // A client that reads or writes nothing would hold the server open for ever.
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), stopGraceMs + answerGraceMs).unref()
  })
  await addCollector(app, options)
  await app.ready()
  return app
}

/** For the queue to confirm what is under way and the answers to leave, once no body may arrive any more. */
const answerGraceMs = 12_000

/** What Node could not read as HTTP at all never becomes a request; it is answered on the bare socket. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = codeOf(error)
  const { status, message } = transportErrors[code]
  const body = failureBody({ code, message })
  const head = `HTTP/1.1 ${status} ${reasons[status]}\r\ncontent-type: application/json\r\nx-content-type-options: nosniff\r\naccess-control-allow-origin: *\r\n`
  socket.end(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`, () =>
    socket.destroy(),
  )
}

function codeOf({ code }: NodeJS.ErrnoException): TransportCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'body_timeout'
  return 'malformed_request'
}

const reasons: Record<number, string> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
}
