import {
  type ClocksAnswer,
  clockClasses,
  type JsonObject,
  maxCountedHours,
  type OverviewDimension,
  overviewDimensions,
} from '@trailstitch/protocol'
import { type Static, type TSchema, Type } from 'typebox'

// What the API answers, as schemas: they serialise the answers and document them. Fields without Optional are always there.

const text = Type.String()
const optionalText = Type.Optional(text)
const textOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })
const count = Type.Integer()
const time = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' })
const timeOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' })
const json = Type.Unsafe<JsonObject>({ type: 'object', additionalProperties: true })

export const page = <T extends TSchema>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: { ...textOrNull, description: 'Null on the last page.' } })

/** Any of the answers to `POST /query`, each with its own fields. */
export const answerShape = Type.Object({}, { additionalProperties: true })

export const errorShape = Type.Object({ code: text, message: text })

export const touch = Type.Object({
  channel: text,
  source: optionalText,
  medium: optionalText,
  campaign: optionalText,
  term: optionalText,
  content: optionalText,
  referrer: optionalText,
  clickId: optionalText,
})

const deviceFields = {
  type: optionalText,
  browser: optionalText,
  browserVersion: optionalText,
  os: optionalText,
  osVersion: optionalText,
}
export const device = Type.Object(deviceFields)

const eventFields = {
  project: text,
  messageId: text,
  type: text,
  name: text,
  timestamp: time,
  receivedAt: time,
  originalTimestamp: Type.Optional(time),
  sentAt: Type.Optional(time),
  clamped: optionalText,
  anonymousId: textOrNull,
  userId: textOrNull,
  previousId: optionalText,
  groupId: optionalText,
  idProblem: optionalText,
  properties: json,
  traits: Type.Optional(json),
  context: Type.Optional(json),
  integrations: Type.Optional(json),
  path: optionalText,
  host: optionalText,
  title: optionalText,
  country: optionalText,
  ip: optionalText,
  device: Type.Optional(device),
  touch: Type.Optional(touch),
  bot: optionalText,
}
export const event = Type.Object(eventFields)
export const journeyItem = Type.Object({ ...eventFields, sessionId: textOrNull })

export const session = Type.Object({
  sessionId: text,
  anonymousId: text,
  userId: textOrNull,
  start: time,
  end: time,
  durationMs: count,
  events: count,
  pages: count,
  tracks: count,
  entry: textOrNull,
  exit: textOrNull,
  channel: text,
  touch: Type.Optional(touch),
  device: Type.Unsafe<Static<typeof device> | null>({ type: ['object', 'null'], properties: deviceFields }),
  country: textOrNull,
  bot: Type.Boolean(),
})

const personFields = {
  profileId: text,
  userIds: Type.Array(text),
  anonymousIds: Type.Array(text),
  traits: json,
  firstSeen: time,
  lastSeen: time,
  capped: optionalText,
}
export const person = Type.Object(personFields)
export const personDetail = Type.Object({
  ...personFields,
  links: Type.Array(
    Type.Object({
      kind: text,
      from: text,
      userId: text,
      timestamp: time,
      messageId: text,
      undone: Type.Boolean(),
    }),
  ),
  firstTouch: Type.Optional(touch),
  lastTouch: Type.Optional(touch),
})

export const traitHistory = Type.Object({
  items: Type.Array(
    Type.Object({
      name: text,
      values: Type.Array(
        Type.Object({
          value: Type.Unknown({ description: 'As it was sent.' }),
          at: time,
          messageId: text,
        }),
        { description: 'Newest first, by event time; a value that was said again counts from the first time on.' },
      ),
    }),
    { description: 'By name.' },
  ),
  complete: Type.Boolean({ description: 'False: there is more than could be looked at, or told.' }),
})

const ofVisits = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description: 'Null where the project has rules: then events are counted, which tell nothing of whole visits.',
})
const figures = { events: count, pages: count, sessions: count, people: count, bounces: ofVisits, durationMs: ofVisits }
const breakdown = Type.Object({
  rows: Type.Array(
    Type.Object({
      value: text,
      events: count,
      pages: count,
      sessions: Type.Optional(count),
      people: Type.Optional(count),
    }),
  ),
  other: Type.Object({ values: count, events: count }),
})
export const overview = Type.Object({
  project: text,
  from: time,
  to: time,
  totals: Type.Object({
    ...figures,
    bounceRate: Type.Unsafe<number | null>({
      type: ['number', 'null'],
      description: 'bounces / sessions; null without them',
    }),
    averageDurationMs: Type.Unsafe<number | null>({
      type: ['number', 'null'],
      description: 'durationMs / sessions, bounces counting as 0; null without them',
    }),
  }),
  hours: Type.Array(
    Type.Object({
      hour: time,
      ...figures,
      people: Type.Unsafe<number | null>({
        type: ['integer', 'null'],
        description: `null in a range of more than ${maxCountedHours} hours`,
      }),
    }),
    { description: 'Those that had something, ascending.' },
  ),
  by: Type.Object(
    Object.fromEntries(overviewDimensions.map((name) => [name, breakdown])) as Record<
      OverviewDimension,
      typeof breakdown
    >,
  ),
  botEvents: count,
  meta: Type.Object({ computedAt: time, exact: Type.Boolean(), rowsScanned: count, timeZone: text }),
})

