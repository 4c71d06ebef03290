import { randomUUID } from 'node:crypto'
import type { StoredEvent } from '@trailstitch/protocol'
import { BackendError } from '../errors.ts'
import type { Books } from './memory-answers.ts'
import { decodeCursor, encodeCursor } from './paging.ts'
import {
  type CopyCursors,
  claimsFrom,
  dayOf,
  type RecordKind,
  type RecordKinds,
  type RecordPage,
  rangesOf,
  type StoreRecords,
  spreadRanges,
} from './records.ts'

interface Parts {
  /** By place; those that were let go are missing. */
  events: (StoredEvent | undefined)[]
  /** When each digest of project and messageId was claimed. */
  claims: Map<string, number>
  books: Books
  now(): number
}

const dayMs = 86_400_000

/** The reference of the port's records: lists of all there is, and pages cut out of them by place. */
export function createMemoryRecords(parts: Parts): StoreRecords {
  const { events, books, now } = parts
  const id = randomUUID()
  let copy: { of: string; cursors: CopyCursors } | undefined

  const lists = createLists(parts)
  const puts = createPuts(parts)

  return {
    id: async () => id,
    async count() {
      const owned = events
        .filter((event) => event !== undefined)
        .filter((event) => (event.anonymousId ?? event.userId) !== undefined)
      const counts = [...Map.groupBy(owned, ({ project }) => project)]
      return counts
        .map(([project, own]) => ({ project, events: own.length }))
        .sort((a, b) => (a.project < b.project ? -1 : 1))
    },
    async read<K extends RecordKind>(kind: K, after: string | null, limit: number): Promise<RecordPage<K>> {
      if (kind === 'claim') {
        // Without an order to go on by, all of a day and later are one page.
        const from =
          after === null ? 0 : decodeCursor<[number, number, string]>(after, ['number', 'number', 'string'])[1]
        const items = lists.claim().filter((claim) => claim && claim.day >= from) as RecordKinds[K][]
        return { items, after, next: null, resume: claimsFrom(dayOf(now())) }
      }
      const [start] = after === null ? [0] : decodeCursor<[number]>(after, ['number'])
      const all = lists[kind]()
      const end = Math.min(start + limit, all.length)
      const page = {
        items: structuredClone(all.slice(start, end)).filter((item) => item !== undefined),
        after,
        next: end < all.length ? encodeCursor([end]) : null,
      }
      return kind === 'event' ? { ...page, resume: encodeCursor([end]) } : page
    },
    async begin(of) {
      const isEmpty = events.length + books.chunks.size + books.minutes.size + books.rejected.size === 0
      if (copy ? copy.of !== of : !isEmpty) throw new BackendError('not_a_copy', 'Name a store that is empty.')
      copy ??= { of, cursors: {} }
      return { ...copy.cursors }
    },
    async write(kind, page) {
      if (!copy) throw new BackendError('not_a_copy', 'Begin a copy first.')
      if (kind === 'event' && (copy.cursors.event ?? null) !== page.after) return false
      for (const item of structuredClone(page.items)) puts[kind](item)
      if (page.resume !== undefined) copy.cursors[kind] = page.resume
      return true
    },
  }
}

const createLists = ({
  events,
  claims,
  books,
}: Parts): { [K in RecordKind]: () => (RecordKinds[K] | undefined)[] } => ({
  event: () => events.map((event, index) => event && { key: String(index), event }),
  claim: () => [...claims].map(([key, at]) => ({ key, day: dayOf(at) })),
  rejected: () => [...books.rejected.values()].sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1)),
  minute: () => [...books.minutes.values()].sort((a, b) => a.minute - b.minute),
  numbers: () =>
    [...books.chunks]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([collector, seen]) => {
        const rows = [...seen].map(([seq, at]) => ({ seq, at })).sort((a, b) => a.seq - b.seq)
        return { collector, taken: rangesOf(0, rows) }
      }),
})

const createPuts = ({ events, claims, books }: Parts): { [K in RecordKind]: (item: RecordKinds[K]) => void } => ({
  event: ({ event }) => events.push(event),
  claim: ({ key, day }) => claims.set(key, Math.max(claims.get(key) ?? 0, day * dayMs)),
  rejected: (item) => books.rejected.set(item.id, { ...books.rejected.get(item.id), ...item }),
  minute: (item) => books.minutes.set(`${item.minute} ${item.project}`, item),
  numbers({ collector, taken }) {
    const seen = books.chunks.get(collector) ?? new Map<number, number>()
    books.chunks.set(collector, seen)
    const { low, beyond } = spreadRanges(taken)
    for (let seq = 1; seq <= low; seq++) if (!seen.has(seq)) seen.set(seq, 0)
    for (const { seq, at } of beyond) if (!seen.has(seq)) seen.set(seq, at)
  },
})
