import { eventTypes } from '@trailstitch/protocol'
import type { ImportedLine, LineReader } from './format.ts'
import type { Line } from './lines.ts'

/** Reads lines that hold one Segment event each, as `export` writes them. */
export function createJsonlReader(): LineReader {
  return readLine
}

function readLine(line: Line): ImportedLine | undefined {
  const given = parseObject(line.text)
  if (!given || !eventTypes.some((type) => type === given.type)) return undefined
  const { sentAt, originalTimestamp, receivedAt, timestamp, ...rest } = given
  // The import is no clock to compare with: it would shift old events to today. What was corrected already wins.
  const time = timestamp ?? originalTimestamp ?? receivedAt ?? sentAt
  const event = {
    ...rest,
    ...(typeof rest.messageId !== 'string' && { messageId: line.id }),
    ...(time !== undefined && { timestamp: time }),
  }
  const context = rest.context as { userAgent?: unknown } | null | undefined
  const { anonymousId } = rest
  const visitor = typeof anonymousId === 'string' || typeof anonymousId === 'number' ? String(anonymousId) : undefined
  return {
    event,
    visitor,
    time: timeOf(time),
    page: given.type === 'page' || given.type === 'screen',
    userAgent: typeof context?.userAgent === 'string' ? context.userAgent : undefined,
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

function timeOf(value: unknown): number | undefined {
  const time = typeof value === 'number' ? value : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : time
}
