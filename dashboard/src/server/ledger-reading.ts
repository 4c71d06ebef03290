import type { Queue, Store } from '@trailstitch/backends'
import type { LedgerAnswer, LedgerHole } from '@trailstitch/protocol'
import { composeLedger, holesWithout, type Ledger, type LedgerRange, numbersIn } from './ledger.ts'
import { type InFlightSources, readInFlight } from './overflow-reading.ts'
import { compact } from './params.ts'
import { type ChunkCount, chunkKey, type QueueReading, type ReadLimits } from './queue-reading.ts'

export interface LedgerSources extends InFlightSources {
  store: Pick<Store, 'query'>
  queue: Pick<Queue, 'list' | 'depth' | 'traits'>
  now(): number
}

type ChunkName = Pick<ChunkCount, 'collector' | 'seq'>

/** Chunks asked about in one `processed` query. */
const askAtOnce = 500
/** Times the books are read again because chunks were taken in meanwhile; past them the last ones may be missing in the sums. */
const maxRounds = 20
/** Numbers of open holes that are looked up one by one. */
const maxHoleNumbers = 10_000
/**
 * A queue that does not show what waits in it may still hold the number that is missing. It delivers about in order, and
 * gives up on a message after less than this, so a gap that is older is no message that waits. With an empty queue it
 * takes less: its count may be a minute old.
 */
const settledMs = { queueInUse: 15 * 60_000, queueEmpty: 2 * 60_000 }

/**
 * Reads the books while everything moves. A chunk only ever goes from the overflow to the queue and from there to the
 * store, so they are read in that order: what leaves one later is found in the next. A chunk sent after the queue was read
 * is not counted as in flight.
 */
export async function readLedger(sources: LedgerSources, range: LedgerRange, limits?: ReadLimits): Promise<Ledger> {
  const reading = await readInFlight(sources, limits)
  const { answer, taken } = await readStore(sources.store, range, [...reading.pending, ...reading.dead])
  const { waiting, leased, dead, oldestAgeMs } = await sources.queue.depth()
  const isEmpty = waiting + leased === 0
  const holes = settledHoles(await findOpenHoles(sources, answer.holes, reading, limits), isEmpty, sources)
  return {
    ...range,
    ...composeLedger(range, reading, answer, taken, holes),
    deadUndecodable: reading.deadUndecodable,
    pendingUndecodable: reading.pendingUndecodable,
    complete: reading.complete,
    queue: { waiting, leased, dead, oldestAgeMs },
    computedAt: sources.now(),
  }
}

/**
 * The store's sums, and which chunks are in them. The two are separate questions, so the chunks are asked for before and
 * after the sums: when both times give the same, they are those of the sums. Each further round has fewer left to ask for.
 */
async function readStore(
  store: Pick<Store, 'query'>,
  range: LedgerRange,
  chunks: readonly ChunkCount[],
): Promise<{ answer: LedgerAnswer; taken: Set<string> }> {
  const taken = new Set<string>()
  const learn = async () => {
    const open = chunks.filter((chunk) => !taken.has(chunkKey(chunk)))
    for (const name of await askProcessed(store, open)) taken.add(chunkKey(name))
  }
  await learn()
  for (let round = 1; ; round++) {
    const before = taken.size
    const answer = await store.query(compact({ type: 'ledger' as const, ...range }))
    await learn()
    if (taken.size === before || round === maxRounds) return { answer, taken }
  }
}

/**
 * Holes whose numbers are nowhere. Chunks may reach the store out of order, so a number that is missing there may have
 * been sent after the queue was read: before a hole is called open overflow and queue are read once more, then the store
 * is asked.
 */
async function findOpenHoles(
  sources: LedgerSources,
  holes: readonly LedgerHole[],
  reading: QueueReading,
  limits: ReadLimits | undefined,
): Promise<LedgerHole[]> {
  const { store } = sources
  const suspects = holesWithout(holes, namesIn(reading))
  if (suspects.length === 0) return []
  const left = holesWithout(suspects, namesIn(await readInFlight(sources, limits)))
  const now = await store.query({ type: 'ledger', from: 0, to: 0 })
  const open = intersect(left, now.holes)
  return holesWithout(open, await askProcessed(store, numbersIn(open, maxHoleNumbers)))
}

/** Of gaps that the queue was not searched for, those that are too old to be under way. */
function settledHoles(
  holes: readonly LedgerHole[],
  isQueueEmpty: boolean,
  { queue, now }: LedgerSources,
): readonly LedgerHole[] {
  if (queue.traits.listsPending) return holes
  const before = now() - (isQueueEmpty ? settledMs.queueEmpty : settledMs.queueInUse)
  return holes.filter(({ since }) => since < before)
}

/** Every number that overflow and queue account for: its chunks, and those they give up. */
function namesIn({ pending, dead }: QueueReading): ChunkName[] {
  return [...pending, ...dead].flatMap(({ collector, seq, voided }) =>
    [seq, ...voided].map((number) => ({ collector, seq: number })),
  )
}

function intersect(left: readonly LedgerHole[], right: readonly LedgerHole[]): LedgerHole[] {
  return left.flatMap((hole) =>
    right
      .filter((other) => other.collector === hole.collector)
      .map((other) => ({
        ...hole,
        fromSeq: Math.max(hole.fromSeq, other.fromSeq),
        toSeq: Math.min(hole.toSeq, other.toSeq),
      }))
      .filter(({ fromSeq, toSeq }) => fromSeq <= toSeq),
  )
}

async function askProcessed(store: Pick<Store, 'query'>, names: readonly ChunkName[]): Promise<ChunkName[]> {
  const found: ChunkName[] = []
  for (let start = 0; start < names.length; start += askAtOnce) {
    const chunks = names.slice(start, start + askAtOnce).map(({ collector, seq }) => ({ collector, seq }))
    found.push(...(await store.query({ type: 'processed', chunks })))
  }
  return found
}
