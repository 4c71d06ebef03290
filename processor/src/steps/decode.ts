import type { AppendRejected } from '@trailstitch/backends'
import {
  type Body,
  type Chunk,
  type ChunkPart,
  checkEvent,
  type ErrorCode,
  errorTable,
  eventTypes,
  isPlainObject,
  type JsonObject,
  limits,
  mergeObjects,
  openPart,
  parseBody,
  WireError,
} from '@trailstitch/protocol'

/** An event of a request, with what its batch says for all of them merged in. */
export interface TakenEvent {
  event: Record<string, unknown>
  /** `part:index` inside the chunk: the same at each redelivery. */
  place: string
}

/** One request of a chunk, opened. `taken` and `rejected` together are as many as its header counted. */
export interface DecodedPart {
  part: ChunkPart
  taken: TakenEvent[]
  rejected: AppendRejected[]
}

/** Opens the requests of a chunk. What can't be opened is set aside, never thrown. */
export function decodeParts(chunk: Chunk): DecodedPart[] {
  return chunk.header.parts.map((part, number) => decodePart(part, number, chunk.bodies[number] ?? new Uint8Array()))
}

/** Sets an event aside, for this step and those after it. `raw` is the event as it came. */
export function setAside(
  part: ChunkPart,
  place: string,
  code: ErrorCode,
  raw: unknown,
  detail?: string,
): AppendRejected {
  return asideAs(part, place, code, jsonText(raw), detail)
}

function asideAs(part: ChunkPart, place: string, code: ErrorCode, body: string, detail?: string): AppendRejected {
  const message = detail === undefined ? errorTable[code].message : `${errorTable[code].message} ${detail}`
  return { project: part.project, place, code, message, receivedAt: part.receivedAt, body }
}

function decodePart(part: ChunkPart, number: number, bytes: Uint8Array): DecodedPart {
  let body: Body
  try {
    body = parseBody(openPart(part, bytes), part.kind)
    if (body.events.length !== part.events)
      throw new WireError('undecodable_chunk', `It holds ${body.events.length} events, its header says ${part.events}.`)
  } catch (error) {
    return { part, taken: [], rejected: wholePartAside(part, number, bytes, messageOf(error)) }
  }
  const decoded: DecodedPart = { part, taken: [], rejected: [] }
  const refused = part.refused && new Map(part.refused)
  const sharedText = refused ? jsonText(body.shared) : ''
  for (let index = 0; index < body.events.length; index++) {
    const place = `${number}:${index}`
    const raw = body.events[index]
    const code = refused?.get(index) ?? problemOf(raw, part, body)
    try {
      if (code === undefined) decoded.taken.push({ event: withShared(raw as JsonObject, body), place })
      else decoded.rejected.push(setAside(part, place, code, mendable(raw, code, body, sharedText)))
    } catch (error) {
      decoded.rejected.push(setAside(part, place, 'processing_failed', raw, messageOf(error)))
    }
  }
  return decoded
}

const types: ReadonlySet<unknown> = new Set(eventTypes)

/**
 * What the collector let through is not checked again, but for what later steps rely on. What an operator sends has
 * seen no collector.
 */
function problemOf(raw: unknown, part: ChunkPart, body: Body): ErrorCode | undefined {
  if (!isPlainObject(raw)) return 'invalid_event'
  if (!part.operator) return types.has(raw.type) ? undefined : 'unknown_type'
  if (raw.type !== 'unlink') return checkEvent(raw, body.facts)
  // An unlink is checked as the merge that it undoes.
  return checkEvent({ ...raw, type: 'alias', previousId: raw.previousId ?? raw.anonymousId }, body.facts)
}

/** Merges what the batch says for all events into one; the event's own fields win. The event is ours to change. */
function withShared(event: Record<string, unknown>, { shared }: Body): Record<string, unknown> {
  for (const bag of ['context', 'integrations'] as const) {
    const base = shared[bag]
    if (!base) continue
    const own = event[bag]
    event[bag] = isPlainObject(own) ? mergeObjects(base, own as JsonObject) : base
  }
  if (shared.sentAt !== undefined && event.sentAt === undefined) event.sentAt = shared.sentAt
  return event
}

const maxSharedLength = 4096

/**
 * A refused event as it can be mended and sent again: with its batch's context. Left as it came where merging could
 * hide what it was refused for, or where a large context would be written once for each event of a large batch.
 */
function mendable(raw: unknown, code: ErrorCode, body: Body, sharedText: string): unknown {
  if (!isPlainObject(raw) || code === 'forbidden_key' || code === 'too_deep' || sharedText.length > maxSharedLength)
    return raw
  const own = raw.context
  return own === undefined || isPlainObject(own) ? withShared({ ...raw }, body) : raw
}

/** One entry per event the header counted, so that the books balance. The body is kept once, with the first of them. */
function wholePartAside(part: ChunkPart, number: number, bytes: Uint8Array, detail: string): AppendRejected[] {
  const first = `${number}:0`
  return Array.from({ length: part.events }, (_, index) => {
    const body = index === 0 ? bodyText(part, bytes) : JSON.stringify({ bodyAt: first })
    return asideAs(part, `${number}:${index}`, 'undecodable_chunk', body, detail)
  })
}

/** The text of a body when it is text, else its bytes as they came: `{"encoding":"gzip","base64":"…"}`. */
function bodyText(part: ChunkPart, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(openPart(part, bytes))
  } catch {
    return JSON.stringify({ encoding: part.encoding, base64: Buffer.from(bytes).toString('base64') })
  }
}

const maxShownDepth = limits.maxDepth + 10

/** JSON text of anything that came out of `JSON.parse`; what nests so deep that it can't be written is cut. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null'
  } catch {
    return JSON.stringify(cutDepth(value, 1))
  }
}

function cutDepth(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > maxShownDepth) return 'cut: nests too deep'
  if (Array.isArray(value)) return value.map((item) => cutDepth(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutDepth(item, depth + 1)]))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
