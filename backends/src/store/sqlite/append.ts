import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { transact } from '../../sqlite/database.ts'
import { clockOf } from '../clocks.ts'
import { minuteOf } from '../figures.ts'
import { digest } from '../identity.ts'
import type { AppendChunk, AppendOutcome } from '../port.ts'
import { type Blocks, type PackedBlock, packBlocks } from './blocks.ts'
import { type Books, createBookkeeper } from './books.ts'
import type { Claims } from './claims.ts'
import { type Collectors, createCollectors } from './collectors.ts'
import type { Entities } from './entities.ts'
import { createEventWriter, inBlockOrder } from './event-writer.ts'

interface Parts {
  db: DatabaseSync
  claims: Claims
  entities: Entities
  blocks: Blocks
  now(): number
}

/** An event on its way in. */
interface Candidate {
  event: StoredEvent
  key: Buffer
  /** The key as text of one character a byte: a name that sorts as the bytes do. */
  name: string
  outcome: AppendOutcome
}

/** One transaction: the chunk's number, claims, bodies, timeline and books become durable together or not at all. */
export function createAppend({
  db,
  claims,
  entities,
  blocks,
  now,
}: Parts): (chunks: readonly AppendChunk[]) => AppendOutcome[] {
  const collectors = createCollectors(db)
  const write = createEventWriter({ db, entities, blocks })
  const openBooks = createBookkeeper(db)

  /** The candidates whose messageId is new; of several with the same the first in order. */
  const claim = (candidates: readonly Candidate[]): Set<Candidate> => {
    const firsts = new Map<string, Candidate>()
    for (const candidate of candidates) if (!firsts.has(candidate.name)) firsts.set(candidate.name, candidate)
    const sorted = [...firsts.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    const fresh = claims.take(
      sorted.map(({ key }) => key),
      now(),
      blocks.newest(),
    )
    return new Set(sorted.filter((_, index) => fresh[index]))
  }

  const commit = (chunks: readonly AppendChunk[], packed: readonly PackedBlock[], count: number): AppendOutcome[] =>
    transact(db, () => {
      entities.refresh()
      const books = openBooks()
      const { outcomes, candidates } = takeNumbers(chunks, collectors, books, now())
      const fresh = claim(candidates)
      for (const candidate of candidates) {
        const { event, outcome } = candidate
        const kind = fresh.has(candidate) ? 'stored' : 'duplicate'
        const clock = kind === 'stored' ? clockOf(event) : undefined
        books.add(event.project, minuteOf(event.receivedAt), kind, 1)
        if (clock) books.add(event.project, minuteOf(event.receivedAt), clock, 1)
        outcome[kind]++
      }
      // Packed ahead in the hope that nothing is a duplicate; where something is, the rest is packed again.
      const isAllFresh = fresh.size === count
      write(isAllFresh ? packed : packBlocks(inBlockOrder([...fresh].map(({ event }) => event))))
      books.flush()
      return outcomes
    })

  return (chunks) => {
    const events = inBlockOrder(chunks.flatMap((chunk) => chunk.events))
    const packed = packBlocks(events) // before the transaction, which keeps other workers waiting
    try {
      return commit(chunks, packed, events.length)
    } catch (error) {
      entities.reset()
      blocks.reset()
      throw error
    }
  }
}

/** Takes each chunk's number, sets aside what it rejects and lists its events. A redelivered chunk adds nothing. */
function takeNumbers(
  chunks: readonly AppendChunk[],
  collectors: Collectors,
  books: Books,
  now: number,
): { outcomes: AppendOutcome[]; candidates: Candidate[] } {
  const candidates: Candidate[] = []
  const outcomes = chunks.map((chunk) => {
    const outcome: AppendOutcome = { redelivered: false, stored: 0, duplicate: 0, rejected: chunk.rejected.length }
    if (!collectors.take(chunk, now)) return { ...outcome, redelivered: true, rejected: 0 }
    for (const { project, minute, events } of chunk.received) books.add(project, minute, 'received', events)
    for (const { project, minute, kind, events } of chunk.erased ?? []) books.add(project, minute, kind, events)
    for (const rejected of chunk.rejected) books.reject(`${chunk.collector}:${chunk.seq}:${rejected.place}`, rejected)
    for (const event of chunk.events) {
      const key = digest(event.project, event.messageId)
      candidates.push({ event, key, name: key.toString('latin1'), outcome })
    }
    return outcome
  })
  return { outcomes, candidates }
}
