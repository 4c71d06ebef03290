import type { Answers, Query, RejectedEvent, StoredEvent } from '@trailstitch/protocol'
import type { Deps } from '../deps.ts'
import { addClocks, clockOf } from './clocks.ts'
import { minuteOf } from './figures.ts'
import { digest } from './identity.ts'
import { answerFrom, type Books } from './memory-answers.ts'
import { erasePerson } from './memory-erasure.ts'
import { letGo } from './memory-expiry.ts'
import { createMemoryRecords } from './memory-records.ts'
import { removeProject } from './memory-removal.ts'
import { foldWorld, type Kept, noWorld } from './memory-world.ts'
import type { AppendChunk, AppendOutcome, Store, StoreOptions } from './port.ts'
import type { RecordKinds } from './records.ts'

/**
 * The reference store: keeps every event and works everything out anew, the slow and plain way. What it answers is what
 * every other store must answer. Nothing survives the process.
 */
export async function openMemoryStore(_url: string, deps: Deps, options: StoreOptions = {}): Promise<Store> {
  const dedupeMs = options.dedupeMs ?? 7 * 86_400_000
  /** Those that were let go leave their place empty: it is what cursors name. */
  const events: (StoredEvent | undefined)[] = []
  const kept: Kept = {
    past: new Map(),
    parts: new Map(),
    edges: [],
    events: [],
    sessions: [],
    erased: { events: [], sessions: [] },
  }
  const claims = new Map<string, number>()
  const books: Books = { chunks: new Map(), minutes: new Map(), rejected: new Map() }
  let stitched = 0
  let world = noWorld()

  const append = createAppend({ books, claims, events, dedupeMs, now: () => deps.now() })

  return {
    append: async (chunks) => structuredClone(chunks).map(append),
    async stitch(rules) {
      const fresh = events.length - stitched
      if (fresh > 0) world = foldWorld(present(events), kept, rules)
      stitched = events.length
      return { events: fresh, behind: 0 }
    },
    async query<Q extends Query>(query: Q) {
      return structuredClone(answerFrom(query, world, events, books, claims, deps.now())) as Answers[Q['type']]
    },
    async markReplayed(id, at) {
      const rejected: RejectedEvent | undefined = books.rejected.get(id)
      if (rejected) rejected.replayedAt = at
    },
    records: createMemoryRecords({ events, claims, books, now: () => deps.now() }),
    async maintain(retention) {
      const now = deps.now()
      for (const [key, claimed] of claims) if (!inWindow(claimed, now, dedupeMs)) claims.delete(key)
      if (!retention) return false
      const gone = letGo({ world, kept, books }, retention, now)
      for (const [index, event] of events.entries())
        if (event && index < stitched && gone.has(event)) events[index] = undefined
      world = foldWorld(present(events.slice(0, stitched)), kept, retention.rules)
      return false
    },
    async erase(request, maxEvents) {
      if (stitched < events.length) return { more: true, events: 0 }
      const { more, gone, rejected } = erasePerson({ world, kept, books }, request, maxEvents)
      for (const [index, event] of events.entries()) if (event && gone.has(event)) events[index] = undefined
      world = foldWorld(present(events), kept, request.rules)
      return { more, events: gone.size + rejected }
    },
    async removeProject(project, maxEvents) {
      return removeProject({ events, world, kept, books }, project, maxEvents)
    },
    async close() {},
  }
}

interface Memory {
  books: Books
  claims: Map<string, number>
  events: (StoredEvent | undefined)[]
  dedupeMs: number
  now(): number
}

function createAppend({ books, claims, events, dedupeMs, now: clock }: Memory): (chunk: AppendChunk) => AppendOutcome {
  return (chunk) => {
    const outcome: AppendOutcome = { redelivered: false, stored: 0, duplicate: 0, rejected: 0 }
    const seen = books.chunks.get(chunk.collector) ?? new Map<number, number>()
    books.chunks.set(chunk.collector, seen)
    if (seen.has(chunk.seq)) return { ...outcome, redelivered: true }
    const now = clock()
    for (const seq of [...chunk.voided, chunk.seq]) if (!seen.has(seq)) seen.set(seq, now)
    for (const { project, minute, events: count } of chunk.received) line(books, project, minute).received += count
    for (const { project, minute, kind, events: count } of chunk.erased ?? [])
      line(books, project, minute)[kind] += count
    for (const event of chunk.events) {
      const key = digest(event.project, event.messageId).toString('base64url')
      const claimed = claims.get(key)
      const fresh = claimed === undefined || !inWindow(claimed, now, dedupeMs)
      if (fresh) {
        claims.set(key, now)
        events.push(event)
      }
      const kind = fresh ? 'stored' : 'duplicate'
      outcome[kind]++
      const row = line(books, event.project, minuteOf(event.receivedAt))
      row[kind]++
      const clock = fresh ? clockOf(event) : undefined
      if (clock) row.clocks = addClocks(row.clocks, { [clock]: 1 })
    }
    for (const { place, ...rejected } of chunk.rejected) {
      const id = `${chunk.collector}:${chunk.seq}:${place}`
      books.rejected.set(id, { id, ...rejected })
      line(books, rejected.project, minuteOf(rejected.receivedAt)).rejected++
      outcome.rejected++
    }
    return outcome
  }
}

const present = (events: readonly (StoredEvent | undefined)[]): StoredEvent[] =>
  events.filter((event) => event !== undefined)

/** As in the other stores: a claim counts until the end of its day has left the window. */
const inWindow = (claimed: number, now: number, dedupeMs: number): boolean =>
  (Math.floor(claimed / 86_400_000) + 1) * 86_400_000 > now - dedupeMs

function line(books: Books, project: string, minute: number): RecordKinds['minute'] {
  const key = `${minute} ${project}`
  let sums = books.minutes.get(key)
  if (!sums) {
    sums = { project, minute, received: 0, stored: 0, duplicate: 0, rejected: 0 }
    books.minutes.set(key, sums)
  }
  return sums
}
