import type {
  ClocksAnswer,
  ClocksQuery,
  ErrorCode,
  LedgerAnswer,
  LedgerQuery,
  Page,
  RejectedEvent,
  RejectedQuery,
} from '@trailstitch/protocol'
import { addClocks, clockDays } from '../clocks.ts'
import { maxRejectedOfOne, messageIdIn } from '../message-id.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { AppendChunk } from '../port.ts'
import type { RecordKinds } from '../records.ts'
import type { Chunks } from './chunks.ts'
import { chunkName } from './keys.ts'
import type { BookRow, LedgerDoc, RejectedDoc, Tables } from './tables.ts'
import { insertNew, insist, writeAll } from './writing.ts'

export interface Books {
  /** Sets rejected events aside, each once. */
  reject(chunks: Iterable<AppendChunk>): Promise<void>
  /** Adds the chunks' books to the ledger, each chunk once however often it is asked to. */
  enter(books: ReadonlyMap<AppendChunk, BookRow[]>): Promise<void>
  ledger(query: LedgerQuery): Promise<LedgerAnswer>
  /** About `limit` rows of whole minutes from a minute on, and the last minute that is among them if more follow. */
  minutes(from: number, limit: number): Promise<{ rows: MinuteRow[]; end: number | undefined }>
  clocks(query: ClocksQuery): Promise<ClocksAnswer>
  rejected(query: RejectedQuery): Promise<Page<RejectedEvent>>
  /** Those that came with this messageId, newest first. */
  rejectedAs(project: string, messageId: string): Promise<RejectedEvent[]>
  markReplayed(id: string, at: number): Promise<void>
}

type MinuteRow = RecordKinds['minute']

const kinds = ['received', 'stored', 'duplicate', 'rejected'] as const
export const ledgerKey = (row: Pick<BookRow, 'p' | 'minute'>, collector: string): string =>
  `${row.minute} ${row.p} ${collector}`

export function createBooks(tables: Tables, chunks: Chunks): Books {
  const { ledger, rejected } = tables

  /** One atomic update a row: a chunk that is in the row already does not match, and as the row exists it is no insert. */
  const enterOnce = async (rows: readonly { row: BookRow; chunk: AppendChunk }[]): Promise<void> => {
    const writes = rows.map(({ row, chunk }) => ({
      updateOne: {
        filter: { _id: ledgerKey(row, chunk.collector), p: row.p, seqs: { $ne: chunk.seq } },
        update: {
          $inc: Object.fromEntries([
            ...kinds.map((kind) => [kind, row[kind]] as const),
            ...Object.entries(row.clocks ?? {}).map(([name, count]) => [`clocks.${name}`, count] as const),
          ]),
          $push: { seqs: chunk.seq },
          $setOnInsert: { minute: row.minute, c: chunk.collector },
        },
        upsert: true,
      },
    }))
    await writeAll(writes, (left) => ledger.bulkWrite(left as never, { ordered: false }))
  }

  return {
    async reject(given) {
      const docs = [...given].flatMap((chunk) =>
        chunk.rejected.map(
          ({ project, place, code, message, receivedAt, body }): RejectedDoc => ({
            _id: `${chunkName(chunk)}:${place}`,
            p: project,
            code,
            message,
            at: receivedAt,
            body,
            ...messageOf(body),
          }),
        ),
      )
      await insertNew(rejected, docs)
    },
    async enter(books) {
      let open = [...books].flatMap(([chunk, rows]) => rows.map((row) => ({ row, chunk })))
      while (open.length > 0) {
        await enterOnce(open)
        // Two first entries of a row at once: one of them found the row there and was refused though it is not in it.
        const keys = [...new Set(open.map(({ row, chunk }) => ledgerKey(row, chunk.collector)))]
        const seqs = new Map<string, number[]>()
        for await (const doc of ledger.find({ _id: { $in: keys } })) seqs.set(doc._id, doc.seqs)
        open = open.filter(({ row, chunk }) => !seqs.get(ledgerKey(row, chunk.collector))?.includes(chunk.seq))
      }
    },
    async ledger(query) {
      const minutes = (await readMinutes(query, tables, chunks)).map(({ clocks: _clocks, ...row }) => row)
      const sums = { received: 0, stored: 0, duplicate: 0, rejected: 0 }
      for (const row of minutes) for (const kind of kinds) sums[kind] += row[kind]
      return { ...sums, minutes, holes: await chunks.holes() }
    },
    clocks: async (query) => clockDays(query, await readMinutes({ ...query, type: 'ledger' }, tables, chunks)),
    minutes: (from, limit) => pageMinutes(tables, chunks, from, limit),
    rejected: (query) => readRejected(query, tables),
    async rejectedAs(p, m) {
      const docs = await rejected.find({ p, m }).sort({ at: -1, _id: -1 }).limit(maxRejectedOfOne).toArray()
      return docs.map(showRejected)
    },
    async markReplayed(id, at) {
      await insist(() => rejected.updateOne({ _id: id }, { $set: { replayed: at } }))
    },
  }
}

