import { randomUUID } from 'node:crypto'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Collection } from 'mongodb'
import type { EventPlace, Events } from './events.ts'
import type { LaneDoc, RoundDoc, Stored, Tables } from './tables.ts'
import { insertNew, insist, isDuplicate, pieces, writeAll } from './writing.ts'

/**
 * Stitching without transactions. Each project has a lane of numbered rounds. A round folds some events and decides what
 * is to be written: that goes into the journal, and whoever then inserts the document of round n has decided it; all
 * others throw theirs away. Only after that is anything else written, and every write carries the round's number and is
 * made only over an older one. So a round that was cut short can be written again by anybody, from the journal, and a
 * worker that was asleep while others went on changes nothing any more. The lease spares work and is not relied upon.
 */
export interface Lanes {
  /** A lane with events to fold that nobody else works at; its unfinished round is finished first. */
  take(): Promise<Lane | undefined>
  /** The lane of a project; undefined while somebody else works at it. Its unfinished round is finished first. */
  takeOf(project: string): Promise<Lane | undefined>
  /** Decides and writes the round after `lane.round`. False: another worker was faster. */
  commit(lane: Lane, result: RoundResult): Promise<boolean>
  release(lane: Lane): Promise<void>
  /** Releases the lane of a project that is removed: it goes in a day, with its last round, unless it is taken again. */
  retire(lane: Lane): Promise<void>
  /** Takes away what workers that were killed left in the journal: it holds what a round was to write, names included. */
  forget(lane: Lane): Promise<void>
  /** How many events are not folded yet; at most 100,000 are counted. */
  behind(): Promise<number>
  /** Lets go of what the rounds of more than a day ago left behind. */
  clean(now: number): Promise<void>
}

export interface Lane {
  project: string
  /** The last round that is done. */
  round: number
  /** The last number given to an entity. */
  numbers: number
}

/** The collections that rounds write, and those of them that rounds take documents away from. */
const foldedTables = ['entities', 'sessions', 'profiles', 'rollups', 'edges'] as const
const shrinkingTables = ['sessions', 'profiles', 'entities', 'edges', 'rollups'] as const
type FoldedTable = (typeof foldedTables)[number]

/** Documents as they are to be, without their round; null for one that is to be no more. */
export type Puts = Readonly<Record<FoldedTable, readonly (readonly [id: string, doc: object | null])[]>>

export interface RoundResult {
  /** Keys of the events that are folded. */
  events: readonly string[]
  numbers: number
  puts: Puts
  /** Events that are let go. */
  gone?: readonly EventPlace[]
}

const leaseMs = 15_000
const pieceBytes = 8 * 1024 * 1024
const keptMs = 86_400_000
const maxCounted = 100_000

export function createLanes(tables: Tables, events: Pick<Events, 'remove'>, now: () => number): Lanes {
  const { lanes, rounds, timeline } = tables
  const me = randomUUID()

  const lease = async (project: string): Promise<LaneDoc | undefined> => {
    try {
      const doc = await insist(() =>
        lanes.findOneAndUpdate(
          { _id: project, $or: [{ until: { $lt: now() } }, { by: me }] },
          { $set: { by: me, until: now() + leaseMs }, $unset: { gone: '' }, $setOnInsert: { r: 0, n: 0 } },
          { upsert: true, returnDocument: 'after' },
        ),
      )
      return doc ?? undefined
    } catch (error) {
      if (isDuplicate(error)) return undefined // it is there, and somebody else's
      throw error
    }
  }

  const takeOf = async (project: string): Promise<Lane | undefined> => {
    const doc = await lease(project)
    if (!doc) return undefined
    const unfinished = await rounds.findOne({ _id: roundName(project, doc.r + 1) })
    if (!unfinished) return { project, round: doc.r, numbers: doc.n }
    await write(tables, events, unfinished, now())
    return { project, round: unfinished.r, numbers: unfinished.n }
  }

  return {
    takeOf,
    async take() {
      for (let after = ''; ; ) {
        const next = await timeline
          .find({ u: { $gt: after } })
          .sort({ u: 1 })
          .limit(1)
          .next()
        if (next?.u === undefined) return undefined
        after = next.u
        const lane = await takeOf(next.u)
        if (lane) return lane
      }
    },
    async commit(lane, result) {
      const doc = await writeJournal(tables, lane, result, now())
      if (!(await decide(tables, doc))) return false
      await write(tables, events, doc, now())
      return true
    },
    async release({ project }) {
      await insist(() => lanes.updateOne({ _id: project, by: me }, { $set: { until: 0 } }))
    },
    async retire({ project }) {
      await insist(() => lanes.updateOne({ _id: project, by: me }, { $set: { until: 0, gone: now() } }))
    },
    async forget({ project }) {
      const lane = await lanes.findOne({ _id: project })
      // Up to that round nothing can be decided any more, and nobody reads what was.
      if (lane) await insist(() => tables.journal.deleteMany({ p: project, r: { $lte: lane.r } }))
    },
    behind: () => timeline.countDocuments({ u: { $gt: '' } }, { limit: maxCounted }),
    clean: (now) => clean(tables, now),
  }
}

