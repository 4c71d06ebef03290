import { createSender } from '@trailstitch/backends'
import { WireError } from '@trailstitch/protocol'
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { type Collector, type CollectorLimits, type CollectorOptions, defaultLimits, drained } from './collector.ts'
import { prepare, sendPreflight } from './cors.ts'
import { createFailureSender } from './errors.ts'
import { createLimiters } from './limiter.ts'
import { createMetrics } from './metrics.ts'
import { healthRoutes } from './routes/health.ts'
import { ingestPaths, ingestRoutes } from './routes/ingest.ts'
import { metricsRoute } from './routes/metrics.ts'
import { pixelRoute } from './routes/pixel.ts'
import { scriptRoute } from './routes/script.ts'
import { settingsRoute } from './routes/settings.ts'
import { endLateBodies } from './steps/receive.ts'

/**
 * The collector for an app of your own: `await app.register(collectorPlugin, { prefix: '/t', ...options })`. It keeps to
 * itself: parsers, hooks, errors and limits of the app around it are not touched. When the app closes, what was
 * acknowledged is durable.
 */
export const collectorPlugin: FastifyPluginCallback<CollectorOptions> = (app, options, done) => {
  addCollector(app, options).then(() => done(), done)
}

/** Makes `app` itself a collector: its hooks, parsers and error handler are the collector's from then on. */
export async function addCollector(app: FastifyInstance, options: CollectorOptions): Promise<void> {
  const collector = await createCollector(options)

  app.removeAllContentTypeParsers()
  // The body is left unread until a step asks for it: a request that is turned away costs no memory.
  for (const type of ['application/json', 'text/plain', 'application/octet-stream', '*'])
    app.addContentTypeParser(type, (_request, payload, done) => done(null, payload))
  app.setErrorHandler(createFailureSender(options.deps.log))
  app.addHook('onRequest', prepare)

  ingestRoutes(app, collector)
  pixelRoute(app, collector)
  settingsRoute(app, collector, options.publicUrl)
  scriptRoute(app, options.deps, '/sdk/v1.js', options.sdkFile)
  scriptRoute(app, options.deps, '/sdk/v1-all.js', options.sdkAllFile)
  if (options.health !== false) {
    healthRoutes(app, collector)
    metricsRoute(app, collector)
  }
  app.all('/v1/*', sendElse)

  const sweepMs = Math.min(1_000, collector.limits.bodyTimeoutMs / 4)
  const sweep = setInterval(() => endLateBodies(collector), sweepMs).unref()
  let hangUp: NodeJS.Timeout | undefined
  app.addHook('preClose', async () => {
    stopTaking(collector)
    // The server hangs up on idle connections once, as it closes. Those whose last answer leaves later are idle then,
    // and would keep it open for as long as their client likes.
    hangUp = setInterval(() => app.server.closeIdleConnections(), hangUpMs).unref()
  })
  app.addHook('onClose', async () => {
    await drained(collector)
    clearInterval(sweep)
    clearInterval(hangUp)
    await collector.sender.close()
  })
}

async function createCollector(options: CollectorOptions): Promise<Collector> {
  const limits: CollectorLimits = { ...defaultLimits, ...options.limits }
  const { queue, overflow, kv, deps, projects } = options
  const { maxInFlightBytes } = limits
  const limiters = await createLimiters({
    kv,
    deps,
    perMinutePerIp: limits.requestsPerMinutePerIp,
    perMinutePerKey: limits.requestsPerMinutePerKey,
  })
  return {
    queue,
    overflow,
    kv,
    projects,
    deps,
    limits,
    ...limiters,
    metrics: createMetrics(),
    sender: createSender({ queue, deps, maxInFlightBytes, ...(overflow && { overflow }) }),
    stopping: false,
    heldBytes: 0,
    active: 0,
    receiving: new Map(),
    onIdle: undefined,
  }
}

const hangUpMs = 50

/** From here on requests hear `stopping`; those whose body is still arriving have a little time left. */
function stopTaking(collector: Collector): void {
  collector.stopping = true
  const timer = setTimeout(() => {
    for (const fail of collector.receiving.keys()) fail(new WireError('stopping'))
  }, collector.limits.stopGraceMs)
  timer.unref()
}

/** Whatever no other route takes: preflights, a known path with another method, and paths we don't have. */
function sendElse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (request.method === 'OPTIONS') return sendPreflight(request, reply)
  const path = (request.params as { '*': string })['*']
  // A GET that ends here has a key in its path that is too long for the router.
  if (readPaths.test(path) && (request.method === 'GET' || request.method === 'HEAD')) throw new WireError('not_found')
  const allow = Object.hasOwn(ingestPaths, path)
    ? 'POST, OPTIONS'
    : readPaths.test(path)
      ? 'GET, HEAD, OPTIONS'
      : undefined
  if (allow === undefined) throw new WireError('not_found')
  reply.header('allow', allow)
  throw new WireError('method_not_allowed')
}

const readPaths = /^(pixel\.gif|projects\/[^/]+\/settings)$/