/** The field by which a rejected event is found again. */
export function messageOf(body: string): Pick<RejectedDoc, 'm'> {
  const m = messageIdIn(body)
  return m === undefined ? {} : { m }
}

async function pageMinutes(
  tables: Tables,
  chunks: Chunks,
  from: number,
  limit: number,
): Promise<{ rows: MinuteRow[]; end: number | undefined }> {
  const ends = await tables.ledger
    .find({ minute: { $gte: from } })
    .sort({ minute: 1 })
    .skip(limit - 1)
    .limit(1)
    .toArray()
  const end = ends[0]?.minute
  const range = { from, ...(end !== undefined && { to: end + 1 }) }
  return { rows: await readMinutes({ type: 'ledger', ...range }, tables, chunks), end }
}

async function readRejected(query: RejectedQuery, { rejected }: Tables): Promise<Page<RejectedEvent>> {
  const limit = limitOf(query.limit)
  const after =
    query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
  const docs = await rejected
    .find({
      ...(query.project !== undefined && { p: query.project }),
      ...(query.id !== undefined && { _id: query.id }),
      ...(after && { $or: [{ at: { $lt: after[0] } }, { at: after[0], _id: { $lt: after[1] } }] }),
    })
    .sort({ at: -1, _id: -1 })
    .limit(limit + 1)
    .toArray()
  const shown = docs.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: shown.map(showRejected),
    nextCursor: last && docs.length > limit ? encodeCursor([last.at, last._id]) : null,
  }
}

const showRejected = (doc: RejectedDoc): RejectedEvent => ({
  id: doc._id,
  project: doc.p,
  code: doc.code as ErrorCode,
  message: doc.message,
  receivedAt: doc.at,
  body: doc.body,
  ...(doc.replayed !== undefined && { replayedAt: doc.replayed }),
})

/**
 * Sums over the ledger, and of the chunks that are just being entered what is not in it yet. Those are read first: one
 * that is entered meanwhile shows in its row.
 */
async function readMinutes(
  { project, from, to }: LedgerQuery,
  { ledger }: Tables,
  chunks: Chunks,
): Promise<MinuteRow[]> {
  const booking = await chunks.booking()
  const minutes = new Map<string, MinuteRow>()
  const add = (row: BookRow): void => {
    const key = `${row.minute} ${row.p}`
    let sums = minutes.get(key)
    if (!sums) {
      sums = { project: row.p, minute: row.minute, received: 0, stored: 0, duplicate: 0, rejected: 0 }
      minutes.set(key, sums)
    }
    for (const kind of kinds) sums[kind] += row[kind]
    if (row.clocks) sums.clocks = addClocks(sums.clocks, row.clocks)
  }
  const isAsked = (row: BookRow): boolean =>
    (project === undefined || row.p === project) &&
    row.minute >= (from ?? 0) &&
    row.minute < (to ?? Number.MAX_SAFE_INTEGER)

  const entered = new Map<string, LedgerDoc>()
  const bookingRows = booking.flatMap(({ c, s, books = [] }) => books.map((row) => ({ row, c, s })))
  const bookingKeys = new Set(bookingRows.map(({ row, c }) => ledgerKey(row, c)))
  const docs = ledger.find({
    ...(project !== undefined && { p: project }),
    minute: { $gte: from ?? 0, $lt: to ?? Number.MAX_SAFE_INTEGER },
  })
  for await (const doc of docs) {
    add(doc)
    if (bookingKeys.has(doc._id)) entered.set(doc._id, doc)
  }
  for (const { row, c, s } of bookingRows)
    if (isAsked(row) && !entered.get(ledgerKey(row, c))?.seqs.includes(s)) add(row)

  return [...minutes.values()].sort((a, b) => a.minute - b.minute || (a.project < b.project ? -1 : 1))
}
