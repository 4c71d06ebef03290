import type { StoredEvent } from './answers.ts'

/** A stored event in the words of the wire: ISO times, and the name where each type carries it. */
export function toWireEvent(stored: StoredEvent): Record<string, unknown> {
  const { project: _project, type, name, timestamp, receivedAt, originalTimestamp, sentAt, ...rest } = stored
  const named = type === 'track' ? { event: name } : type === 'page' || type === 'screen' ? { name } : {}
  return {
    type,
    ...named,
    timestamp: isoTime(timestamp),
    ...rest,
    receivedAt: isoTime(receivedAt),
    ...(originalTimestamp !== undefined && { originalTimestamp: isoTime(originalTimestamp) }),
    ...(sentAt !== undefined && { sentAt: isoTime(sentAt) }),
  }
}

const isoTime = (time: number): string => new Date(time).toISOString()
