import type { ChunkPart, EventType, JsonObject, StoredEvent } from '@trailstitch/protocol'
import { asObject, asText } from '../enrich/fields.ts'
import { readId } from '../enrich/ids.ts'
import { readPage } from '../enrich/page.ts'
import { correctTimes } from '../enrich/times.ts'

/**
 * Brings an event of the wire into the form that is stored: ids are text and may identify, times are corrected, the
 * name is set. `raw` is an event that was taken, see `decodeParts`; it is not changed. Depends on its arguments alone,
 * so a chunk that comes again gives the same events again.
 *
 * @param fallbackMessageId for events without one: the chunk and the place inside it, which stay the same
 */
export function normaliseEvent(
  raw: Record<string, unknown>,
  part: Pick<ChunkPart, 'project' | 'receivedAt'>,
  fallbackMessageId: string,
): StoredEvent {
  const type = raw.type as StoredEvent['type']
  const times = correctTimes(raw, part.receivedAt)
  const event: StoredEvent = {
    project: part.project,
    messageId: asText(raw.messageId) ?? fallbackMessageId,
    type,
    name: type,
    timestamp: times.timestamp,
    receivedAt: part.receivedAt,
  }
  if (times.originalTimestamp !== undefined) event.originalTimestamp = times.originalTimestamp
  if (times.sentAt !== undefined) event.sentAt = times.sentAt
  if (times.clamped !== undefined) event.clamped = times.clamped
  readIds(event, raw)
  const properties = propertiesOf(type, raw)
  const traits = asObject(raw.traits)
  const context = asObject(raw.context)
  const integrations = asObject(raw.integrations)
  if (properties) event.properties = properties
  if (traits) event.traits = traits
  if (context) event.context = context
  if (integrations) event.integrations = integrations
  event.name = nameOf(event, raw)
  return event
}

const personIds = ['anonymousId', 'userId', 'previousId'] as const

/** An id that must not identify is left out, and `idProblem` says which and why: `userId_blocked: null`. */
function readIds(event: StoredEvent, raw: Record<string, unknown>): void {
  for (const field of personIds) {
    const { id, problem } = readId(raw[field])
    if (id !== undefined) event[field] = id
    else if (problem !== undefined) {
      const told = `${field}_${problem}`
      event.idProblem = event.idProblem === undefined ? told : `${event.idProblem}; ${told}`
    }
  }
  const group = raw.groupId ?? asObject(raw.context)?.groupId
  const groupId = typeof group === 'number' ? String(group) : asText(group)?.trim()
  if (groupId) event.groupId = groupId
}

/** The category of a page or screen has no field of its own and joins the properties, as Segment's libraries do it. */
function propertiesOf(type: EventType | 'unlink', raw: Record<string, unknown>): JsonObject | undefined {
  const properties = asObject(raw.properties)
  if (type !== 'page' && type !== 'screen') return properties
  const category = asText(raw.category)
  if (category === undefined || properties?.category !== undefined) return properties
  return { ...properties, category }
}

function nameOf(event: StoredEvent, raw: Record<string, unknown>): string {
  if (event.type === 'track') return asText(raw.event) ?? event.type
  if (event.type !== 'page' && event.type !== 'screen') return event.type
  return asText(raw.name) ?? readPage(event)?.path ?? event.type
}
