import type { LedgerHole } from '@trailstitch/protocol'
import type { AppendChunk } from '../port.ts'
import { chunkName } from './keys.ts'
import type { BookRow, ChunkDoc, Tables } from './tables.ts'
import { findByIds, insertNew, insist, insistUpsert, writeAll } from './writing.ts'

/** The numbers of collectors' chunks: which were taken in, which were given up, which are missing. */
export interface Chunks {
  /** Notes the chunks' numbers, and those they give up; tells which of the chunks are yet to be taken in. */
  open(chunks: readonly AppendChunk[]): Promise<Set<AppendChunk>>
  /** All of a chunk is stored: from here on it counts as taken in, with these books. */
  book(books: ReadonlyMap<AppendChunk, BookRow[]>): Promise<void>
  /** The books are in the ledger. */
  finish(chunks: Iterable<AppendChunk>): Promise<void>
  /** Chunks that count as taken in but are not all in the ledger yet. */
  booking(): Promise<ChunkDoc[]>
  holes(): Promise<LedgerHole[]>
  taken(names: readonly { collector: string; seq: number }[]): Promise<{ collector: string; seq: number }[]>
}

/** Numbers looked at in one go when the line without gaps moves on. */
const maxSteps = 2_000

export function createChunks(tables: Tables, now: () => number): Chunks {
  const { chunks, collectors } = tables
  const lowOf = async (names: readonly string[]): Promise<Map<string, number>> => {
    const docs = await findByIds(collectors, new Set(names))
    return new Map(docs.map(({ _id, low }) => [_id, low]))
  }

  return {
    async open(given) {
      const low = await lowOf(given.map(({ collector }) => collector))
      const isBelow = (collector: string, seq: number): boolean => seq <= (low.get(collector) ?? 0)
      const wanted = new Map<string, ChunkDoc>()
      const mine = new Map<string, AppendChunk>()
      const want = (c: string, s: number, state: ChunkDoc['state']): boolean => {
        const _id = chunkName({ collector: c, seq: s })
        if (isBelow(c, s) || wanted.has(_id)) return false
        wanted.set(_id, { _id, c, s, state, at: now() })
        return true
      }
      for (const chunk of given) {
        if (want(chunk.collector, chunk.seq, 'open')) mine.set(chunkName(chunk), chunk)
        for (const seq of chunk.voided) want(chunk.collector, seq, 'void')
      }
      const known = await insertNew(chunks, [...wanted.values()])
      const seen = await findByIds(
        chunks,
        [...mine.keys()].filter((name) => known.has(name)),
      )
      for (const { _id, state } of seen) if (state === 'done' || state === 'void') mine.delete(_id)
      return new Set(mine.values())
    },
    async book(books) {
      const writes = [...books].map(([chunk, rows]) => ({
        updateOne: {
          filter: { _id: chunkName(chunk), state: 'open' as const },
          update: { $set: { state: 'booking' as const, books: rows } },
        },
      }))
      await writeAll(writes, (left) => chunks.bulkWrite([...left], { ordered: false }))
    },
    async finish(done) {
      const finished = [...done]
      if (finished.length === 0) return
      await insist(() =>
        chunks.updateMany(
          { _id: { $in: finished.map(chunkName) }, state: 'booking' },
          { $set: { state: 'done' }, $unset: { books: '' } },
        ),
      )
      for (const collector of new Set(finished.map((chunk) => chunk.collector))) await advance(tables, collector)
    },
    booking: () => chunks.find({ state: 'booking' }).toArray(),
    holes: () => readHoles(tables),
    async taken(names) {
      const docs = await findByIds(chunks, names.map(chunkName))
      const there = new Set(docs.flatMap(({ _id, state }) => (state === 'open' ? [] : [_id])))
      // Read after the documents: one that was there and is not any more lies below the line by now.
      const low = await lowOf(names.map(({ collector }) => collector))
      return names
        .filter((name) => name.seq <= (low.get(name.collector) ?? 0) || there.has(chunkName(name)))
        .map(({ collector, seq }) => ({ collector, seq }))
    },
  }
}

/** Moves the number up to which all are there, and lets go of the documents below it. */
async function advance({ chunks, collectors }: Tables, collector: string): Promise<void> {
  const before = (await collectors.findOne({ _id: collector }))?.low ?? 0
  let low = before
  const next = chunks
    .find({ c: collector, s: { $gt: before } })
    .sort({ s: 1 })
    .limit(maxSteps)
  for await (const { s, state } of next) {
    if (s !== low + 1 || state === 'open' || state === 'booking') break
    low = s
  }
  if (low === before) return
  await insistUpsert(() => collectors.updateOne({ _id: collector }, { $max: { low } }, { upsert: true }))
  await insist(() => chunks.deleteMany({ c: collector, s: { $lte: low } }))
}

/** Gaps between the numbers that are there, above the line of each collector. */
async function readHoles({ chunks, collectors }: Tables): Promise<LedgerHole[]> {
  const low = new Map((await collectors.find().toArray()).map(({ _id, low }) => [_id, low]))
  const found: LedgerHole[] = []
  let previous = { c: '', s: 0 }
  for await (const { c, s, at } of chunks.find().sort({ c: 1, s: 1 })) {
    const expected = (previous.c === c ? previous.s : (low.get(c) ?? 0)) + 1
    if (s > expected) found.push({ collector: c, fromSeq: expected, toSeq: s - 1, since: at })
    if (s >= expected) previous = { c, s }
  }
  return found
}
