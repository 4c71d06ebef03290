import { WireError } from '@trailstitch/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Collector } from '../collector.ts'

/** What may stand in a Host header; anything else is not repeated to anybody. */
const hostPattern = /^[a-z0-9.\-_]{1,253}(:\d{1,5})?$|^\[[0-9a-f:.]{2,45}\](:\d{1,5})?$/i

/** What Segment's browser library asks for before its first event: where to send, and that nothing else is to be loaded. */
export function settingsRoute(app: FastifyInstance, collector: Collector, publicUrl: string | undefined): void {
  const { prefix } = app
  const fixed = publicUrl === undefined ? undefined : new URL(publicUrl)
  app.get<{ Params: { writeKey: string } }>('/v1/projects/:writeKey/settings', (request, reply) => {
    const { writeKey } = request.params
    if (collector.projects.byKey(writeKey, collector.deps.now()) === undefined) throw new WireError('unknown_write_key')
    const address = fixed
      ? { protocol: fixed.protocol.slice(0, -1), apiHost: `${fixed.host}${fixed.pathname.replace(/\/$/, '')}/v1` }
      : addressOfRequest(request, prefix)
    reply.header('cache-control', 'max-age=60').header('vary', 'host')
    return reply.header('content-type', 'application/json').send(JSON.stringify(settingsFor(writeKey, address)))
  })
}

interface Address {
  protocol: string
  apiHost: string
}

function addressOfRequest(request: FastifyRequest, prefix: string): Address {
  if (!hostPattern.test(request.host)) throw new WireError('not_found')
  return { protocol: request.protocol === 'https' ? 'https' : 'http', apiHost: `${request.host}${prefix}/v1` }
}

function settingsFor(writeKey: string, { protocol, apiHost }: Address): object {
  const allowed = { __default: { enabled: true, integrations: {} } }
  return {
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        apiHost,
        protocol,
        retryQueue: true,
        unbundledIntegrations: [],
        addBundledMetadata: false,
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: { track: allowed, identify: allowed, group: allowed },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    remotePlugins: [],
    legacyVideoPluginsEnabled: false,
    // Measurements of the library itself go nowhere.
    metrics: { sampleRate: 0, host: apiHost },
  }
}
