import type { BodyKind } from './body.ts'
import { type ErrorCode, WireError } from './errors.ts'

/**
 * A chunk is one queue entry: many requests, their bodies as they came, still compressed.
 *
 *     "TSC1" | u32 header length | header, JSON | body | body | ...
 *
 * Chunks of one collector are numbered 1, 2, 3 … without holes, so a lost one shows as a hole that does not close.
 * A number whose send failed is given up and named in `voided` of a later chunk.
 */
export interface ChunkHeader {
  /** The collector's id, new at each start of one. */
  collector: string
  /** The running number of this chunk, from 1. */
  seq: number
  /** When the chunk was packed, ms since 1970. */
  packedAt: number
  /** Numbers of this collector that were given up: their send failed and nobody was told yes. */
  voided?: number[]
  parts: ChunkPart[]
}

/** One request inside a chunk. */
export interface ChunkPart {
  project: string
  kind: BodyKind
  /** Server time of receipt, ms since 1970. */
  receivedAt: number
  ip?: string
  userAgent?: string
  encoding: 'identity' | 'gzip' | 'deflate'
  /** Length of the body inside this chunk. */
  bytes: number
  /** Length of the body once decompressed; absent when it is not compressed. */
  opened?: number
  /** Events in the body, refused ones included. */
  events: number
  /** Places in the body that the collector refused, with the code the client was told. */
  refused?: [index: number, code: ErrorCode][]
  /** Sent by an operator's command, not by a client: may hold events of type "unlink". */
  operator?: true
}

export interface Chunk {
  header: ChunkHeader
  /** One per part, in the same order. */
  bodies: Uint8Array[]
}

/** What a chunk is called in logs, listings and claims. */
export const chunkId = (header: Pick<ChunkHeader, 'collector' | 'seq'>): string => `${header.collector}:${header.seq}`

const magic = Buffer.from('TSC1')

export function encodeChunk(header: ChunkHeader, bodies: readonly Uint8Array[]): Uint8Array {
  const json = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.allocUnsafe(8)
  magic.copy(prefix)
  prefix.writeUInt32BE(json.length, 4)
  return Buffer.concat([prefix, json, ...bodies])
}

/** Reads the header alone. Throws `undecodable_chunk`. */
export function decodeChunkHeader(bytes: Uint8Array): ChunkHeader {
  return readHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).header
}

/** Takes a chunk apart; the bodies are views of `bytes`. Throws `undecodable_chunk`. */
export function decodeChunk(bytes: Uint8Array): Chunk {
  const { header, end } = readHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const bodies: Uint8Array[] = []
  let offset = end
  for (const part of header.parts) {
    bodies.push(bytes.subarray(offset, offset + part.bytes))
    offset += part.bytes
  }
  if (offset !== bytes.length)
    throw new WireError('undecodable_chunk', `It is ${bytes.length} bytes long and should be ${offset}.`)
  return { header, bodies }
}

function readHeader(buffer: Buffer): { header: ChunkHeader; end: number } {
  if (buffer.length < 8 || !buffer.subarray(0, 4).equals(magic))
    throw new WireError('undecodable_chunk', 'It does not start with TSC1.')
  const end = 8 + buffer.readUInt32BE(4)
  if (end > buffer.length) throw new WireError('undecodable_chunk', 'Its header is cut off.')
  try {
    const header = JSON.parse(buffer.toString('utf8', 8, end)) as ChunkHeader
    if (typeof header.collector !== 'string' || !Number.isSafeInteger(header.seq) || !Array.isArray(header.parts))
      throw new TypeError('fields are missing')
    for (const part of header.parts)
      if (!Number.isSafeInteger(part.bytes) || part.bytes < 0) throw new TypeError('the length of a part is no length')
    return { header, end }
  } catch (cause) {
    throw new WireError('undecodable_chunk', 'Its header is damaged.', { cause })
  }
}
