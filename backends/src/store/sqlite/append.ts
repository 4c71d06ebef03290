import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { transact } from '../../sqlite/database.ts'
import { minuteOf } from '../figures.ts'
import { digest } from '../identity.ts'
import type { AppendChunk, AppendOutcome } from '../port.ts'
import { type Blocks, type PackedBlock, packBlocks } from './blocks.ts'
import type { Claims } from './claims.ts'
import { createCollectors } from './collectors.ts'
import { createEdges } from './edges.ts'
import type { Entities } from './entities.ts'

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

type Sums = { received: number; stored: number; duplicate: number; rejected: number }

/** One transaction: the chunk's number, claims, bodies, timeline and books become durable together or not at all. */
export function createAppend({ db, claims, entities, blocks, now }: Parts): (chunks: readonly AppendChunk[]) => AppendOutcome[] {
  const collectors = createCollectors(db)
  const edges = createEdges(db, entities)
  const insertPlace = db.prepare('INSERT INTO timeline (entity, time, block, place) VALUES (?, ?, ?, ?)')
  const insertRejected = db.prepare(
    'INSERT OR IGNORE INTO rejected (id, project, code, message, received_at, body) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const book = db.prepare(`INSERT INTO ledger (project, minute, received, stored, duplicate, rejected) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET received = received + excluded.received, stored = stored + excluded.stored,
      duplicate = duplicate + excluded.duplicate, rejected = rejected + excluded.rejected`)

  /** The candidates whose messageId is new; of several with the same the first in order. */
  const claim = (candidates: readonly Candidate[]): Set<Candidate> => {
    const firsts = new Map<string, Candidate>()
    for (const candidate of candidates) if (!firsts.has(candidate.name)) firsts.set(candidate.name, candidate)
    const sorted = [...firsts.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    const fresh = claims.take(sorted.map(({ key }) => key), now())
    return new Set(sorted.filter((_, index) => fresh[index]))
  }

  const write = (packed: readonly PackedBlock[]): void => {
    const places: { entity: number; time: number; block: number; place: number }[] = []
    for (const one of packed) {
      const block = blocks.append(one)
      one.events.forEach((event, place) => {
        const entity = entityOf(entities, event)
        if (entity !== 0) places.push({ entity, time: event.timestamp, block, place })
        edges.add(event)
      })
    }
    places.sort((a, b) => a.entity - b.entity || a.time - b.time)
    for (const { entity, time, block, place } of places) insertPlace.run(entity, time, block, place)
  }

  const takeIn = (chunks: readonly AppendChunk[], books: Books): { outcomes: AppendOutcome[]; candidates: Candidate[] } => {
    const candidates: Candidate[] = []
    const outcomes = chunks.map((chunk) => {
      const outcome: AppendOutcome = { redelivered: false, stored: 0, duplicate: 0, rejected: 0 }
      if (!collectors.take(chunk, now())) return { ...outcome, redelivered: true }
      for (const { project, minute, events } of chunk.received) books.at(project, minute).received += events
      for (const event of chunk.events) {
        const key = digest(event.project, event.messageId)
        candidates.push({ event, key, name: key.toString('latin1'), outcome })
      }
      for (const { project, place, code, message, receivedAt, body } of chunk.rejected) {
        insertRejected.run(`${chunk.collector}:${chunk.seq}:${place}`, project, code, message, receivedAt, body)
        books.at(project, minuteOf(receivedAt)).rejected++
        outcome.rejected++
      }
      return outcome
    })
    return { outcomes, candidates }
  }

  const commit = (chunks: readonly AppendChunk[], packed: readonly PackedBlock[], count: number): AppendOutcome[] =>
    transact(db, () => {
      const books = createBooks()
      const { outcomes, candidates } = takeIn(chunks, books)
      const fresh = claim(candidates)
      for (const candidate of candidates) {
        const kind = fresh.has(candidate) ? 'stored' : 'duplicate'
        books.at(candidate.event.project, minuteOf(candidate.event.receivedAt))[kind]++
        candidate.outcome[kind]++
      }
      // Packed ahead in the hope that nothing is a duplicate; where something is, the rest is packed again.
      const isAllFresh = fresh.size === count
      write(isAllFresh ? packed : packBlocks(inBlockOrder([...fresh].map(({ event }) => event))))
      books.forEach((project, minute, s) => book.run(project, minute, s.received, s.stored, s.duplicate, s.rejected))
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

/** A visitor's events side by side: a journey then reads few blocks. */
const inBlockOrder = (events: StoredEvent[]): StoredEvent[] =>
  events.sort((a, b) => {
    const left = a.anonymousId ?? a.userId ?? ''
    const right = b.anonymousId ?? b.userId ?? ''
    return left === right ? a.timestamp - b.timestamp : left < right ? -1 : 1
  })

/** Whose timeline the event lies in: its visitor's, else its user's, else nobody's (0). */
export function entityOf(entities: Entities, event: StoredEvent): number {
  if (event.anonymousId !== undefined) return entities.resolve(event.project, 'visitor', event.anonymousId)
  if (event.userId !== undefined) return entities.resolve(event.project, 'user', event.userId)
  return 0
}

interface Books {
  at(project: string, minute: number): Sums
  forEach(visit: (project: string, minute: number, sums: Sums) => void): void
}

function createBooks(): Books {
  const lines = new Map<string, { project: string; minute: number; sums: Sums }>()
  return {
    at(project, minute) {
      const key = `${minute} ${project}`
      let line = lines.get(key)
      if (!line) {
        line = { project, minute, sums: { received: 0, stored: 0, duplicate: 0, rejected: 0 } }
        lines.set(key, line)
      }
      return line.sums
    },
    forEach(visit) {
      for (const { project, minute, sums } of lines.values()) visit(project, minute, sums)
    },
  }
}
