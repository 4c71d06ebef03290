import { randomUUID } from 'node:crypto'
import { BackendError } from '../../errors.ts'
import { decodeCursor, encodeCursor } from '../paging.ts'
import {
  type CollectorNumbers,
  claimsFrom,
  dayOf,
  type RecordKind,
  type RecordPage,
  rangesOf,
  type StoreRecords,
} from '../records.ts'
import type { Books } from './books.ts'
import type { Events } from './events.ts'
import type { Tables, TimelineDoc } from './tables.ts'
import { findByIds, insertNew } from './writing.ts'

interface Parts {
  tables: Tables
  events: Events
  books: Books
  now(): number
}

type Page<K extends RecordKind> = Omit<RecordPage<K>, 'after'>
type Readers = { [K in RecordKind]: (after: string | null, limit: number) => Promise<Page<K>> }

/** The reading half of the port's records. */
export function createRecordsReader({
  tables,
  events,
  books,
  now,
}: Parts): Pick<StoreRecords, 'id' | 'count' | 'read'> {
  const { identity, timeline } = tables
  const readers: Readers = {
    event: (after, limit) => readEvents(tables, events, after, limit),
    claim: (after, limit) => readClaims(tables, after, limit, now()),
    async rejected(after, limit) {
      const cursor = after === null ? {} : { cursor: after }
      const { items, nextCursor } = await books.rejected({ type: 'rejected', limit, ...cursor })
      return { items, next: nextCursor }
    },
    async minute(after, limit) {
      const [last] = after === null ? [-1] : decodeCursor<[number]>(after, ['number'])
      const { rows, end } = await books.minutes(last + 1, limit)
      return { items: rows, next: end === undefined ? null : encodeCursor([end]) }
    },
    numbers: (after, limit) => readNumbers(tables, after, limit),
  }
  return {
    async id() {
      await insertNew(identity, [{ _id: 'this', name: randomUUID() }])
      return (await identity.findOne({ _id: 'this' }))?.name as string
    },
    async count() {
      const counts = timeline.aggregate<{ _id: string; n: number }>([
        { $match: { e: { $ne: null } } },
        { $group: { _id: '$p', n: { $sum: 1 } } },
        { $sort: { _id: 1 } },
      ])
      return (await counts.toArray()).map(({ _id, n }) => ({ project: _id, events: n }))
    },
    read: async (kind, after, limit) => ({ ...(await readers[kind](after, limit)), after }),
  }
}

/** By project the last round and key that were read. */
type Places = Record<string, readonly [round: number, key: string]>

/** What is folded, by project, round and key: rounds that are done never change, and later events come in later ones. */
async function readEvents(
  { timeline, lanes }: Tables,
  events: Events,
  after: string | null,
  limit: number,
): Promise<Page<'event'>> {
  const places = after === null ? {} : parsePlaces(after)
  const items: Page<'event'>['items'][number][] = []
  let left = limit
  for (const { _id: project, r } of await lanes.find().sort({ _id: 1 }).toArray()) {
    const [round, key] = places[project] ?? [0, '']
    const docs: TimelineDoc[] = await timeline
      .find({ p: project, $or: [{ o: round, _id: { $gt: key } }, { o: { $gt: round, $lte: r } }] })
      .sort({ o: 1, _id: 1 })
      .limit(left)
      .toArray()
    const bodies = await events.read(docs.map(({ _id, t }) => ({ key: _id, project, timestamp: t })))
    for (const { _id } of docs) {
      const event = bodies.get(_id)
      if (!event) throw new BackendError('backend_failed', `The body of event ${_id} cannot be read.`)
      items.push({ key: _id, event })
    }
    const last = docs.at(-1)
    if (last) places[project] = [last.o as number, last._id]
    left -= docs.length
    if (left === 0) break
  }
  const resume = encodeCursor([JSON.stringify(places)])
  return { items, next: left === 0 ? resume : null, resume }
}

function parsePlaces(cursor: string): Places {
  const [text] = decodeCursor<[string]>(cursor, ['string'])
  try {
    return JSON.parse(text) as Places
  } catch {
    throw new BackendError('invalid_cursor', 'Start again without it.')
  }
}

/**
 * By key, those claimed on a day or later. The cursor: the day the pass began, the first day that is asked for, the place.
 */
async function readClaims(
  { claims }: Tables,
  after: string | null,
  limit: number,
  now: number,
): Promise<Page<'claim'>> {
  const [begun, from, last] =
    after === null ? [0, 0, ''] : decodeCursor<[number, number, string]>(after, ['number', 'number', 'string'])
  const docs = await claims
    .find({ d: { $gte: from }, _id: { $gt: last } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray()
  const items = docs.map(({ _id, d }) => ({ key: _id, day: d }))
  const started = begun || dayOf(now)
  const end = items.at(-1)
  if (end === undefined || items.length < limit) return { items, next: null, resume: claimsFrom(started) }
  return { items, next: encodeCursor([started, from, end.key]) }
}

async function readNumbers(tables: Tables, after: string | null, limit: number): Promise<Page<'numbers'>> {
  const { chunks, collectors } = tables
  const [last] = after === null ? [''] : decodeCursor<[string]>(after, ['string'])
  const withLine = await collectors
    .find({ _id: { $gt: last } })
    .sort({ _id: 1 })
    .limit(limit)
    .toArray()
  const withRows = await chunks
    .aggregate<{ _id: string }>([
      { $match: { c: { $gt: last } } },
      { $group: { _id: '$c' } },
      { $sort: { _id: 1 } },
      { $limit: limit },
    ])
    .toArray()
  const names = [...new Set([...withLine, ...withRows].map(({ _id }) => _id))].sort().slice(0, limit)
  const items: CollectorNumbers[] = []
  for (const name of names) items.push(await readCollector(tables, name))
  return { items, next: names.length < limit ? null : encodeCursor([names.at(-1) as string]) }
}

async function readCollector({ chunks, collectors }: Tables, collector: string): Promise<CollectorNumbers> {
  const docs = await chunks.find({ c: collector }).sort({ s: 1 }).toArray()
  // Read after the rows: one that was there and is not any more lies below the line by now.
  const [line] = await findByIds(collectors, [collector])
  const unfinished = docs.flatMap(({ s, state }) => (state === 'open' ? [s] : []))
  const rows = docs.flatMap(({ s, state, at }) => (state === 'open' ? [] : [{ seq: s, at }]))
  const taken = rangesOf(line?.low ?? 0, rows)
  return { collector, taken, ...(unfinished.length > 0 && { unfinished }) }
}
