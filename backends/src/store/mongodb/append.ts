import type { StoredEvent } from '@trailstitch/protocol'
import { addClocks, clockOf } from '../clocks.ts'
import { minuteOf } from '../figures.ts'
import type { AppendChunk, AppendOutcome } from '../port.ts'
import type { Books } from './books.ts'
import type { Chunks } from './chunks.ts'
import type { Claimant, Claims } from './claims.ts'
import type { Events } from './events.ts'
import { chunkName, claimKey, entityOf, eventKey } from './keys.ts'
import { orderKey } from './order-key.ts'
import type { BookRow, Tables, TimelineDoc } from './tables.ts'
import { insertNew } from './writing.ts'

interface Parts {
  tables: Tables
  chunks: Chunks
  claims: Claims
  events: Events
  books: Books
  now(): number
}

interface Candidate extends Claimant {
  event: StoredEvent
  of: AppendChunk
}

/**
 * Without transactions: each step can be done again and changes nothing then, and the chunk's number is the last to say
 * that all is done. In this order: number opened, messageIds claimed, bodies, timeline, rejected events, and then, with
 * one write a chunk, the books. A chunk that comes again after a kill claims what it had claimed and goes on.
 */
export function createAppend({
  tables,
  chunks,
  claims,
  events,
  books,
  now,
}: Parts): (given: readonly AppendChunk[]) => Promise<AppendOutcome[]> {
  return async (given) => {
    const open = await chunks.open(given)
    const candidates = [...open].flatMap((of) =>
      of.events.map(
        (event): Candidate => ({
          event,
          of,
          key: claimKey(event),
          chunk: chunkName(of),
          receivedAt: event.receivedAt,
        }),
      ),
    )
    const fresh = await claims.take(candidates, now())
    const stored = candidates.filter((candidate) => fresh.has(candidate))
    const rows = stored.map(({ event, chunk }) => ({ key: eventKey(event, chunk), event }))
    await events.insert(rows)
    await insertNew(tables.timeline, rows.map(toTimeline))
    await books.reject(open)
    const entries = booksOf(open, candidates, fresh)
    await chunks.book(entries)
    await books.enter(entries)
    await chunks.finish(open)
    return given.map((chunk) => outcomeOf(chunk, open, candidates, fresh))
  }
}

export function toTimeline({ key, event }: { key: string; event: StoredEvent }): TimelineDoc {
  const { project, timestamp, messageId } = event
  return { _id: key, p: project, e: entityOf(event), t: timestamp, m: orderKey(messageId), u: project }
}

/** What each chunk has for the ledger. It follows from the chunk and its claims, so it is the same each time. */
function booksOf(
  open: ReadonlySet<AppendChunk>,
  candidates: readonly Candidate[],
  fresh: ReadonlySet<Candidate>,
): Map<AppendChunk, BookRow[]> {
  const books = new Map([...open].map((chunk) => [chunk, new Map<string, BookRow>()]))
  const add = (chunk: AppendChunk, p: string, minute: number, kind: Kind, count: number): BookRow => {
    const rows = books.get(chunk)
    const key = `${minute} ${p}`
    const row = rows?.get(key) ?? { p, minute, received: 0, stored: 0, duplicate: 0, rejected: 0 }
    row[kind] += count
    rows?.set(key, row)
    return row
  }
  for (const chunk of open) {
    for (const { project, minute, events } of chunk.received) add(chunk, project, minute, 'received', events)
    for (const { project, minute, kind, events } of chunk.erased ?? []) add(chunk, project, minute, kind, events)
    for (const { project, receivedAt } of chunk.rejected) add(chunk, project, minuteOf(receivedAt), 'rejected', 1)
  }
  for (const candidate of candidates) {
    const { project, receivedAt } = candidate.event
    const isFresh = fresh.has(candidate)
    const row = add(candidate.of, project, minuteOf(receivedAt), isFresh ? 'stored' : 'duplicate', 1)
    const clock = isFresh ? clockOf(candidate.event) : undefined
    if (clock) row.clocks = addClocks(row.clocks, { [clock]: 1 })
  }
  return new Map([...books].map(([chunk, rows]) => [chunk, [...rows.values()]]))
}

type Kind = Exclude<keyof BookRow, 'p' | 'minute' | 'clocks'>

function outcomeOf(
  chunk: AppendChunk,
  open: ReadonlySet<AppendChunk>,
  candidates: readonly Candidate[],
  fresh: ReadonlySet<Candidate>,
): AppendOutcome {
  if (!open.has(chunk)) return { redelivered: true, stored: 0, duplicate: 0, rejected: 0 }
  const own = candidates.filter(({ of }) => of === chunk)
  const stored = own.filter((candidate) => fresh.has(candidate)).length
  return { redelivered: false, stored, duplicate: own.length - stored, rejected: chunk.rejected.length }
}
