import type { LedgerAnswer, LedgerHole, LedgerSums } from '@trailstitch/protocol'
import { type ChunkCount, chunkKey, type QueueReading } from './queue-reading.ts'

/** A row of the books, or their sum. */
export interface Books extends LedgerSums {
  /** Events in dead letters, not taken in by the store. */
  dead: number
  /** Events in the queue or the overflow, not taken in by the store. */
  inFlight: number
  balanced: boolean
}

/** What the books are asked for. Both ends are whole minutes, ms since 1970. */
export interface LedgerRange {
  project?: string
  from?: number
  to?: number
}

/** The books of promise 4: received = stored + duplicate + rejected + dead + inFlight, in all and per minute. */
export interface Ledger extends LedgerRange, Books {
  minutes: (Books & { project: string; minute: number })[]
  /** Numbers that are in neither the store, the queue nor the overflow: chunks that were lost. */
  holes: LedgerHole[]
  deadUndecodable: number
  pendingUndecodable: number
  complete: boolean
  queue: { waiting: number; leased: number; dead: number; oldestAgeMs: number | null }
  computedAt: number
}

const noSums: LedgerSums = { received: 0, stored: 0, duplicate: 0, rejected: 0 }

const addsUp = (sums: LedgerSums): boolean => sums.stored + sums.duplicate + sums.rejected === sums.received

/**
 * Puts the books together. `taken` names the chunks of `reading` that the store has taken in, as of the very state that
 * `answer` tells of; `holes` are the open ones. A chunk that is both pending and dead was moved between the two listings
 * and counts as dead.
 */
export function composeLedger(
  range: LedgerRange,
  reading: Pick<QueueReading, 'pending' | 'dead'>,
  answer: LedgerAnswer,
  taken: ReadonlySet<string>,
  holes: readonly LedgerHole[],
): Books & Pick<Ledger, 'minutes' | 'holes'> {
  const rows = new Map<string, Books & { project: string; minute: number }>()
  for (const row of answer.minutes)
    rows.set(`${row.minute} ${row.project}`, { ...row, dead: 0, inFlight: 0, balanced: addsUp(row) })
  const total: Books = { ...sumsOf(answer), dead: 0, inFlight: 0, balanced: true }

  const seen = new Set(taken)
  const count = (chunks: readonly ChunkCount[], field: 'dead' | 'inFlight') => {
    for (const chunk of chunks) {
      if (seen.has(chunkKey(chunk))) continue
      seen.add(chunkKey(chunk))
      for (const { project, minute, events } of chunk.rows) {
        if (!isInRange(range, project, minute)) continue
        const key = `${minute} ${project}`
        const row = rows.get(key) ?? { project, minute, ...noSums, dead: 0, inFlight: 0, balanced: true }
        rows.set(key, row)
        for (const books of [row, total]) {
          books[field] += events
          books.received += events
        }
      }
    }
  }
  count(reading.dead, 'dead')
  count(reading.pending, 'inFlight')

  const minutes = [...rows.values()].sort((a, b) => a.minute - b.minute || (a.project < b.project ? -1 : 1))
  total.balanced = addsUp(answer) && minutes.every((row) => row.balanced) && holes.length === 0
  return { ...total, minutes, holes: [...holes] }
}

/** What is left of the holes once the known numbers are taken out of them. */
export function holesWithout(
  holes: readonly LedgerHole[],
  known: readonly { collector: string; seq: number }[],
): LedgerHole[] {
  const byCollector = Map.groupBy(known, (chunk) => chunk.collector)
  return holes.flatMap((hole) => {
    const numbers = (byCollector.get(hole.collector) ?? [])
      .map((chunk) => chunk.seq)
      .filter((seq) => seq >= hole.fromSeq && seq <= hole.toSeq)
    const left: LedgerHole[] = []
    let fromSeq = hole.fromSeq
    for (const seq of [...new Set(numbers)].sort((a, b) => a - b)) {
      if (seq > fromSeq) left.push({ ...hole, fromSeq, toSeq: seq - 1 })
      fromSeq = seq + 1
    }
    if (fromSeq <= hole.toSeq) left.push({ ...hole, fromSeq })
    return left
  })
}

/** The first numbers of the holes, at most `max` of them. */
export function numbersIn(holes: readonly LedgerHole[], max: number): { collector: string; seq: number }[] {
  const numbers: { collector: string; seq: number }[] = []
  for (const { collector, fromSeq, toSeq } of holes)
    for (let seq = fromSeq; seq <= toSeq && numbers.length < max; seq++) numbers.push({ collector, seq })
  return numbers
}

function sumsOf({ received, stored, duplicate, rejected }: LedgerSums): LedgerSums {
  return { received, stored, duplicate, rejected }
}

function isInRange({ project, from, to }: LedgerRange, ofProject: string, minute: number): boolean {
  return (
    (project === undefined || project === ofProject) &&
    (from === undefined || minute >= from) &&
    (to === undefined || minute < to)
  )
}
