import type { AppendChunk, AppendOutcome } from '@trailstitch/backends'
import { type ChunkHeader, chunkId, decodeChunkHeader } from '@trailstitch/protocol'
import type { Process } from './process.ts'

/** An event that a client or an operator made. `n` travels inside it and names it whatever becomes of its ids. */
export interface SentEvent {
  n: number
  project: string
  messageId: string | undefined
  /** Made such that the collector has to refuse it. */
  isInvalid: boolean
  /** Requests that carried it, as far as they reached a collector. */
  attempts: number
  /** A collector has said yes to a request that held it. */
  isAcked: boolean
}

/** What a collector's chunks have come to. */
export interface CollectorRecord {
  process: Process
  /** Numbers of chunks that were handed to queue or overflow. */
  attempted: Set<number>
  /** Of these, the ones that got into either at least once. */
  entered: Set<number>
  /** Numbers given up in chunks that did. */
  voided: Set<number>
}

/** What truly happened, kept outside of the parts under test: the checkers compare their answers with it. */
export interface Record {
  events: SentEvent[]
  collectors: Map<string, CollectorRecord>
  /** Chunks that a store took in for the first time, by chunk id. */
  taken: Map<string, AppendChunk>
  /** Events in requests that were acknowledged, repetitions included, by `minute project`. */
  acked: Map<string, number>
  newEvent(fields: Pick<SentEvent, 'project' | 'messageId' | 'isInvalid'>): SentEvent
  attempted(process: Process, body: Uint8Array): ChunkHeader
  entered(header: ChunkHeader): void
  /** A collector has said yes to a request. */
  acknowledged(project: string, receivedAt: number, events: readonly SentEvent[]): void
  appended(chunks: readonly AppendChunk[], outcomes: readonly AppendOutcome[]): void
}

export function createRecord(): Record {
  const record: Record = {
    events: [],
    collectors: new Map(),
    taken: new Map(),
    acked: new Map(),
    newEvent(fields) {
      const event = { n: record.events.length, attempts: 0, isAcked: false, ...fields }
      record.events.push(event)
      return event
    },
    attempted(process, body) {
      const header = decodeChunkHeader(body)
      const known = record.collectors.get(header.collector)
      const collector = known ?? { process, attempted: new Set(), entered: new Set(), voided: new Set() }
      if (!known) record.collectors.set(header.collector, collector)
      collector.attempted.add(header.seq)
      return header
    },
    entered({ collector, seq, voided = [] }) {
      const known = record.collectors.get(collector)
      known?.entered.add(seq)
      for (const number of voided) known?.voided.add(number)
    },
    acknowledged(project, receivedAt, events) {
      const key = `${Math.floor(receivedAt / 60_000) * 60_000} ${project}`
      record.acked.set(key, (record.acked.get(key) ?? 0) + events.length)
      for (const event of events) event.isAcked = true
    },
    appended(chunks, outcomes) {
      chunks.forEach((chunk, index) => {
        if (outcomes[index]?.redelivered === false) record.taken.set(chunkId(chunk), chunk)
      })
    },
  }
  return record
}
