import type { AppendChunk, AppendRejected } from '@trailstitch/backends'
import { type Chunk, type ChunkPart, chunkId, type Projects, type StoredEvent } from '@trailstitch/protocol'
import { decodeParts, setAside } from './decode.ts'
import type { Enricher } from './enrich.ts'
import { normaliseEvent } from './normalise.ts'

export interface PrepareOptions {
  projects: Projects
  enrich: Enricher
}

const minuteMs = 60_000

/**
 * Turns a chunk into what a store takes in: decode, normalise, enrich. Depends on the chunk alone (and the country
 * database), so a redelivered chunk gives the same events. An event that makes a step throw is set aside; the rest goes on.
 */
export function prepareChunk(chunk: Chunk, { projects, enrich }: PrepareOptions): AppendChunk {
  const events: StoredEvent[] = []
  const rejected: AppendRejected[] = []
  for (const decoded of decodeParts(chunk)) {
    const project = projects.byId(decoded.part.project) ?? {}
    rejected.push(...decoded.rejected)
    for (const { event, place } of decoded.taken) {
      try {
        const normalised = normaliseEvent(event, decoded.part, `${chunkId(chunk.header)}:${place}`)
        events.push(enrich(normalised, decoded.part, project))
      } catch (error) {
        rejected.push(setAside(decoded.part, place, 'processing_failed', event, (error as Error).message))
      }
    }
  }
  const { collector, seq, voided, parts } = chunk.header
  return { collector, seq, voided: voided ?? [], received: countReceived(parts), events, rejected }
}

/** What the collector counted, per project and minute: the one side of the books. */
function countReceived(parts: readonly ChunkPart[]): AppendChunk['received'] {
  const lines = new Map<string, { project: string; minute: number; events: number }>()
  for (const { project, receivedAt, events } of parts) {
    const minute = Math.floor(receivedAt / minuteMs) * minuteMs
    const line = lines.get(`${minute} ${project}`)
    if (line) line.events += events
    else lines.set(`${minute} ${project}`, { project, minute, events })
  }
  return [...lines.values()]
}