/** Puts what the next round would do where everybody can read it. */
async function writeJournal(
  { journal }: Tables,
  { project, round }: Lane,
  { numbers, ...result }: RoundResult,
  now: number,
): Promise<RoundDoc> {
  const body = zstdCompressSync(JSON.stringify(result))
  const nonce = randomUUID()
  const count = Math.ceil(body.length / pieceBytes)
  const r = round + 1
  for (let index = 0; index < count; index++) {
    const part = body.subarray(index * pieceBytes, (index + 1) * pieceBytes)
    await insertNew(journal, [{ _id: `${nonce}:${index}`, body: part, at: now, p: project, r }])
  }
  return { _id: roundName(project, r), p: project, r, nonce, pieces: count, n: numbers, at: now }
}

/** False: the round was decided by somebody else, and what this one would have written is thrown away. */
async function decide({ rounds, journal }: Tables, round: RoundDoc): Promise<boolean> {
  if ((await insertNew(rounds, [round])).size === 0) return true
  // The insert may have been done and its answer lost, and then it was made again: the one that is there is ours.
  const decided = await rounds.findOne({ _id: round._id })
  if (decided?.nonce === round.nonce) return true
  await insist(() => journal.deleteMany({ _id: { $in: pieceNames(round) } }))
  return false
}

/** Writes what the round decided; may be done any number of times, by any number of workers. */
async function write(tables: Tables, bodies: Pick<Events, 'remove'>, round: RoundDoc, now: number): Promise<void> {
  const { lanes, journal, timeline } = tables
  const names = pieceNames(round)
  const found = new Map<string, Uint8Array>()
  for await (const { _id, body } of journal.find({ _id: { $in: names } })) found.set(_id, body)
  if (found.size < names.length) {
    const lane = await lanes.findOne({ _id: round.p })
    if (lane && lane.r >= round.r) return // written and cleared away by somebody else
    throw new Error(`the journal of round ${round._id} is not complete`)
  }
  const { events, puts, gone } = JSON.parse(
    zstdDecompressSync(Buffer.concat(names.map((name) => found.get(name) as Uint8Array))).toString(),
  ) as Pick<RoundResult, 'events' | 'puts' | 'gone'>
  await Promise.all(foldedTables.map((table) => writePuts(tables[table] as never, puts[table], round, now)))
  for (const piece of pieces(events))
    await insist(() => timeline.updateMany({ _id: { $in: piece } }, { $set: { o: round.r }, $unset: { u: '' } }))
  if (gone) {
    // The places first: whoever finds one finds its body.
    for (const piece of pieces(gone))
      await insist(() => timeline.deleteMany({ _id: { $in: piece.map(({ key }) => key) } }))
    await bodies.remove(gone)
  }
  const { p: _id, r, n } = round
  await insist(() => lanes.updateOne({ _id, r: r - 1 }, { $set: { r, n } }))
  await insist(() => journal.deleteMany({ _id: { $in: names } }))
}

async function clean(tables: Tables, now: number): Promise<void> {
  const { lanes, rounds, journal } = tables
  const before = { $lt: now - keptMs }
  const open: string[] = []
  for (const { _id, r } of await lanes.find().toArray()) {
    const round = await rounds.findOne({ _id: roundName(_id, r + 1) })
    if (round) open.push(...pieceNames(round))
  }
  await journal.deleteMany({ at: before, _id: { $nin: open } })
  for (const table of shrinkingTables)
    await (tables[table] as unknown as Collection<Stored<{ _id: string }>>).deleteMany({ gone: before })
  const last = new Map((await lanes.find().toArray()).map((lane) => [lane._id, lane]))
  const retired = [...last.values()].filter(({ gone }) => gone !== undefined && gone < before.$lt)
  for await (const { _id, p, r } of rounds.find({ at: before }))
    if (r < (last.get(p)?.r ?? 0) || retired.some((lane) => lane._id === p)) await rounds.deleteOne({ _id })
  for (const { _id } of retired) await lanes.deleteOne({ _id, gone: before })
}

const pieceNames = ({ nonce, pieces }: RoundDoc): string[] =>
  Array.from({ length: pieces }, (_, index) => `${nonce}:${index}`)
const roundName = (project: string, round: number): string => `${project}:${round}`

/**
 * Over older rounds only. A document of this round or a later one does not match, so the upsert tries to insert it and
 * finds its id taken. It may also be that an older round, woken late, took the id in between. So what was refused is
 * written once more over what is there, and where nothing older is there, it is written already. What is to be no more
 * stays as a mark, so that nobody inserts it again.
 */
async function writePuts(
  collection: Collection<Stored<{ _id: string }>>,
  puts: Puts[FoldedTable],
  { p, r }: RoundDoc,
  now: number,
): Promise<void> {
  const sorted = puts.toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const piece of pieces(sorted, 5_000)) {
    const writes = piece.map(([_id, doc]) => ({
      filter: { _id, p, r: { $lt: r } },
      replacement: { ...(doc === null ? { p, gone: now } : withBytes(doc)), r },
    }))
    const replace = (upsert: boolean) => (left: readonly (typeof writes)[number][]) =>
      collection.bulkWrite(left.map((write) => ({ replaceOne: { ...write, upsert } })) as never, { ordered: false })
    const taken = await writeAll(writes, replace(true))
    await writeAll(taken, replace(false))
  }
}

/** The journal is JSON; sets of people are bytes and travel as base64. */
function withBytes(doc: object): object {
  return 'people' in doc && typeof doc.people === 'string' ? { ...doc, people: Buffer.from(doc.people, 'base64') } : doc
}
