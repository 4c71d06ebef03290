/**
 * Questions that look at what people did, event by event, and their answers. Times are ms since 1970. Definitions:
 * docs/definitions.md. Events of aliases, links and undos are no events here; events marked as bots are left out unless
 * `bots`. Events sort by time, equal times by messageId.
 */

export interface AnswerMeta {
  /** ms since 1970. */
  computedAt: number
  /** False when people are an estimate (HyperLogLog, 2^14 registers, about 0.8 % standard error). */
  exact: boolean
  rowsScanned: number
  timeZone: string
}

/** What of an event a condition or a breakdown looks at. `properties.` and `traits.` lead to nested names with dots. */
export type Field = (typeof fields)[number] | `properties.${string}` | `traits.${string}`

/**
 * Of the event: `event` (the name of a track, else the type), `type`, `name`, `path`, `host`, `title`, `country`,
 * `device`, `browser`, `os`, `userId`, `anonymousId`, `groupId`. Of its session: `channel`, `source`, `medium`,
 * `campaign`, `term`, `content`, `referrer`, `entry`, `exit`. `traits.` are those that its person has by now.
 */
export const fields = [
  'event',
  'type',
  'name',
  'path',
  'host',
  'title',
  'country',
  'device',
  'browser',
  'os',
  'userId',
  'anonymousId',
  'groupId',
  'channel',
  'source',
  'medium',
  'campaign',
  'term',
  'content',
  'referrer',
  'entry',
  'exit',
] as const

/**
 * `is` and `contains` hold when one of `values` fits, `is_not` and `contains_not` when none does, which a missing value
 * fulfils. `contains` looks at text in any case. `less`, `more` (than the one value) hold for numbers, and for numbers
 * written as text. `set` and `not_set` have no values. `is` compares as text: 7 is '7', true is 'true'.
 */
export const operators = ['is', 'is_not', 'contains', 'contains_not', 'less', 'more', 'set', 'not_set'] as const
export interface Condition {
  field: Field
  operator: (typeof operators)[number]
  /** At most 100, each at most 500 characters. */
  values?: readonly (string | number | boolean)[]
}

/** Which events: those of this name (as `event` tells it; any when left out) that meet all conditions, at most 10. */
export interface EventFilter {
  event?: string
  where?: readonly Condition[]
}

interface Analysis {
  project: string
  /** [from, to), to the millisecond. At most 3,660 days. */
  from: number
  to: number
  /** Conditions on every event that is looked at, at most 20. */
  where?: readonly Condition[]
  bots?: boolean
  /** IANA name. Days, weeks (from Monday) and months begin by it. Default UTC. */
  timeZone?: string
}

export const intervals = ['hour', 'day', 'week', 'month'] as const
export type Interval = (typeof intervals)[number]

/**
 * `events`: how many. `people`: how many did it, each once an interval, and once in `total`. `sessions`: how many sessions
 * had one, counted where their first such event is. `sum`, `average`, `minimum`, `maximum`: of a property that is a number.
 */
export const measures = ['events', 'people', 'sessions', 'sum', 'average', 'minimum', 'maximum'] as const
export interface Series extends EventFilter {
  measure: (typeof measures)[number]
  /** For sum, average, minimum, maximum. */
  property?: `properties.${string}`
}

/** Figures per interval. At most 10 series and 10,000 intervals. */
export interface TrendQuery extends Analysis {
  type: 'trend'
  interval: Interval
  series: readonly Series[]
  /** One row for each of its `top` values with the most events over all series (default 10, at most 100), and one for the rest. */
  breakdown?: Field
  top?: number
}
export interface TrendAnswer {
  /** Where each interval begins. The first may begin before `from`: then it holds only what came since. */
  starts: number[]
  rows: {
    /** Place in the query's series. */
    series: number
    /** Null without a breakdown; '' where the event has none; undefined for `rest`. */
    value?: string | null
    /** All values that have no row of their own. */
    rest?: { values: number }
    /** One an interval. Averages, minima and maxima of nothing are null. */
    points: (number | null)[]
    total: number | null
  }[]
  meta: AnswerMeta
}

/**
 * How many people go through 2 to 12 steps. A person reaches step k if there are events e1 .. ek for steps 1 .. k, in order,
 * with the first in the range and all within `windowMs` of it (at most 366 days, default 7 days; later ones may lie after
 * `to`). Equal times count as ordered. The first way in counts, or the one that goes furthest.
 */
