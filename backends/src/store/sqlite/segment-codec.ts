import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Field, StoredEvent } from '@trailstitch/protocol'
import { readerOf, textOf } from '../analysis/conditions.ts'

/** Where an event lies, and when and whose it is, for many events of one project, column by column. */
export interface SegmentCore {
  count: number
  /** ms since 1970. */
  time: Float64Array
  entity: Uint32Array
  block: Uint32Array
  place: Uint8Array
  /** The place among the segment's events by messageId: tells which of two comes first at equal times. */
  rank: Uint16Array
  /** 1: marked as a bot. */
  bot: Uint8Array
}

/** The values of one field: the first of `names` is '', no value. */
export interface SegmentField {
  ids: Uint16Array
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

const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const pack = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes, level)
/** A copy of its own, so that columns of any width can lie in it. */
const unpack = (body: Uint8Array): ArrayBuffer => new Uint8Array(zstdDecompressSync(body)).buffer

const coreBytes = 8 + 4 + 4 + 2 + 1 + 1

export function encodeCore(rows: readonly SegmentRow[]): Uint8Array {
  const core = coreOf(new ArrayBuffer(rows.length * coreBytes))
  const byMessage = rows.map((_, index) => index).sort((a, b) => compareMessages(rows[a], rows[b]))
  for (const [rank, index] of byMessage.entries()) core.rank[index] = rank
  for (const [index, { event, entity, block, place }] of rows.entries()) {
    core.time[index] = event.timestamp
    core.entity[index] = entity
    core.block[index] = block
    core.place[index] = place
    core.bot[index] = event.bot === undefined ? 0 : 1
  }
  return pack(new Uint8Array(core.time.buffer))
}

const compareMessages = (a?: SegmentRow, b?: SegmentRow): number =>
  (a?.event.messageId ?? '') < (b?.event.messageId ?? '') ? -1 : 1

export const decodeCore = (body: Uint8Array): SegmentCore => coreOf(unpack(body))

/** The widest columns come first, so that each begins where its numbers may. */
function coreOf(buffer: ArrayBuffer): SegmentCore {
  const count = buffer.byteLength / coreBytes
  return {
    count,
    time: new Float64Array(buffer, 0, count),
    entity: new Uint32Array(buffer, count * 8, count),
    block: new Uint32Array(buffer, count * 12, count),
    rank: new Uint16Array(buffer, count * 16, count),
    place: new Uint8Array(buffer, count * 18, count),
    bot: new Uint8Array(buffer, count * 19, count),
  }
}

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
  return pack(Buffer.concat([new Uint8Array(ids.buffer), names]))
}

export function decodeField(body: Uint8Array, count: number): SegmentField {
  const buffer = unpack(body)
  const names = JSON.parse(Buffer.from(buffer, count * 2).toString('utf8')) as string[]
  return { ids: new Uint16Array(buffer, 0, count), names }
}