export const live = Type.Object({ items: Type.Array(event), cursor: text })

const bookFields = {
  received: count,
  stored: count,
  duplicate: count,
  rejected: count,
  dead: count,
  inFlight: count,
  balanced: Type.Boolean(),
}
export const ledger = Type.Object({
  project: textOrNull,
  from: timeOrNull,
  to: timeOrNull,
  ...bookFields,
  holes: Type.Array(Type.Object({ collector: text, fromSeq: count, toSeq: count, since: time })),
  deadUndecodable: Type.Integer({ description: 'Dead messages that nobody can read; their events are not counted.' }),
  pendingUndecodable: count,
  complete: Type.Boolean({
    description:
      'False: the queue was too long to be read whole, or cannot be looked into, so dead and inFlight may be too low.',
  }),
  queue: Type.Object({
    waiting: count,
    leased: count,
    dead: count,
    oldestAgeMs: Type.Union([Type.Number(), Type.Null()]),
  }),
  computedAt: time,
  minutes: Type.Optional(Type.Array(Type.Object({ project: text, minute: time, ...bookFields }))),
})

const clockCounts = Type.Unsafe<ClocksAnswer['days'][number]['clocks']>(
  Type.Object(Object.fromEntries([...clockClasses, 'unknown'].map((name) => [name, count])), {
    description: 'At most so far ahead or behind, and more than the class before; unknown: it did not tell.',
  }),
)
export const clocks = Type.Object({
  project: text,
  from: time,
  to: time,
  timeZone: text,
  days: Type.Array(
    Type.Object({ start: time, events: Type.Integer({ description: 'Events stored.' }), clocks: clockCounts }),
  ),
  computedAt: time,
})

export const rejected = Type.Object({
  id: text,
  project: text,
  code: text,
  message: text,
  receivedAt: time,
  body: Type.String({ description: 'The event as it came, JSON text.' }),
  replayedAt: timeOrNull,
})

/** What a project's reports begin with and leave out. */
export const reportFields = {
  timeZone: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Zone that reports begin with.' }),
  excludes: Type.Array(text, { description: 'Names of the rules whose events count in no report.' }),
  isDemo: Type.Boolean({ description: 'Its events were made up, to look around with.' }),
}
export const eventTrace = Type.Object({
  messageId: text,
  state: Type.Enum(['stored', 'waiting', 'dead', 'rejected', 'taken', 'unknown'], {
    description:
      'waiting: in the queue or the overflow; dead: a dead letter; rejected: set aside; taken: what was stored was let go, or where it lies is not known; unknown: it never came, or before rememberedSince',
  }),
  event: Type.Unsafe<Static<typeof event> | null>({ type: ['object', 'null'], properties: eventFields }),
  sessionId: textOrNull,
  profileId: textOrNull,
  takenOn: { ...timeOrNull, description: 'Beginning of the day (UTC) on which its messageId was taken' },
  rememberedSince: { ...timeOrNull, description: 'The first day (UTC) whose messageIds are remembered' },
  rejected: Type.Array(rejected),
  trail: Type.Array(
    Type.Object({
      what: Type.Enum(['happened', 'received', 'set_aside', 'replayed', 'waiting', 'dead']),
      at: time,
    }),
  ),
  complete: Type.Boolean({ description: 'False: queue or overflow could not be looked through whole.' }),
})
export const replayed = Type.Object({
  sent: Type.Boolean({ description: 'It is durable, and will be processed.' }),
  replayedAt: { ...timeOrNull, description: 'When it was sent again last' },
  problem: {
    ...Type.Unsafe<{ code: string; message: string } | null>({
      type: ['object', 'null'],
      properties: { code: text, message: text },
    }),
    description: 'Why it would be refused again',
  },
})
export const replayedPage = Type.Object({
  sent: count,
  skipped: Type.Integer({ description: 'Sent again before, or no event that can be read.' }),
  refused: Type.Integer({ description: 'Would be refused again; they stay where they are.' }),
  nextCursor: { ...textOrNull, description: 'Null once all were looked at.' },
})

export const project = Type.Object({
  ...reportFields,
  id: text,
  name: text,
  writeKeys: Type.Array(Type.String({ description: 'The first characters only.' })),
})
export const writeKeys = Type.Object({ writeKeys: Type.Array(text) })