export interface FunnelQuery extends Analysis {
  type: 'funnel'
  steps: readonly EventFilter[]
  windowMs?: number
  /**
   * `ordered` (default): other events may lie between. `strict`: the person's next event must be the next step. `any`: the
   * steps in any order; then step k is reached by k different ones.
   */
  order?: 'ordered' | 'strict' | 'any'
  /** `people` (default): each once, by the entry that went furthest, the earliest of those. `totals`: a new entry counts once the one before has converted or expired. */
  count?: 'people' | 'totals'
  /** By a value of the first step's event (default) or of the last one reached. */
  breakdown?: Field
  breakdownBy?: 'first' | 'last'
  /** Values, as in a trend. Default 10, at most 100. */
  top?: number
}
export interface FunnelGroup {
  value?: string | null
  rest?: { values: number }
  steps: {
    reached: number
    /** Median of the time from the step before; null for the first, and where nobody reached it. */
    medianMs: number | null
  }[]
}
export interface FunnelAnswer {
  /** All of them, whatever the breakdown. */
  total: FunnelGroup
  /** Without a breakdown none. */
  groups: FunnelGroup[]
  meta: AnswerMeta
}

/** Who reached a step of a funnel (from 1) and, with `droppedOnly`, no later one. By last activity, latest first. */
export interface FunnelPeopleQuery extends Omit<FunnelQuery, 'type' | 'breakdown' | 'breakdownBy' | 'top' | 'count'> {
  type: 'funnel_people'
  step: number
  droppedOnly?: boolean
  /** At most 1,000, default 50. */
  limit?: number
  cursor?: string
}

/**
 * Who comes back. A person is in the cohort of the interval in which they did `start` in the range: for the first time ever
 * (`ever`, default), for the first time in the range (`range`), or in every one (`every`). Period n of a cohort is the n-th
 * `unit` after that interval, by the calendar of the time zone. `on` (default): did `return` in period n. `on_or_after`: in
 * period n or later. Period 0 is the cohort's own: everybody in it. With `brackets`, such as [1, 3, 7], column k is
 * [brackets[k], brackets[k+1]) and the last one goes on to `periods`.
 */
export interface RetentionQuery extends Analysis {
  type: 'retention'
  start: EventFilter
  return: EventFilter
  unit: 'day' | 'week' | 'month'
  /** 1 to 366. */
  periods: number
  mode?: 'on' | 'on_or_after'
  cohort?: 'ever' | 'range' | 'every'
  brackets?: readonly number[]
}
export interface RetentionAnswer {
  cohorts: {
    start: number
    size: number
    /** Who returned, by column. Null where the column lies in the future altogether. */
    returned: (number | null)[]
    /** How many of the columns, from the left, are over: the others may still grow. */
    complete: number
  }[]
  /** Returned / size over those cohorts whose column is over, weighed by size; null where none is. */
  average: (number | null)[]
  meta: AnswerMeta
}

/**
 * What people do next, or did before. A path starts at each person's first event that fits `anchor` in each session (the
 * session's first event without one), and goes `steps` (1 to 10) on from there, or back. Each step is told by `by`; the same
 * step twice in a row counts as one. Of each place the `top` (default 5, at most 20) are named, the others are the rest.
 */
export interface PathsQuery extends Analysis {
  type: 'paths'
  anchor?: EventFilter
  direction?: 'forward' | 'backward'
  /** `event`: as the field tells it, pages with their path. `path`: page and screen views alone. Default `event`. */
  by?: 'event' | 'path'
  steps: number
  top?: number
}
export interface PathsAnswer {
  /** Paths in all. */
  paths: number
  nodes: { step: number; name: string | null; paths: number }[]
  /** From a node of a step to one of the next. `name` null is the rest. What does not go on ends there. */
  links: { step: number; from: string | null; to: string | null; paths: number }[]
  meta: AnswerMeta
}

/** Which fields and values there are, for whoever builds a question. The newest 20,000 events of the range are looked at. */
export interface PropertiesQuery extends Analysis {
  type: 'properties'
  event?: string
  /** Only this field, with up to 100 of its values. */
  field?: Field
  /** Only values that contain it, in any case. */
  search?: string
}
export interface PropertiesAnswer {
  fields: {
    field: Field
    events: number
    kind: 'text' | 'number' | 'yes_no' | 'mixed'
    /** Most frequent first, at most 10, or 100 of the one asked for. */
    values: { value: string; events: number }[]
  }[]
  /** Event names, most frequent first, at most 1,000. `lastSeen` is the time of the newest one. */
  events: { event: string; events: number; lastSeen: number }[]
  meta: AnswerMeta
}

export const countTests = ['at_least', 'at_most', 'exactly'] as const
/** How often somebody did one of these in the range. None is no time, so `at_most` and `exactly` 0 mean never. */
export interface EventCount extends EventFilter {
  times: (typeof countTests)[number]
  /** A whole number from 0 to 1,000,000. */
  count: number
}

/** People who did, or are, something: by last activity, latest first. Whoever has no event in the range that meets `where` is not among them. */
export interface SegmentQuery extends Analysis {
  type: 'segment'
  /** Did at least one of these. */
  did?: EventFilter
  /** And none of these. */
  didNot?: EventFilter
  /** And each of these so many times. At most 10. */
  counts?: readonly EventCount[]
  limit?: number
  cursor?: string
}

export type AnalysisQuery =
  | TrendQuery
  | FunnelQuery
  | FunnelPeopleQuery
  | RetentionQuery
  | PathsQuery
  | PropertiesQuery
  | SegmentQuery
