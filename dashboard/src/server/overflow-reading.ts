import { type Blob, overflowPrefix, type Queue } from '@trailstitch/backends'
import { type ChunkCount, countChunk, type QueueReading, type ReadLimits, readQueue } from './queue-reading.ts'

/** Listed at once: a look into a full folder costs about the same for few names as for many. */
const maxNames = 1_000

export interface InFlightSources {
  queue: Pick<Queue, 'list' | 'traits'>
  /** Where chunks wait that the queue could not take; undefined when there is no such place. */
  overflow?: Pick<Blob, 'list' | 'get'> | undefined
}

/**
 * Reads what is on its way to the store. A chunk only ever goes from the overflow to the queue, so the overflow is read
 * first: what leaves it meanwhile is found in the queue, or later in the store. One that lies in both appears twice.
 */
export async function readInFlight(
  { queue, overflow }: InFlightSources,
  limits: ReadLimits = {},
): Promise<QueueReading> {
  if (!overflow) return readQueue(queue, limits)
  const before = await readOverflow(overflow, limits)
  const reading = await readQueue(queue, limits)
  return {
    ...reading,
    pending: [...before.chunks, ...reading.pending],
    pendingUndecodable: before.undecodable + reading.pendingUndecodable,
    complete: before.complete && reading.complete,
  }
}

async function readOverflow(
  overflow: Pick<Blob, 'list' | 'get'>,
  limits: ReadLimits,
): Promise<{ chunks: ChunkCount[]; undecodable: number; complete: boolean }> {
  const chunks: ChunkCount[] = []
  let undecodable = 0
  const complete = await eachChunk(overflow, limits, (body) => {
    const counted = countChunk(body)
    if (counted) chunks.push(counted)
    else undecodable++
    return true
  })
  return { chunks, undecodable, complete }
}

/** Looks at chunks in the overflow until `look` answers false. Resolves with whether all there are were looked at. */
export async function eachChunk(
  overflow: Pick<Blob, 'list' | 'get'>,
  { maxMessages = 10_000, pageSize = 25 }: ReadLimits,
  look: (body: Uint8Array) => boolean,
): Promise<boolean> {
  let looked = 0
  let cursor: string | null = null
  do {
    const limit = Math.min(maxNames, maxMessages - looked)
    const page: Awaited<ReturnType<Blob['list']>> = await overflow.list(overflowPrefix, {
      limit,
      ...(cursor !== null && { cursor }),
    })
    for (let start = 0; start < page.items.length; start += pageSize) {
      const items = page.items.slice(start, start + pageSize)
      for (const body of await Promise.all(items.map(({ name }) => overflow.get(name)))) {
        // What is gone is in the queue by now.
        if (body !== undefined && !look(body)) return false
      }
    }
    looked += page.items.length
    cursor = page.nextCursor
  } while (cursor !== null && looked < maxMessages)
  return cursor === null
}
