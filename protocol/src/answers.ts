import type {
  AnalysisQuery,
  AnswerMeta,
  FunnelAnswer,
  PathsAnswer,
  PropertiesAnswer,
  RetentionAnswer,
  TrendAnswer,
} from './analysis.ts'
import type { ErrorCode } from './errors.ts'
import type { EventType, JsonObject } from './events.ts'

/** A list, one page at a time. `nextCursor` is null on the last page. */
export interface Page<T> {
  items: T[]
  nextCursor: string | null
}

/** Where a session came from. `channel` is one of the channel groups of docs/definitions.md. */
export interface Touch {
  channel: string
  source?: string
  medium?: string
  campaign?: string
  term?: string
  content?: string
  /** Host of the referring page. */
  referrer?: string
  /** Name of the click id parameter, such as gclid; the value is not kept. */
  clickId?: string
}

/** What is known of the device. All optional: unknown stays out. */
export interface Device {
  type?: 'desktop' | 'mobile' | 'tablet' | 'tv' | 'bot'
  browser?: string
  browserVersion?: string
  os?: string
  osVersion?: string
}

/** An event as stored: normalised, enriched, never rewritten. Times are ms since 1970. */
export interface StoredEvent {
  project: string
  messageId: string
  /** `unlink` is an operator's undo of a merge, see the glossary. */
  type: EventType | 'unlink'
  /** The event name of a track call; name, else path, of a page or screen; otherwise the type. */
  name: string
  /** Event time after clock correction. */
  timestamp: number
  receivedAt: number
  originalTimestamp?: number
  sentAt?: number
  /** The clock was off and the event time is the time of receipt. */
  clamped?: 'future' | 'stale'
  anonymousId?: string
  /** Only when it is an id that may identify; otherwise see `idProblem`. */
  userId?: string
  previousId?: string
  groupId?: string
  /** Why an id was stored but not used to identify, such as `userId_blocked`. */
  idProblem?: string
  properties?: JsonObject
  traits?: JsonObject
  context?: JsonObject
  integrations?: JsonObject
  /** Path of the page, without query and fragment. */
  path?: string
  host?: string
  title?: string
  /** Country, ISO 3166-1 alpha-2. */
  country?: string
  /** As the project's IP policy left it. */
  ip?: string
  device?: Device
  touch?: Touch
  /** Why it is taken for a bot. */
  bot?: string
}

/** A visitor's events with gaps of at most 30 minutes, at most 24 h long, one user. Times are ms since 1970. */
export interface Session {
  sessionId: string
  anonymousId: string
  /** Set once the visitor is linked to a user. */
  userId?: string
  start: number
  end: number
  events: number
  /** page and screen events. */
  pages: number
  /** track events. */
  tracks: number
  /** Path or name of the first and last page; absent when there was none. */
  entry?: string
  exit?: string
  channel: string
  touch?: Touch
  device?: Device
  country?: string
  bot: boolean
}

export interface Trait {
  value: JsonObject[string]
  /** Event time and messageId of the event that set it. */
  timestamp: number
  messageId: string
}

/** A row of the people list. */
export interface Person {
  profileId: string
  userIds: string[]
  anonymousIds: string[]
  traits: JsonObject
  firstSeen: number
  lastSeen: number
  /** Why some ids are not shown or not joined, such as `too_many_ids`. */
  capped?: string
}

/** People whom a question found, one page at a time. */
export interface PeopleAnswer extends Page<Person> {
  /** How many they are on all pages. */
  total: number
  meta: AnswerMeta
}

/** Why two ids belong together. */
export interface IdentityLink {
  kind: 'visitor' | 'alias'
  /** anonymousId for `visitor`, the previous id for `alias`. */
  from: string
  userId: string
  timestamp: number
  messageId: string
  undone: boolean
}

export interface PersonDetail extends Person {
  links: IdentityLink[]
  /** The touch of the earliest session; never replaced by a later one. */
  firstTouch?: Touch
  /** The touch of the latest session. */
  lastTouch?: Touch
}

/** A step of a journey. Times are ms since 1970. */
export interface JourneyItem extends StoredEvent {
  sessionId: string | null
}

export interface Figures {
  events: number
  pages: number
  sessions: number
  people: number
  /** Sessions with exactly one page view and no other interactive event. */
  bounces: number
  /** Sum over sessions of last event time minus first event time. */
  durationMs: number
}

/**
 * `event`, `page`, `country`, `device`, `browser` and `os` count events and the people behind them; `entry`, `referrer`,
 * `channel` and `campaign` count sessions by their start, with the events and pages in them.
 */
