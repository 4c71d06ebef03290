import { clockClasses } from '@trailstitch/protocol'
import { BackendError } from '../../errors.ts'
import { type ClaimRecord, type RecordKind, type RecordKinds, type StoreRecords, spreadRanges } from '../records.ts'
import { toTimeline } from './append.ts'
import { ledgerKey, messageOf } from './books.ts'
import type { Events } from './events.ts'
import { chunkName, eventKey } from './keys.ts'
import type { ChunkDoc, IdentityDoc, LedgerDoc, RejectedDoc, Tables } from './tables.ts'
import { findByIds, insertNew, insist, pieces } from './writing.ts'

/** Stands where a chunk's or a collector's name stands otherwise, and is none: theirs hold a colon, or are random. */
const copied = 'copied'

type Writers = { [K in RecordKind]: (items: readonly RecordKinds[K][]) => Promise<void> }

/**
 * The writing half of the port's records. Every document's key follows from its record, so what a kill left half written
 * is completed by writing the page again; the place where the next page follows is noted last.
 */
export function createRecordsWriter({
  tables,
  events,
}: {
  tables: Tables
  events: Events
}): Pick<StoreRecords, 'begin' | 'write'> {
  const { identity, timeline } = tables
  const readNote = (): Promise<IdentityDoc | null> => identity.findOne({ _id: 'copy' })
  const writers: Writers = {
    async event(items) {
      const rows = items.map(({ key, event }) => ({ key: eventKey(event, `${copied} ${key}`), event }))
      await events.insert(rows)
      await insertNew(timeline, rows.map(toTimeline))
    },
    claim: (items) => writeClaims(tables, items),
    rejected: (items) => writeRejected(tables, items),
    minute: (items) => writeMinutes(tables, items),
    async numbers(items) {
      for (const one of items) await writeNumbers(tables, one)
    },
  }

  return {
    async begin(id) {
      let note = await readNote()
      if (!note) {
        if (!(await isEmpty(tables))) throw new BackendError('not_a_copy', 'Name one that is empty.')
        await insertNew(identity, [{ _id: 'copy', name: id }])
        note = await readNote()
      }
      if (note?.name !== id) throw new BackendError('not_a_copy', 'It is the copy of another store.')
      const { event, claim } = note
      return { ...(event !== undefined && { event }), ...(claim !== undefined && { claim }) }
    },
    async write(kind, page) {
      const note = await readNote()
      if (!note) throw new BackendError('not_a_copy', 'Begin a copy first.')
      if (kind === 'event' && (note.event ?? null) !== page.after) return false
      await writers[kind](page.items)
      if (page.resume === undefined) return true
      // A filter of null finds what is not there.
      const place = kind === 'event' ? { event: page.after as string } : {}
      const noted = await insist(() => identity.updateOne({ _id: 'copy', ...place }, { $set: { [kind]: page.resume } }))
      return noted.matchedCount === 1
    },
  }
}

async function isEmpty({ timeline, chunks, collectors, ledger, rejected }: Tables): Promise<boolean> {
  const found = await Promise.all([
    timeline.findOne(),
    chunks.findOne(),
    collectors.findOne(),
    ledger.findOne(),
    rejected.findOne(),
  ])
  return found.every((doc) => doc === null)
}

async function writeClaims({ claims }: Tables, items: readonly ClaimRecord[]): Promise<void> {
  const known = await insertNew(
    claims,
    items.map(({ key, day }) => ({ _id: key, c: copied, d: day })),
  )
  const renewed = items.filter(({ key }) => known.has(key))
  for (const [day, own] of Map.groupBy(renewed, (item) => item.day))
    for (const piece of pieces(own))
      await insist(() =>
        claims.updateMany(
          { _id: { $in: piece.map(({ key }) => key) }, d: { $lt: day } },
          { $set: { d: day, c: copied }, $unset: { at: '' } },
        ),
      )
}

async function writeRejected({ rejected }: Tables, items: readonly RecordKinds['rejected'][]): Promise<void> {
  const docs = items.map(
    ({ id, project, code, message, receivedAt, body, replayedAt }): RejectedDoc => ({
      _id: id,
      p: project,
      code,
      message,
      at: receivedAt,
      body,
      ...messageOf(body),
      ...(replayedAt !== undefined && { replayed: replayedAt }),
    }),
  )
  const known = await insertNew(rejected, docs)
  const marks = docs.flatMap(({ _id, p, replayed }) =>
    known.has(_id) && replayed !== undefined
      ? { updateOne: { filter: { _id, p }, update: { $set: { replayed } } } }
      : [],
  )
  if (marks.length > 0) await insist(() => rejected.bulkWrite(marks, { ordered: false }))
}

/** The source's rows as they are, in rows of their own: what processors book here is added to them. */
async function writeMinutes({ ledger }: Tables, items: readonly RecordKinds['minute'][]): Promise<void> {
  const docs = items.map(({ project, ...sums }): LedgerDoc => {
    const row = { p: project, ...sums }
    return { _id: ledgerKey(row, copied), c: copied, seqs: [], ...row }
  })
  const there = new Map(
    (
      await findByIds(
        ledger,
        docs.map(({ _id }) => _id),
      )
    ).map((doc) => [doc._id, doc]),
  )
  const changed = docs.filter((doc) => !isSame(doc, there.get(doc._id)))
  if (changed.length === 0) return
  const writes = changed.map(({ _id, ...replacement }) => ({
    replaceOne: { filter: { _id, p: replacement.p }, replacement, upsert: true },
  }))
  await insist(() => ledger.bulkWrite(writes, { ordered: false }))
}

const isSame = (a: LedgerDoc, b: LedgerDoc | undefined): boolean =>
  a.received === b?.received &&
  a.stored === b.stored &&
  a.duplicate === b.duplicate &&
  a.rejected === b.rejected &&
  clockClasses.every((name) => a.clocks?.[name] === b.clocks?.[name])

async function writeNumbers(
  { chunks, collectors }: Tables,
  { collector, taken }: RecordKinds['numbers'],
): Promise<void> {
  const { low, beyond } = spreadRanges(taken)
  let docs: ChunkDoc[] = []
  const flush = async (): Promise<void> => {
    await insertNew(chunks, docs)
    docs = []
  }
  for (const { seq, at } of beyond) {
    docs.push({ _id: chunkName({ collector, seq }), c: collector, s: seq, state: 'done', at })
    if (docs.length === maxDocs) await flush()
  }
  await flush()
  if (low === 0) return
  await insist(() => collectors.updateOne({ _id: collector }, { $max: { low } }, { upsert: true }))
  await chunks.deleteMany({ c: collector, s: { $lte: low } })
}

const maxDocs = 1_000
