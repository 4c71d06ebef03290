import type { ClockCounts } from '@trailstitch/protocol'
import type { Collection, Db, IndexDescription } from 'mongodb'

/**
 * The collections. Every `_id` is text, so that it can be a key of a Map. A project's documents carry it as `p`, which is
 * the shard key (with `_id` behind it where one project outgrows a shard). Every frequent query names it or an `_id`, and
 * every upsert both. What asks all shards: what is not folded yet (its index holds nothing else), an operator's questions
 * over all projects, and what is done once an hour.
 */
export interface Tables {
  /** A number a collector has used, until all below it are there. */
  chunks: Collection<ChunkDoc>
  /** Up to which number all of a collector's chunks are there. */
  collectors: Collection<{ _id: string; low: number }>
  /** Who came first: the chunk a messageId belongs to. */
  claims: Collection<ClaimDoc>
  /** Bodies. A time-series collection where the server has them, see events.ts. */
  events: Collection<EventDoc>
  /** One narrow document an event: whose it is, when, and which round folded it. */
  timeline: Collection<TimelineDoc>
  ledger: Collection<LedgerDoc>
  rejected: Collection<RejectedDoc>
  /** Which data this is, and whose copy. */
  identity: Collection<IdentityDoc>
  /** A project's rounds of stitching: who is at it, and the last round that is done. */
  lanes: Collection<LaneDoc>
  /** Rounds that were decided. Whoever inserts number n has the only word on what round n does. */
  rounds: Collection<RoundDoc>
  /** What a round writes, packed, until it is written. Project and round are missing in what earlier versions wrote. */
  journal: Collection<{ _id: string; body: Uint8Array; at: number; p?: string; r?: number }>
  entities: Collection<Stored<EntityDoc>>
  sessions: Collection<Stored<SessionDoc>>
  profiles: Collection<Stored<ProfileDoc>>
  rollups: Collection<Stored<RollupDoc>>
  edges: Collection<Stored<EdgeDoc>>
}

/**
 * What a round wrote carries the round's number `r`. Of what a round took away `gone` (ms) is left, beside the project: no
 * other field, so that questions by any of them pass it over.
 */
export type Stored<Doc> = Doc & { r: number; gone?: number }

/**
 * `open`: being taken in. `booking`: all is stored, and `books` are or will be in the ledger. `done`. `void`: given up by
 * its collector before it was taken in.
 */
export interface ChunkDoc {
  /** `<collector>:<seq>` */
  _id: string
  c: string
  s: number
  state: 'open' | 'booking' | 'done' | 'void'
  /** When it was first seen, ms. */
  at: number
  books?: BookRow[]
}

export interface BookRow {
  p: string
  minute: number
  received: number
  stored: number
  duplicate: number
  rejected: number
  /** Of those stored; absent in rows of nothing but such as told nothing of their clock, and in older ones. */
  clocks?: ClockCounts
}

/** `d` is the day of claiming, in days since 1970. `at`: when its event was received; absent in copies of a store. */
export interface ClaimDoc {
  _id: string
  c: string
  d: number
  at?: number
}

export interface EventDoc {
  /** The event key in an ordinary collection, the server's own in a time series. */
  _id: string
  /** The event key in a time series. */
  k?: string
  p: string
  t: Date
  /** The stored event as JSON: BSON would not give back every number and field name as it came. */
  j: string
}

export interface TimelineDoc {
  /** Event key: time of receipt, then a digest of project, messageId and chunk. */
  _id: string
  p: string
  /** Entity: visitor, else user, else null. */
  e: string | null
  t: number
  /** The messageId as an order key, see order-key.ts. */
  m: string
  /** The project again, until a round has folded the event. */
  u?: string
  /** The round that folded it. */
  o?: number
}

/** Counters of one collector's chunks in one minute; `seqs` are those in it, so that each counts once. */
export interface LedgerDoc extends BookRow {
  _id: string
  c: string
  seqs: number[]
}

export interface RejectedDoc {
  _id: string
  p: string
  code: string
  message: string
  at: number
  body: string
  /** The messageId, where the body has one. */
  m?: string
  replayed?: number
}

/** `this`: the name of the data. `copy`: the name of the data that it is a copy of, and where the next pages follow. */
export interface IdentityDoc {
  _id: 'this' | 'copy'
  name: string
  event?: string
  claim?: string
}

export interface LaneDoc {
  /** The project. */
  _id: string
  /** Last round that is done. */
  r: number
  /** Last number given to an entity. */
  n: number
  by?: string
  /** End of the lease, ms. */
  until?: number
  /** Of a project that is removed: since when, ms. */
  gone?: number
}

export interface RoundDoc {
  /** `<project>:<round>` */
  _id: string
  p: string
  r: number
  /** Names the pieces in the journal. */
  nonce: string
  pieces: number
  n: number
  at: number
}

export interface EntityDoc {
  /** As in the profileId, without `p_`. */
  _id: string
  p: string
  kind: 'visitor' | 'user'
  name: string
  /** A small number that stands for it in sets of people. */
  n: number
  /** Of an aliased user: the root it is known under. */
  root?: string
  /** How many edges start here. */
  edges: number
  /** JSON of a visitor's VisitorState or a user's Part. */
  state?: string
  /** Of a visitor: how many runs, its only user, all users of its runs, and its latest session. */
  runs?: number
  owner?: string
  owners?: string[]
  latest?: string
}

