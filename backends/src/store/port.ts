import type { Answers, Device, ErrorCode, Query, StoredEvent, Touch, Trait } from '@trailstitch/protocol'
import type { Diagnosis } from '../diagnosis.ts'
import type { StoreRecords } from './records.ts'

/**
 * The store port. The processor is its only writer, through three steps that may be killed and repeated at any point:
 *
 * 1. `append` makes events durable, each messageId once, and books them in the ledger.
 * 2. `stitch` folds what was appended into sessions, identities, profiles and rollups.
 * 3. `maintain` lets old claims and events go, `erase` what is known of a person, and `removeProject` a whole project.
 *
 * `query` answers from what has been stitched so far. Everything but the events themselves is a function of the set of
 * stored events: no order, repetition or grouping of calls shows in any answer.
 */
export interface Store {
  /**
   * Takes chunks in. A chunk that was taken in before changes nothing. When it resolves, everything is durable.
   * An event is stored if its messageId was not stored for its project within the dedupe window, else a duplicate.
   */
  append(chunks: readonly AppendChunk[]): Promise<AppendOutcome[]>
  /** Folds appended events, up to about `maxEvents` of them. `behind` tells how many are still to be folded. */
  stitch(rules: StitchRules, maxEvents: number): Promise<StitchOutcome>
  query<Q extends Query>(query: Q): Promise<Answers[Q['type']]>
  /** Marks a rejected event as sent again. */
  markReplayed(id: string, at: number): Promise<void>
  /**
   * Lets go of claims older than the dedupe window and, with `retention`, of what is older than its project keeps: see
   * {@link Retention}. A call does a piece of it, some hundred milliseconds long; true when there is more to do. Cheap to
   * call often.
   */
  maintain(retention?: Retention): Promise<boolean>
  /**
   * Erases a person, about `maxEvents` events a call, a visitor or user as a whole: call it until there is no `more`. What
   * is done stays done, so it may be killed and asked again at any time. Only what is stitched goes: while something of
   * theirs is not, there is `more`. Figures and the ledger keep their counts.
   */
  erase(request: EraseRequest, maxEvents: number): Promise<EraseOutcome>
  /**
   * Removes all that is kept of a project, figures and books included, about `maxEvents` events or a few thousand other
   * rows a call: call it until there is no `more`. What is done stays done, so it may be killed and asked again at any time.
   * Where events are only removed once they are stitched, there is `more` until then. What is appended meanwhile goes, too,
   * if it is there before the last call. Claims stay until they are too old, and so do numbers that hold nothing of it.
   */
  removeProject(project: string, maxEvents: number): Promise<RemoveOutcome>
  /** For moving everything to another store. */
  records: StoreRecords
  /** How the service behind the store is; for stores that have one. */
  diagnose?(): Promise<Diagnosis[]>
  close(): Promise<void>
}

export interface StoreOptions {
  /** How long a messageId is remembered. Default 7 days. */
  dedupeMs?: number
  /** SQLite: how many events come together before they are packed for reports. Default 8,192; fewer are for tests. */
  segmentEvents?: number
  /**
   * SQLite: how long a day has to be at rest before its figures are put together, ms, and a month 36 times as long. Default 10
   * minutes; none is for tests.
   */
  settleMs?: number
  /** Open for `query` and `markReplayed` alone; a missing file is created empty. Default false. */
  readOnly?: boolean
}

/**
 * How long projects keep what they stored, by project; those that are not named keep it for ever. Let go are:
 *
 * - events whose own time and receipt are both longer ago. A visitor's go session by session, the earliest first, once the
 *   session has ended and all of its events are that old. Only what has been stitched goes.
 * - rejected events that were received longer ago.
 *
 * What follows from them stays: figures, people with traits, links and touches, and the ledger.
 */
export interface Retention {
  /** Whole days, by project. */
  days: ReadonlyMap<string, number>
  rules: StitchRules
}

/** Somebody to be erased from a project. */
export interface EraseRequest {
  /** Names the request. */
  id: string
  project: string
  /** Digests of the person's user and anonymous ids: profileIds without `p_`. Those that belong to them count, too. */
  keys: readonly string[]
  /** Goes what was received before, ms; later events make a new person. */
  before: number
  rules: StitchRules
}

export interface EraseOutcome {
  more: boolean
  /** Events that this call erased, rejected ones included. */
  events: number
}

export interface RemoveOutcome {
  more: boolean
  /** Events that this call removed. */
  events: number
}

export interface AppendChunk {
  collector: string
  seq: number
  voided: readonly number[]
  /** Events in the chunk per project and minute of receipt, as counted by the collector. */
  received: readonly { project: string; minute: number; events: number }[]
  events: readonly StoredEvent[]
  rejected: readonly AppendRejected[]
  /** Events of erased people, which are in the books as if they had been stored, or rejected, and erased at once. */
  erased?: readonly { project: string; minute: number; kind: 'stored' | 'rejected'; events: number }[]
}

