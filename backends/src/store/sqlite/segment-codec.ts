import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Field, StoredEvent } from '@trailstitch/protocol'
import { readerOf, textOf } from '../analysis/conditions.ts'

/** Whose events are and when, for many events of one project, column by column: what every question looks at. */
export interface SegmentCore {
  count: number
  /** ms since the segment's earliest event. */
  time: Uint32Array | Float64Array
  entity: Uint32Array
  /** 1: marked as a bot. */
  bot: Uint8Array
}

/** Where the same events lie: for what only the events themselves tell. */
export interface SegmentPlaces {
  block: Uint32Array
  /** The place among the segment's events by messageId: tells which of two comes first at equal times. */
  rank: Uint16Array
  place: Uint8Array
}

/** The values of one field: the first of `names` is '', no value. */
export interface SegmentField {
  ids: Uint8Array | Uint16Array
  names: readonly string[]
}

/** An event in a segment. */
export interface SegmentRow {
  event: StoredEvent
  entity: number
  block: number
  place: number
}

/** Fields that have a column; the others are read from the blocks. Those with few different values, and short ones. */
export const columnFields = [
  ...(['event', 'type', 'name', 'path', 'host', 'country', 'device', 'browser', 'os'] as const),
] satisfies Field[]
export const isColumn = (field: Field): boolean => (columnFields as readonly Field[]).includes(field)

/** About so many events a segment; with those of a last block at most 65,536, for the width of a rank. */
export const usualSegmentEvents = 8_192

/**
 * What most questions look at lies there as it is: to open it would take longer than to look at it. Columns whose times are
 * more than 49 days apart have 8 bytes for each.
 */
export function encodeCore(rows: readonly SegmentRow[], least: number, most: number): Uint8Array {
  const count = rows.length
  const width = most - least > 0xffff_ffff ? 8 : 4
  const core = coreOf(new ArrayBuffer(count * (width + restBytes)), count, width)
  for (const [index, { event, entity }] of rows.entries()) {
    core.time[index] = event.timestamp - least
    core.entity[index] = entity
    core.bot[index] = event.bot === undefined ? 0 : 1
  }
  return new Uint8Array(core.time.buffer)
}

export const decodeCore = (body: Uint8Array, count: number): SegmentCore =>
  coreOf(ownMemory(body), count, body.length === count * (8 + restBytes) ? 8 : 4)

/** Beside its time. */
const restBytes = 4 + 1

/** The widest columns come first, so that each begins where its numbers may. */
const coreOf = (buffer: ArrayBuffer, count: number, width: 4 | 8): SegmentCore => ({
  count,
  time: width === 8 ? new Float64Array(buffer, 0, count) : new Uint32Array(buffer, 0, count),
  entity: new Uint32Array(buffer, count * width, count),
  bot: new Uint8Array(buffer, count * (width + 4), count),
})

export function encodePlaces(rows: readonly SegmentRow[]): Uint8Array {
  const places = placesOf(new ArrayBuffer(rows.length * placesBytes), rows.length)
  const byMessage = rows.map((_, index) => index).sort((a, b) => compareMessages(rows[a], rows[b]))
  for (const [rank, index] of byMessage.entries()) places.rank[index] = rank
  for (const [index, { block, place }] of rows.entries()) {
    places.block[index] = block
    places.place[index] = place
  }
  return pack(new Uint8Array(places.block.buffer))
}

const compareMessages = (a?: SegmentRow, b?: SegmentRow): number =>
  (a?.event.messageId ?? '') < (b?.event.messageId ?? '') ? -1 : 1

export const decodePlaces = (body: Uint8Array, count: number): SegmentPlaces => placesOf(ownMemory(unpack(body)), count)

const placesBytes = 4 + 2 + 1
const placesOf = (buffer: ArrayBuffer, count: number): SegmentPlaces => ({
  block: new Uint32Array(buffer, 0, count),
  rank: new Uint16Array(buffer, count * 4, count),
  place: new Uint8Array(buffer, count * 6, count),
})

/** The number of each event's value, and the values. Few values take a byte an event and lie there as they are. */
export function encodeField(rows: readonly SegmentRow[], field: Field): Uint8Array {
  const read = readerOf(field)
  const numbers = new Map([['', 0]])
  const ids = Uint16Array.from(rows, ({ event }) => {
    const name = textOf(read({ event }))
    const known = numbers.get(name) ?? numbers.size
    numbers.set(name, known)
    return known
  })
  const names = Buffer.from(JSON.stringify([...numbers.keys()]))
  return numbers.size <= 256
    ? Buffer.concat([Uint8Array.from(ids), names, asItIs])
    : Buffer.concat([pack(Buffer.concat([new Uint8Array(ids.buffer), names])), compressed])
}

/** The last byte of a field. */
const asItIs = Uint8Array.of(0)
const compressed = Uint8Array.of(1)

export function decodeField(body: Uint8Array, count: number): SegmentField {
  const rest = body.subarray(0, -1)
  if (body.at(-1) === 0) return { ids: rest.subarray(0, count), names: namesOf(rest.subarray(count)) }
  const bytes = unpack(rest)
  return { ids: new Uint16Array(ownMemory(bytes), 0, count), names: namesOf(bytes.subarray(count * 2)) }
}

const namesOf = (bytes: Uint8Array): string[] => JSON.parse(utf8.decode(bytes)) as string[]
const utf8 = new TextDecoder()

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
/** Room for what comes out of most bodies, so that it is written once. */
const usualBytes = { chunkSize: (usualSegmentEvents + 64) * placesBytes }
const pack = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes, level)
const unpack = (body: Uint8Array): Uint8Array => zstdDecompressSync(body, usualBytes)

/** Memory that begins with these bytes, so that columns of any width can lie in it. It may go on after them. */
const ownMemory = (bytes: Uint8Array): ArrayBuffer =>
  (bytes.byteOffset === 0 ? bytes : Uint8Array.from(bytes)).buffer as ArrayBuffer