export interface Breakdown {
  rows: { value: string; events: number; pages: number; sessions?: number; people?: number }[]
  /** Values not listed, and their events. */
  other: { values: number; events: number }
}

export const overviewDimensions = [
  'event',
  'page',
  'entry',
  'referrer',
  'channel',
  'campaign',
  'country',
  'device',
  'browser',
  'os',
] as const
export type OverviewDimension = (typeof overviewDimensions)[number]

/** People of single hours are counted in ranges of up to so many hours: 31 days. */
export const maxCountedHours = 31 * 24

export interface HourFigures extends Omit<Figures, 'people'> {
  hour: number
  /** Null where the range has more than {@link maxCountedHours}. */
  people: number | null
}

export interface OverviewAnswer {
  from: number
  to: number
  totals: Figures
  /** One per hour that had something, ascending. */
  hours: HourFigures[]
  by: Record<OverviewDimension, Breakdown>
  /** Events in the range that are marked as bots and left out, unless asked for. */
  botEvents: number
  meta: AnswerMeta
}

/** Sums over minutes: received = stored + duplicate + rejected for all that has been processed. */
export interface LedgerSums {
  received: number
  stored: number
  duplicate: number
  rejected: number
}
/** Numbers of a collector's chunks that never arrived though later ones did. */
export interface LedgerHole {
  collector: string
  fromSeq: number
  toSeq: number
  /** When the chunk after the hole was processed, ms since 1970. */
  since: number
}
export interface LedgerAnswer extends LedgerSums {
  minutes: (LedgerSums & { project: string; minute: number })[]
  holes: LedgerHole[]
}

/**
 * How far a client's clock was off when it sent an event: at most so far ahead of ours or behind it, and more than the class
 * before. See docs/definitions.md.
 */
export const clockClasses = [
  'within_1s',
  'ahead_10s',
  'ahead_1m',
  'ahead_10m',
  'ahead_1h',
  'ahead_more',
  'behind_10s',
  'behind_1m',
  'behind_10m',
  'behind_1h',
  'behind_more',
] as const
export type ClockClass = (typeof clockClasses)[number]
/** Events of each class; those that are missing have none. */
export type ClockCounts = Partial<Record<ClockClass, number>>

export interface ClocksAnswer {
  /** Every day that the range touches, ascending. */
  days: {
    /** When it begins. */
    start: number
    /** Events stored. */
    events: number
    /** `unknown`: those that did not tell when they were sent, or were stored before this was counted. */
    clocks: Record<ClockClass | 'unknown', number>
  }[]
}

/** An event that was set aside. */
export interface RejectedEvent {
  id: string
  project: string
  code: ErrorCode
  message: string
  receivedAt: number
  /** The event as it came, JSON text. */
  body: string
  /** Set once it was sent again by a command, ms since 1970. */
  replayedAt?: number
}

/** What is known of a messageId. Events with one that is taken are duplicates until it is forgotten. */
export interface EventAnswer {
  /** Absent: none was stored, it was let go of, or where it lies is not known any more, as in a copy of a store. */
  stored?: {
    event: StoredEvent
    /** Of what has been stitched so far; null where there is none. */
    sessionId: string | null
    profileId: string | null
  }
  /** Beginning of the day (UTC) on which the messageId was taken, ms since 1970; null: it is not, or was forgotten. */
  takenOn: number | null
  /** The first day of which messageIds are remembered; null while there is none. */
  rememberedSince: number | null
  /** Events that were set aside with it, newest first, at most 20. */
  rejected: RejectedEvent[]
}

export interface LiveAnswer {
  items: StoredEvent[]
  /** Give it as `after` to read on. */
  cursor: string
}

export interface Answers {
  overview: OverviewAnswer
  live: LiveAnswer
  people: Page<Person>
  person: PersonDetail | undefined
  journey: Page<JourneyItem>
  sessions: Page<Session>
  ledger: LedgerAnswer
  clocks: ClocksAnswer
  rejected: Page<RejectedEvent>
  event: EventAnswer
  processed: { collector: string; seq: number }[]
  events: Page<StoredEvent>
  mark: string
  trend: TrendAnswer
  funnel: FunnelAnswer
  funnel_people: PeopleAnswer
  retention: RetentionAnswer
  paths: PathsAnswer
  properties: PropertiesAnswer
  segment: PeopleAnswer
}

export type AnalysisAnswers = Pick<Answers, AnalysisQuery['type']>
