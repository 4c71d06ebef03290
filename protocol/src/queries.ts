import type { AnalysisQuery } from './analysis.ts'

/**
 * Questions to a store, as data: the same types in the store port, the HTTP API and the web client.
 * Times are ms since 1970. `limit` defaults to 50 and is at most 1,000. `cursor` is the `nextCursor` of the answer before.
 */
interface ProjectQuery {
  project: string
}
interface Paged {
  limit?: number
  cursor?: string
}

/** Figures for [from, to), both rounded down to whole hours (`to` up), from hour rollups. */
export interface OverviewQuery extends ProjectQuery {
  type: 'overview'
  from: number
  to: number
  /** Rows per breakdown. Default 10. */
  top?: number
  /** Count events marked as bots, too. Default false. */
  bots?: boolean
}
/** The newest stored events, newest first; with `after` only what was stored since that answer's `cursor`. */
export interface LiveQuery extends ProjectQuery {
  type: 'live'
  limit?: number
  after?: string
}
/** People by last activity, latest first. `search`: an id as it is, or the start of the e-mail trait in any case. */
export interface PeopleQuery extends ProjectQuery, Paged {
  type: 'people'
  search?: string
}
/** One person with identities and touches; undefined when there is none. */
export interface PersonQuery extends ProjectQuery {
  type: 'person'
  profileId: string
}
/** A person's events across sessions and devices, in event time (ties by messageId). */
export interface JourneyQuery extends ProjectQuery, Paged {
  type: 'journey'
  profileId: string
  /** `asc` (default): oldest first. */
  order?: 'asc' | 'desc'
}
/** Sessions by start, latest first: of the project in [from, to), or of one person. */
export interface SessionsQuery extends ProjectQuery, Paged {
  type: 'sessions'
  profileId?: string
  from?: number
  to?: number
}
/** Sums of the books for the minutes of receipt in [from, to), over all projects when none is named. */
export interface LedgerQuery {
  type: 'ledger'
  project?: string
  from?: number
  to?: number
}
/** How far clients' clocks were off, over the events that were stored, by day of receipt. [from, to) lies in these days. */
export interface ClocksQuery extends ProjectQuery {
  type: 'clocks'
  from: number
  to: number
  /** IANA name. Days begin by it. Default UTC. */
  timeZone?: string
}
/** Events set aside with their code, newest first. */
export interface RejectedQuery extends Paged {
  type: 'rejected'
  project?: string
  /** Only this one. */
  id?: string
}
/** What the store knows of a messageId. */
export interface EventQuery extends ProjectQuery {
  type: 'event'
  messageId: string
}
/** Which of these chunks the store has taken in already. */
export interface ProcessedQuery {
  type: 'processed'
  chunks: { collector: string; seq: number }[]
}
/** Raw events by time of storing, for export: every stored event once, in a stable order. */
export interface EventsQuery extends ProjectQuery, Paged {
  type: 'events'
}

/** How far the store has come: a text that is another one whenever an answer about the project may be another one. */
export interface MarkQuery extends ProjectQuery {
  type: 'mark'
}

export type Query =
  | OverviewQuery
  | LiveQuery
  | PeopleQuery
  | PersonQuery
  | JourneyQuery
  | SessionsQuery
  | LedgerQuery
  | ClocksQuery
  | RejectedQuery
  | EventQuery
  | ProcessedQuery
  | EventsQuery
  | MarkQuery
  | AnalysisQuery