export interface AppendRejected {
  project: string
  /** Place inside the chunk: stable over redeliveries. */
  place: string
  code: ErrorCode
  message: string
  receivedAt: number
  body: string
}

export interface AppendOutcome {
  /** The chunk had been taken in before; the other figures are 0. */
  redelivered: boolean
  stored: number
  duplicate: number
  rejected: number
}

export interface StitchOutcome {
  events: number
  behind: number
}

// --- what stitching works on: plain values, folded by the pure functions in processor/src/stitch

/** A place in a timeline. Events sort by time, then by messageId. */
export type Stamp = readonly [timestamp: number, messageId: string]

/** A value with the stamp it comes from; joins keep the earliest or the latest. */
export interface At<T> {
  at: Stamp
  value: T
}

/** What one or more events say of a person. A semilattice: joining twice, or in another order, changes nothing. */
export interface Part {
  firstSeen: number
  lastSeen: number
  traits: Record<string, Trait>
}

/** A session while it can still grow. */
export interface SessionState {
  first: Stamp
  last: Stamp
  /** Whose events they are, where the visitor has several runs; null where `runs[0].user` says it for all. */
  user: string | null
  events: number
  pages: number
  tracks: number
  entry?: At<string>
  exit?: At<string>
  touch?: At<Touch>
  device?: At<Device>
  country?: At<string>
  bot: boolean
}

/** A stretch of a visitor's timeline that belongs to one user, up to the next run. The first one reaches back for ever. */
export interface Run {
  from: Stamp
  user: string | null
}

/** The earliest event that ties a visitor to a user. */
export interface VisitorLink {
  user: string
  at: Stamp
  undone: boolean
}

/** All that is kept of a visitor, but for the sessions. */
export interface VisitorState {
  last: Stamp
  runs: Run[]
  links: VisitorLink[]
  /** By user; '' holds what belongs to nobody yet. */
  parts: Record<string, Part>
  /** What is kept of events that were let go, by first stamp; absent where there are none. */
  past?: PastStretch[]
}

/** What is kept of a stretch of events that were let go: all with the same userId or none, and of one owner. */
export interface PastStretch {
  first: Stamp
  last: Stamp
  /** The userId the events carried. */
  user: string | null
  part: Part
  /** Of the first and of the last session in it that had a touch; each at its session's first stamp. */
  touches: At<Touch>[]
}

/** A merge or an undo that is not tied to an event of the visitor itself. */
export interface Edge {
  /**
   * `alias`: `from`, an anonymousId or a userId, is now `user`. `link`: the anonymousId `from` is `user`.
   * `unlink`: an operator's word that `from` and `user` do not belong together; every merge of the two up to then is void.
   */
  kind: 'alias' | 'link' | 'unlink'
  from: string
  user: string
  at: Stamp
}

export interface FoldedVisitor {
  state: VisitorState
  sessions: SessionState[]
}

export interface ExtendedVisitor {
  state: VisitorState
  /** First stamps of sessions that are no more. */
  removed: Stamp[]
  /** New and changed sessions. */
  saved: SessionState[]
}

/**
 * The rules of stitching, handed in by the processor. All pure; events are sorted by stamp, without repetition, and
 * `alias` and `unlink` events are not among them (they arrive as edges).
 */
export interface StitchRules {
  /** The definition: all events of a visitor at once, and what is kept of those that were let go. */
  foldVisitor(events: readonly StoredEvent[], edges: readonly Edge[], past?: readonly PastStretch[]): FoldedVisitor
  /**
   * What is to be kept of the visitor's events that are let go now, together with what was kept before. Folding the others
   * with it gives the state that there was. `sessions` are those of the events.
   */
  forget(
    state: VisitorState,
    edges: readonly Edge[],
    events: readonly StoredEvent[],
    sessions: readonly SessionState[],
  ): PastStretch[]
  /**
   * The short way: new events of a visitor without edges. `near` are the sessions that begin at or before the last new
   * event + 30 min and end at or after the first new event - 30 min, ascending, and always the visitor's latest session.
   * Undefined when only {@link foldVisitor} over all events can tell.
   */
  extendVisitor(
    state: VisitorState | undefined,
    near: readonly SessionState[],
    events: readonly StoredEvent[],
  ): ExtendedVisitor | undefined
  /** What events without an anonymousId say of their user. */
  foldPart(events: readonly StoredEvent[]): Part
  joinParts(a: Part, b: Part): Part
  /** The users that aliases make one person: for each given user, the id they all are known under. */
  resolveAliases(edges: readonly Edge[]): Map<string, string>
}
