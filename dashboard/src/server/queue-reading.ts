import type { Queue } from '@trailstitch/backends'
import { type ChunkHeader, chunkId, decodeChunkHeader } from '@trailstitch/protocol'
import { minuteMs } from './params.ts'

/** Events of a chunk that is in the queue or the overflow, per project and minute of receipt. */
export interface ChunkCount {
  collector: string
  seq: number
  /** Numbers this chunk gives up: nothing was lost with them. */
  voided: readonly number[]
  rows: readonly { project: string; minute: number; events: number }[]
}

export interface QueueReading {
  pending: ChunkCount[]
  dead: ChunkCount[]
  /** Messages whose header nobody can read. */
  pendingUndecodable: number
  deadUndecodable: number
  /** False when there were more messages than are read at most, or the queue cannot show what is pending. */
  complete: boolean
}

export interface ReadLimits {
  /** Messages of each state. Default 10,000. */
  maxMessages?: number
  /** Messages held in memory at once, each up to 1 MiB. Default 25. */
  pageSize?: number
}

export const chunkKey = chunkId

/**
 * Reads what lies in the queue; of each message only the counts are kept. Pending comes before dead, the way messages
 * move by themselves, so that one which dies in between is met at least once. One that an operator redrives in that very
 * moment may be missed.
 */
export async function readQueue(queue: Pick<Queue, 'list' | 'traits'>, limits: ReadLimits = {}): Promise<QueueReading> {
  const pending = queue.traits.listsPending
    ? await readState(queue, 'pending', limits)
    : { chunks: [], undecodable: 0, complete: false }
  const dead = await readState(queue, 'dead', limits)
  return {
    pending: pending.chunks,
    dead: dead.chunks,
    pendingUndecodable: pending.undecodable,
    deadUndecodable: dead.undecodable,
    complete: pending.complete && dead.complete,
  }
}

async function readState(
  queue: Pick<Queue, 'list'>,
  state: 'pending' | 'dead',
  limits: ReadLimits,
): Promise<{ chunks: ChunkCount[]; undecodable: number; complete: boolean }> {
  const chunks: ChunkCount[] = []
  let undecodable = 0
  const complete = await eachMessage(queue, state, limits, (body) => {
    const counted = countChunk(body)
    if (counted) chunks.push(counted)
    else undecodable++
    return true
  })
  return { chunks, undecodable, complete }
}

/** Looks at messages of a state until `look` answers false. Resolves with whether all there are were looked at. */
export async function eachMessage(
  queue: Pick<Queue, 'list'>,
  state: 'pending' | 'dead',
  { maxMessages = 10_000, pageSize = 25 }: ReadLimits,
  look: (body: Uint8Array) => boolean,
): Promise<boolean> {
  let looked = 0
  let cursor: string | null = null
  do {
    const limit = Math.min(pageSize, maxMessages - looked)
    const answer: Awaited<ReturnType<Queue['list']>> = await queue.list(
      state,
      cursor === null ? { limit } : { limit, cursor },
    )
    for (const { body } of answer.items) if (!look(body)) return false
    looked += answer.items.length
    cursor = answer.nextCursor
  } while (cursor !== null && looked < maxMessages)
  return cursor === null
}

/** Undefined when the header is damaged. */
export function countChunk(body: Uint8Array): ChunkCount | undefined {
  try {
    const header = decodeChunkHeader(body)
    return { collector: header.collector, seq: header.seq, voided: header.voided ?? [], rows: countParts(header) }
  } catch {
    return undefined
  }
}

function countParts({ parts }: ChunkHeader): ChunkCount['rows'] {
  const rows = new Map<string, { project: string; minute: number; events: number }>()
  for (const { project, receivedAt, events } of parts) {
    // A header that parses may still lie; counts out of it must stay numbers.
    if (!Number.isSafeInteger(events) || events < 0 || !Number.isFinite(receivedAt)) throw new TypeError('bad part')
    const minute = Math.floor(receivedAt / minuteMs) * minuteMs
    const key = `${minute} ${project}`
    const row = rows.get(key) ?? { project, minute, events: 0 }
    row.events += events
    rows.set(key, row)
  }
  return [...rows.values()]
}
