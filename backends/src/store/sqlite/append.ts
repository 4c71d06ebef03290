import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { transact } from '../../sqlite/database.ts'
import { minuteOf } from '../figures.ts'
import { digest } from '../identity.ts'
import type { AppendChunk, AppendOutcome } from '../port.ts'
import type { Blocks } from './blocks.ts'
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

  /** Stores each event whose messageId is new; of several in one call the first in order. */
  const claim = (candidates: readonly Candidate[]): Set<Candidate> => {
    const firsts = new Map<string, Candidate>()
    for (const candidate of candidates) {
      const text = candidate.key.toString('latin1')
      if (!firsts.has(text)) firsts.set(text, candidate)
    }
    const sorted = [...firsts.values()].sort((a, b) => Buffer.compare(a.key, b.key))
    const fresh = claims.take(sorted.map(({ key }) => key), now())
    return new Set(sorted.filter((_, index) => fresh[index]))
  }

  const write = (fresh: readonly StoredEvent[]): void => {
    // A visitor's events side by side: a journey then reads few blocks.
    const located = fresh.map((event) => ({ event, entity: entityOf(entities, event) }))
    located.sort((a, b) => a.entity - b.entity || a.event.timestamp - b.event.timestamp)
    const places = blocks.append(located.map(({ event }) => event))
    located.forEach(({ event, entity }, index) => {
      const place = places[index]
      if (place && entity !== 0) insertPlace.run(entity, event.timestamp, place.block, place.place)
      edges.add(event)
    })
  }

  return (chunks) => {
    try {
      return transact(db, () => {
        const books = createBooks()
        const candidates: Candidate[] = []
        const outcomes = chunks.map((chunk) => {
          const outcome: AppendOutcome = { redelivered: false, stored: 0, duplicate: 0, rejected: 0 }
          if (!collectors.take(chunk, now())) return { ...outcome, redelivered: true }
          for (const { project, minute, events } of chunk.received) books.at(project, minute).received += events
          for (const event of chunk.events) candidates.push({ event, key: digest(event.project, event.messageId), outcome })
          for (const { project, place, code, message, receivedAt, body } of chunk.rejected) {
            insertRejected.run(`${chunk.collector}:${chunk.seq}:${place}`, project, code, message, receivedAt, body)
            books.at(project, minuteOf(receivedAt)).rejected++
            outcome.rejected++
          }
          return outcome
        })
        const fresh = claim(candidates)
        for (const candidate of candidates) {
          const line = books.at(candidate.event.project, minuteOf(candidate.event.receivedAt))
          const kind = fresh.has(candidate) ? 'stored' : 'duplicate'
          line[kind]++
          candidate.outcome[kind]++
        }
        write(candidates.filter((candidate) => fresh.has(candidate)).map(({ event }) => event))
        books.forEach((project, minute, s) => book.run(project, minute, s.received, s.stored, s.duplicate, s.rejected))
        return outcomes
      })
    } catch (error) {
      entities.reset()
      blocks.reset()
      throw error
    }
  }
}

/** Whose timeline the event lies in: its visitor's, else its user's, else nobody's (0). */
export function entityOf(entities: Entities, event: StoredEvent): number {
  if (event.anonymousId !== undefined) return entities.resolve(event.project, 'visitor', event.anonymousId)
  if (event.userId !== undefined) return entities.resolve(event.project, 'user', event.userId)
  return 0
}

function createBooks(): { at(project: string, minute: number): Sums; forEach(visit: (project: string, minute: number, sums: Sums) => void): void } {
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
