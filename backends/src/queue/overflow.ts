import { type ChunkHeader, decodeChunk } from '@trailstitch/protocol'
import type { Blob } from '../blob/port.ts'

/** What of blob storage the overflow needs. */
export type Overflow = Pick<Blob, 'put' | 'get' | 'list' | 'delete'>

/** Chunks that the queue could not take lie in blob storage under this prefix until a re-driver puts them into it. */
export const overflowPrefix = 'overflow/'
/** What lay in the overflow and is no chunk. Nothing reads it by itself. */
export const rejectedChunksPrefix = 'rejected-chunks/'

/** `overflow/2026-11-23/COLLECTOR-0000000017`: by day, collector and number. One chunk has one name. */
export function overflowName({
  collector,
  seq,
  packedAt,
}: Pick<ChunkHeader, 'collector' | 'seq' | 'packedAt'>): string {
  const day = new Date(packedAt).toISOString().slice(0, 10)
  return `${overflowPrefix}${day}/${collector}-${String(seq).padStart(10, '0')}`
}

/** Whether these bytes are a whole chunk. */
export function isChunk(bytes: Uint8Array): boolean {
  try {
    decodeChunk(bytes)
    return true
  } catch {
    return false
  }
}
