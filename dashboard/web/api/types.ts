import type { Breakdown, ClockClass, Device, Figures, OverviewDimension, Touch } from '@trailstitch/protocol'

// What the read API answers, as it goes over the wire: times are ISO 8601 texts. See openapi.json.

export interface Page<T> {
  items: T[]
  nextCursor: string | null
}
export const roles = ['viewer', 'analyst', 'admin', 'owner'] as const
/** Each may do what those before it may. */
export type Role = (typeof roles)[number]
export const isAtLeast = (role: Role, least: Role): boolean => roles.indexOf(role) >= roles.indexOf(least)

export interface Project {
  id: string
  name: string
  /** Of the person who asks. */
  role: Role
  /** What reports begin with; null: the browser's. */
  timeZone: string | null
  /** Names of the rules whose events count in no report. */
  excludes: string[]
  /** Its events were made up, to look around with. */
  isDemo: boolean
}
export interface WireEvent {
  messageId: string
  type: string
  name: string
  timestamp: string
  receivedAt: string
  sentAt?: string
  clamped?: string
  anonymousId: string | null
  userId: string | null
  groupId?: string
  idProblem?: string
  properties: Record<string, unknown>
  traits?: Record<string, unknown>
  context?: Record<string, unknown>
  path?: string
  host?: string
  title?: string
  country?: string
  device?: Device
  touch?: Touch
  bot?: string
}
export interface JourneyItem extends WireEvent {
  sessionId: string | null
}
export interface LiveAnswer {
  items: WireEvent[]
  cursor: string
}
export interface Session {
  sessionId: string
  anonymousId: string
  userId: string | null
  start: string
  end: string
  durationMs: number
  events: number
  pages: number
  entry: string | null
  exit: string | null
  channel: string
  touch?: Touch
  device: Device | null
  country: string | null
}
export interface Person {
  profileId: string
  userIds: string[]
  anonymousIds: string[]
  traits: Record<string, unknown>
  firstSeen: string
  lastSeen: string
  capped?: string
}
export interface PersonDetail extends Person {
  links: { kind: string; from: string; userId: string; timestamp: string; messageId: string; undone: boolean }[]
  firstTouch?: Touch
  lastTouch?: Touch
}
export interface TraitHistory {
  items: { name: string; values: { value: unknown; at: string; messageId: string }[] }[]
  /** False: there is more than is told. */
  complete: boolean
}
/** Who made something. */
export interface Maker {
  kind: string
  id?: string
  name?: string
}
export interface SavedReport {
  id: string
  name: string
  description: string
  /** Path of the page, and what stands in its address. */
  page: string
  search: string
  madeBy: Maker
  at: string
  changedAt: string
}
/** A link that shows a report to people without an account. */
export interface ShareLink {
  id: string
  report: string
  name: string
  range: 'fixed' | 'movable'
  hasPassword: boolean
  expiresAt: string
  madeBy: Maker
  at: string
}
/** What somebody noted on a day, or at a moment. */
export interface Note {
  id: string
  when: string
  text: string
  madeBy: Maker
}
/** Figures of whole visits are null where the project has rules. */
type OverviewFigures = Omit<Figures, 'bounces' | 'durationMs'> & Record<'bounces' | 'durationMs', number | null>
export interface Overview {
  from: string
  to: string
  totals: OverviewFigures & { bounceRate: number | null; averageDurationMs: number | null }
  hours: (Omit<OverviewFigures, 'people'> & { hour: string | number; people: number | null })[]
  by: Record<OverviewDimension, Breakdown>
  botEvents: number
  meta: { computedAt: string | number; exact: boolean; rowsScanned: number; timeZone: string }
}
export interface Ledger {
  received: number
  stored: number
  duplicate: number
  rejected: number
  dead: number
  inFlight: number
  balanced: boolean
  complete: boolean
  deadUndecodable: number
  holes: { collector: string; fromSeq: number; toSeq: number; since: string }[]
  queue: { waiting: number; leased: number; dead: number; oldestAgeMs: number | null }
  computedAt: string
}
export interface Clocks {
  days: { start: string; events: number; clocks: ClockSums }[]
  computedAt: string
}
/** Events by how far their clock was off, see docs/definitions.md. */
export type ClockSums = Record<ClockClass | 'unknown', number>
export interface Rejected {
  id: string
  code: string
  message: string
  receivedAt: string
  body: string
  replayedAt: string | null
}
export interface EventTrace {
  messageId: string
  state: 'stored' | 'waiting' | 'dead' | 'rejected' | 'taken' | 'unknown'
  event: WireEvent | null
  sessionId: string | null
  profileId: string | null
  takenOn: string | null
  rememberedSince: string | null
  rejected: Rejected[]
  trail: { what: 'happened' | 'received' | 'set_aside' | 'replayed' | 'waiting' | 'dead'; at: string }[]
  complete: boolean
}
export interface Replayed {
  sent: boolean
  replayedAt: string | null
  problem: { code: string; message: string } | null
}
export interface ReplayedPage {
  sent: number
  skipped: number
  refused: number
  nextCursor: string | null
}
