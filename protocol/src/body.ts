import { isUtf8 } from 'node:buffer'
import { checkEvent, type TextFacts } from './check.ts'
import { type ErrorCode, WireError } from './errors.ts'
import type { EventType, JsonObject } from './events.ts'
import { limits } from './limits.ts'

/** The kind of request a body belongs to: one event of a type, or a batch. */
export type BodyKind = EventType | 'batch'

/** A request body taken apart. `events` are as sent, with `type` filled in for single-event routes. */
export interface Body {
  events: unknown[]
  /** Fields of a batch that count for each of its events. */
  shared: { context?: JsonObject; integrations?: JsonObject; sentAt?: unknown }
  writeKey: unknown
  facts: TextFacts
  /** What a client calls the parts of its batch, and those of earlier requests whose answer it did not hear. */
  parts: { ids: readonly string[]; unconfirmed: readonly string[] }
}

const noParts: Body['parts'] = Object.freeze({ ids: [], unconfirmed: [] })

const decoder = new TextDecoder('utf-8')

/**
 * Takes a decompressed request body apart. The same function serves the collector, which checks, and the processor,
 * which reads the bytes the collector forwarded. Throws a {@link WireError}; nothing of such a body is taken.
 */
export function parseBody(bytes: Uint8Array, kind: BodyKind): Body {
  if (bytes.length === 0) throw new WireError('empty_body')
  if (bytes.length > limits.maxBodyBytes) throw new WireError('body_too_large')
  if (!isUtf8(bytes)) throw new WireError('invalid_utf8')
  const text = decoder.decode(bytes) // strips a byte order mark
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new WireError('invalid_json', undefined, { cause })
  }
  if (!isPlainObject(json)) throw new WireError('invalid_body')
  const facts: TextFacts = { escapes: text.includes('\\u'), bytes: bytes.length }
  if (kind !== 'batch') {
    json.type = kind
    return { events: [json], shared: {}, writeKey: json.writeKey, facts, parts: noParts }
  }
  const { batch, context, integrations, sentAt, writeKey, batchIds, unconfirmed } = json
  if (!Array.isArray(batch)) throw new WireError('invalid_batch')
  if (batch.length > limits.maxBatchEvents) throw new WireError('batch_too_long')
  if (context !== undefined && context !== null && !isPlainObject(context))
    throw new WireError('invalid_body', '"context" must be an object.')
  return {
    events: batch,
    shared: {
      ...(isPlainObject(context) && { context: context as JsonObject }),
      ...(isPlainObject(integrations) && { integrations: integrations as JsonObject }),
      ...(sentAt !== undefined && sentAt !== null && { sentAt }),
    },
    writeKey,
    facts,
    parts: { ids: readIds(batchIds), unconfirmed: readIds(unconfirmed) },
  }
}

/** Names of parts, as far as they are some. What is none is left out: no event depends on it. */
function readIds(given: unknown): string[] {
  if (!Array.isArray(given)) return []
  const isName = (id: unknown): boolean => typeof id === 'string' && /^[\w:-]{1,64}$/.test(id)
  return given.slice(0, limits.maxBatchParts).filter(isName) as string[]
}

/** Places and codes of the events that can't be taken, in order of place. Empty when all can. */
export function checkBody(body: Body): [index: number, code: ErrorCode][] {
  const shared = checkShared(body)
  if (shared) return body.events.map((_, index) => [index, shared])
  const refused: [number, ErrorCode][] = []
  for (let index = 0; index < body.events.length; index++) {
    const code = checkEvent(body.events[index], body.facts)
    if (code) refused.push([index, code])
  }
  return refused
}

/** What a batch may grow by when its shared fields are copied into every event: 2,500 events with 1.6 KB each. */
const maxSharedBytes = 4 * 1024 * 1024

/** The shared context becomes part of every event, so it is held to the same rules as an event's own. */
function checkShared({ shared, facts, events }: Body): ErrorCode | undefined {
  if (shared.context === undefined && shared.integrations === undefined && shared.sentAt === undefined) return undefined
  const problem = checkEvent({ type: 'identify', userId: 'shared', ...shared }, facts)
  if (problem) return problem
  const isSmall = facts.bytes * events.length <= maxSharedBytes
  return isSmall || Buffer.byteLength(JSON.stringify(shared)) * events.length <= maxSharedBytes
    ? undefined
    : 'event_too_large'
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Merges nested objects; where both sides hold something else than an object, `winner` counts. */
export function mergeObjects(base: JsonObject | undefined, winner: JsonObject | undefined): JsonObject | undefined {
  if (!base) return winner
  if (!winner) return base
  const merged: Record<string, JsonObject[string]> = { ...base }
  for (const [key, value] of Object.entries(winner)) {
    const below = merged[key]
    merged[key] =
      isPlainObject(below) && isPlainObject(value)
        ? (mergeObjects(below as JsonObject, value as JsonObject) as JsonObject)
        : value
  }
  return merged
}
