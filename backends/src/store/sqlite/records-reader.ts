import type { DatabaseSync } from 'node:sqlite'
import { decodeCursor, encodeCursor } from '../paging.ts'
import { type ClaimRecord, claimsFrom, dayOf, type RecordKind, type RecordKinds, type RecordPage } from '../records.ts'
import type { Blocks } from './blocks.ts'
import type { Collectors } from './collectors.ts'
import type { BooksReader } from './read-books.ts'

/** The reading half of the port's records. */
export interface RecordsReader {
  id(): string
  count(): { project: string; events: number }[]
  read<K extends RecordKind>(kind: K, after: string | null, limit: number): RecordPage<K>
}

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  collectors: Collectors
  books: BooksReader
  now(): number
}

type Readers = { [K in RecordKind]: (after: string | null, limit: number) => Omit<RecordPage<K>, 'after'> }

export function createRecordsReader({ db, blocks, collectors, books, now }: Parts): RecordsReader {
  const selectId = db.prepare(`SELECT value FROM meta WHERE name = 'id'`)
  const countEvents = db.prepare(`SELECT project, sum(n) AS events
    FROM (SELECT entity, count(*) AS n FROM timeline GROUP BY entity) JOIN entities ON id = entity
    GROUP BY project ORDER BY project`)
  const readers: Readers = {
    event: (after, limit) => readEvents(blocks, after, limit),
    claim: (after, limit) => readClaims(db, after, limit, now()),
    rejected(after, limit) {
      const { items, nextCursor } = books.rejected({
        type: 'rejected',
        limit,
        ...(after !== null && { cursor: after }),
      })
      return { items, next: nextCursor }
    },
    minute(after, limit) {
      const [last] = after === null ? [-1] : decodeCursor<[number]>(after, ['number'])
      const { rows, end } = books.minutes(last + 1, limit)
      return { items: rows, next: end === undefined ? null : encodeCursor([end]) }
    },
    numbers(after, limit) {
      const [last] = after === null ? [''] : decodeCursor<[string]>(after, ['string'])
      const items = collectors.list(last, limit)
      return { items, next: items.length < limit ? null : encodeCursor([items.at(-1)?.collector ?? last]) }
    },
  }
  return {
    id: () => selectId.get()?.value as string,
    count: () => countEvents.all().map((row) => ({ project: row.project as string, events: row.events as number })),
    read: (kind, after, limit) => ({ ...readers[kind](after, limit), after }),
  }
}

/** Whole blocks, in the order of their numbers, which is that of appending. */
function readEvents(blocks: Blocks, after: string | null, limit: number): Omit<RecordPage<'event'>, 'after'> {
  let [mark] = after === null ? [0] : decodeCursor<[number]>(after, ['number'])
  const found = blocks.after(mark, limit)
  const items: RecordKinds['event'][] = []
  for (const { id, events } of found) {
    if (items.length > 0 && items.length + events > limit) break
    items.push(...blocks.read(id).flatMap((event, place) => (event ? [{ key: `${id}:${place}`, event }] : [])))
    mark = id
  }
  const isEnd = found.length < limit && mark === (found.at(-1)?.id ?? mark)
  const resume = encodeCursor([mark])
  return { items, next: isEnd ? null : resume, resume }
}

/** Day by day, by key. The cursor: the day the pass began, and the place. */
function readClaims(
  db: DatabaseSync,
  after: string | null,
  limit: number,
  now: number,
): Omit<RecordPage<'claim'>, 'after'> {
  const [begun, from, last] =
    after === null ? [0, 0, ''] : decodeCursor<[number, number, string]>(after, ['number', 'number', 'string'])
  const names = db.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'claims_*'`).all()
  const days = names.map((row) => Number((row.name as string).slice('claims_'.length)))
  const items: ClaimRecord[] = []
  for (const day of days.filter((one) => one >= from).sort((a, b) => a - b)) {
    const rows = db
      .prepare(`SELECT key FROM claims_${day} WHERE key > ? ORDER BY key LIMIT ?`)
      .all(Buffer.from(day === from ? last : '', 'base64url'), limit - items.length)
    items.push(...rows.map((row) => ({ key: Buffer.from(row.key as Uint8Array).toString('base64url'), day })))
  }
  const started = begun || dayOf(now)
  const end = items.at(-1)
  if (end === undefined || items.length < limit) return { items, next: null, resume: claimsFrom(started) }
  return { items, next: encodeCursor([started, end.day, end.key]) }
}
