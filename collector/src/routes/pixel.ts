import { type EventType, eventTypes, type JsonObject, WireError } from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import type { Collector } from '../collector.ts'
import { createJob } from '../job.ts'
import { runSteps } from '../steps/index.ts'
import { addressOf } from './ingest.ts'

/** One transparent dot. */
const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

/** Query fields that are the event's own; all others become its properties, or its traits where it has those. */
const eventFields = new Set([
  'writeKey',
  'messageId',
  'timestamp',
  'anonymousId',
  'userId',
  'previousId',
  'groupId',
  'event',
  'name',
  'category',
])

/**
 * For pages and mails without script. Either `?writeKey=…&type=page&anonymousId=…&plan=pro`, or `?data=` with a whole
 * event as base64 JSON. Answers with the image once the event is durable, else with a coded error.
 */
export function pixelRoute(app: FastifyInstance, collector: Collector): void {
  app.get('/v1/pixel.gif', async (request, reply) => {
    const event = readEvent(request.query as Record<string, unknown>, request.headers.referer)
    const job = createJob({
      kind: event.type,
      receivedAt: collector.deps.now(),
      ip: addressOf(request),
      // The query is no compressed body and brings its own key, whatever the headers say.
      headers: { 'user-agent': request.headers['user-agent'], ...originOf(request.headers.referer) },
      payload: undefined,
    })
    job.raw = Buffer.from(JSON.stringify(event))
    await runSteps(job, collector)
    const [refused] = job.refused
    if (refused !== undefined) throw new WireError(refused[1])
    return reply
      .header('content-type', 'image/gif')
      .header('cache-control', 'no-store')
      .header('cross-origin-resource-policy', 'cross-origin')
      .send(gif)
  })
}

/** Images are asked for without an Origin; the page that shows them is told by the referrer, where it is. */
const originOf = (referrer: string | undefined): { origin?: string } =>
  referrer !== undefined && URL.canParse(referrer) ? { origin: new URL(referrer).origin } : {}

type PixelEvent = { type: EventType } & Record<string, unknown>

function readEvent(query: Record<string, unknown>, referrer: string | undefined): PixelEvent {
  const event = query.data === undefined ? fromFields(query) : fromData(query)
  // The image's referrer is the page that shows it.
  if (event.context === undefined && referrer !== undefined) event.context = { page: { url: referrer } }
  return event
}

function fromFields(query: Record<string, unknown>): PixelEvent {
  const type = typeOf(query.type ?? 'page')
  const entries = Object.entries(query).filter(([name]) => name !== 'type')
  const own = Object.fromEntries(entries.filter(([name]) => eventFields.has(name)))
  const bag = Object.fromEntries(entries.filter(([name]) => !eventFields.has(name)))
  return { ...own, type, [type === 'identify' || type === 'group' ? 'traits' : 'properties']: bag }
}

function fromData({ data, writeKey, type }: Record<string, unknown>): PixelEvent {
  let event: JsonObject
  try {
    event = JSON.parse(Buffer.from(String(data), 'base64').toString('utf8'))
  } catch (cause) {
    throw new WireError('invalid_json', undefined, { cause })
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event)) throw new WireError('invalid_body')
  return { ...event, ...(event.writeKey === undefined && { writeKey }), type: typeOf(event.type ?? type ?? 'page') }
}

function typeOf(value: unknown): EventType {
  const type = eventTypes.find((known) => known === value)
  if (type === undefined) throw new WireError('unknown_type')
  return type
}
