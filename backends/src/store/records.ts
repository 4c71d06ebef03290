import type { ClockCounts, LedgerAnswer, RejectedEvent, StoredEvent } from '@trailstitch/protocol'
import { encodeCursor } from './paging.ts'

/**
 * All that a store keeps and that follows from nothing else, so that it can be moved to another store. What is derived
 * (sessions, people, figures) is not among it: the other store stitches it anew.
 */
export interface RecordKinds {
  /** In the order in which a store took them in. `key` names the event for good within its store. */
  event: { key: string; event: StoredEvent }
  claim: ClaimRecord
  rejected: RejectedEvent
  /** A row of the ledger, by minute, and what its events told of clocks. */
  minute: LedgerAnswer['minutes'][number] & { clocks?: ClockCounts }
  /** By collector. */
  numbers: CollectorNumbers
}

export type RecordKind = keyof RecordKinds

/** A messageId that is taken. */
export interface ClaimRecord {
  /** Digest of project and messageId, base64url. */
  key: string
  /** When it was claimed, in days since 1970. */
  day: number
}

/** Which numbers of a collector's chunks were taken in or given up. */
export interface CollectorNumbers {
  collector: string
  /** Without gaps inside, ascending, and none next to another. */
  taken: readonly NumberRange[]
  /** Numbers whose chunk was begun and not finished: a worker is at it, or died. Not among `taken`. */
  unfinished?: readonly number[]
}

export interface NumberRange {
  from: number
  /** Inclusive. */
  to: number
  /** When the first of them was taken in, ms; 0 where no gap lies before it. */
  at: number
}

export interface RecordPage<K extends RecordKind> {
  items: readonly RecordKinds[K][]
  /** What it was read with. */
  after: string | null
  /** Where this reading goes on; null at its end. */
  next: string | null
  /** Where a later reading finds all that came since. The store that takes the page remembers it. */
  resume?: string
}

export type CopyCursors = Partial<Record<RecordKind, string>>

/** The part of the store port that moves data from store to store. */
export interface StoreRecords {
  /** Names the data, whoever opens it and by whatever URL. */
  id(): Promise<string>
  /** How many events of visitors and users there are, by project. */
  count(): Promise<{ project: string; events: number }[]>
  /**
   * A page of about `limit` records; null as `after` starts at the beginning. Events that nobody has stitched yet may be
   * left out: a later reading has them. Rejects with `invalid_cursor`.
   */
  read<K extends RecordKind>(kind: K, after: string | null, limit: number): Promise<RecordPage<K>>
  /**
   * Makes this store, which must be empty, a copy of the one with that id, or goes on with it; tells what `resume` it
   * remembers of each kind. Rejects with `not_a_copy` when it holds anything else.
   */
  begin(id: string): Promise<CopyCursors>
  /**
   * Takes a page in, durably. A page that is written again changes nothing. False, and nothing is changed, for a page of
   * events that does not follow on the last one: somebody else copies at the same time.
   */
  write<K extends RecordKind>(kind: K, page: RecordPage<K>): Promise<boolean>
}

const dayMs = 86_400_000
export const dayOf = (time: number): number => Math.floor(time / dayMs)

/**
 * Where the next pass over claims begins, once one that began on `day` has ended. A day earlier: workers whose clocks are
 * behind may still have claimed on it.
 */
export const claimsFrom = (day: number): string => encodeCursor([0, day - 1, ''])

/** Numbers up to `low`, and those of the rows beyond it, ascending. */
export function rangesOf(low: number, rows: Iterable<{ seq: number; at: number }>): NumberRange[] {
  const ranges: NumberRange[] = low > 0 ? [{ from: 1, to: low, at: 0 }] : []
  for (const { seq, at } of rows) {
    const last = ranges.at(-1)
    if (seq <= (last?.to ?? 0)) continue
    if (seq === (last?.to ?? 0) + 1) {
      if (last) last.to = seq
      else ranges.push({ from: 1, to: 1, at: 0 })
    } else ranges.push({ from: seq, to: seq, at })
  }
  return ranges
}

/** The number up to which all are there, and every number beyond it. */
export function spreadRanges(taken: readonly NumberRange[]): {
  low: number
  beyond: Iterable<{ seq: number; at: number }>
} {
  const [first, ...others] = taken
  const hasLow = first?.from === 1
  const ranges = hasLow ? others : taken
  return { low: hasLow ? first.to : 0, beyond: spread(ranges) }
}

function* spread(ranges: readonly NumberRange[]): Generator<{ seq: number; at: number }> {
  for (const { from, to, at } of ranges) for (let seq = from; seq <= to; seq++) yield { seq, at }
}