export interface SessionDoc {
  /** The sessionId. */
  _id: string
  p: string
  e: string
  start: number
  finish: number
  /** Order key of the first event's messageId. */
  m: string
  /** See session-codec.ts. */
  state: string
}

export interface ProfileDoc {
  /** The entity's. */
  _id: string
  p: string
  first: number
  last: number
  email?: string
  /** JSON. */
  traits?: string
}

export interface RollupDoc {
  _id: string
  p: string
  dim: string
  bot: 0 | 1
  hour: number
  value: string
  events: number
  pages: number
  sessions: number
  bounces: number
  duration: number
  people?: Uint8Array
}

export interface EdgeDoc {
  _id: string
  p: string
  from: string
  user: string
  kind: 'alias' | 'link' | 'unlink'
  t: number
  m: string
}

/**
 * Indexes, each with the questions it answers. All others look up documents by `_id`, or read the one document of each
 * collector or project. A test records what the store asks and holds it to this.
 */
export const indexes: Readonly<Partial<Record<keyof Tables, readonly (IndexDescription & { name: string })[]>>> = {
  chunks: [
    // From which number on are a collector's chunks not all there? In order of all collectors: where are holes?
    { name: 'numbers', key: { c: 1, s: 1 } },
    // Whose books are being entered?
    { name: 'booking', key: { state: 1 } },
  ],
  // Which claims are too old to count? From which day on are there any?
  claims: [{ name: 'day', key: { d: 1 } }],
  timeline: [
    // What did a visitor or user do, in order, from a stamp on? All of it, to fold it anew.
    { name: 'journey', key: { e: 1, t: 1, m: 1 } },
    // What happened in a project in some time?
    { name: 'times', key: { p: 1, t: 1 } },
    // Which project has something to fold, and what? How much is there?
    { name: 'unfolded', key: { u: 1, _id: 1 }, sparse: true },
    // What did a project's rounds fold, from one on? The newest first.
    { name: 'folded', key: { p: 1, o: 1, _id: 1 } },
  ],
  ledger: [
    // The books of a stretch of time, of all projects or of one.
    { name: 'minutes', key: { minute: 1 } },
    { name: 'project', key: { p: 1, minute: 1 } },
  ],
  rejected: [
    // The newest, of all projects or of one.
    { name: 'newest', key: { at: -1, _id: -1 } },
    { name: 'project', key: { p: 1, at: -1, _id: -1 } },
    // Which came with a messageId?
    { name: 'message', key: { p: 1, m: 1 } },
  ],
  // What can be cleared away?
  rounds: [{ name: 'age', key: { at: 1 } }],
  journal: [{ name: 'age', key: { at: 1 } }],
  entities: [
    // Whom do the numbers in a set of people stand for?
    { name: 'numbers', key: { p: 1, n: 1 } },
    // Which users were aliased into one? Which visitors belong to one?
    { name: 'aliased', key: { p: 1, root: 1 } },
    { name: 'visitors', key: { p: 1, owners: 1 } },
    { name: 'gone', key: { gone: 1 }, sparse: true },
  ],
  sessions: [
    // A project's sessions by start, and a visitor's.
    { name: 'latest', key: { p: 1, start: -1, _id: 1 } },
    { name: 'visitor', key: { e: 1, start: 1, m: 1 } },
    { name: 'gone', key: { gone: 1 }, sparse: true },
  ],
  profiles: [
    // A project's people by last activity, and those whose e-mail begins with a text.
    { name: 'latest', key: { p: 1, last: -1, _id: 1 } },
    { name: 'email', key: { p: 1, email: 1 } },
    { name: 'gone', key: { gone: 1 }, sparse: true },
  ],
  // The figures of some hours. There are few dimensions, so that it costs little that they come first.
  rollups: [
    { name: 'hours', key: { p: 1, dim: 1, bot: 1, hour: 1 } },
    { name: 'gone', key: { gone: 1 }, sparse: true },
  ],
  edges: [
    // Which edges start at an id, and which end there?
    { name: 'from', key: { p: 1, from: 1 } },
    { name: 'to', key: { p: 1, user: 1 } },
    { name: 'gone', key: { gone: 1 }, sparse: true },
  ],
}

export const openTables = (db: Db): Tables => ({
  chunks: db.collection('chunks'),
  collectors: db.collection('collectors'),
  claims: db.collection('claims'),
  events: db.collection('events'),
  timeline: db.collection('timeline'),
  ledger: db.collection('ledger'),
  rejected: db.collection('rejected'),
  identity: db.collection('identity'),
  lanes: db.collection('lanes'),
  rounds: db.collection('rounds'),
  journal: db.collection('journal'),
  entities: db.collection('entities'),
  sessions: db.collection('sessions'),
  profiles: db.collection('profiles'),
  rollups: db.collection('rollups'),
  edges: db.collection('edges'),
})
