import type {
  EventAnswer,
  EventQuery,
  JourneyItem,
  JourneyQuery,
  LedgerAnswer,
  LedgerQuery,
  Page,
  PeopleQuery,
  Person,
  Query,
  RejectedEvent,
  RejectedQuery,
  Session,
  SessionsQuery,
  StoredEvent,
} from '@trailstitch/protocol'
import { answerFigures, answerPeople, answerProperties, requestOf, type ScanQuery } from './analysis/answer.ts'
import { createScan, type Row, type Scan } from './analysis/scan.ts'
import { sessionView } from './analysis/session-view.ts'
import { clockDays } from './clocks.ts'
import { showSession } from './figures.ts'
import { digest, entityKey, parseProfileId, sessionIdOf } from './identity.ts'
import { overview } from './memory-overview.ts'
import type { World, WorldSession } from './memory-world.ts'
import { maxRejectedOfOne, messageIdIn } from './message-id.ts'
import { decodeCursor, encodeCursor, limitOf } from './paging.ts'
import type { RecordKinds } from './records.ts'

const dayMs = 86_400_000

export interface Books {
  /** Per collector: numbers taken in, with when. */
  chunks: Map<string, Map<number, number>>
  minutes: Map<string, RecordKinds['minute']>
  rejected: Map<string, RejectedEvent>
}

export function answerFrom(
  query: Query,
  world: World,
  events: readonly (StoredEvent | undefined)[],
  books: Books,
  claims: ReadonlyMap<string, number>,
  now: number,
): unknown {
  switch (query.type) {
    case 'overview':
      return overview(query, world, now)
    case 'live': {
      const [mark] = query.after === undefined ? [0] : decodeCursor<[number]>(query.after, ['number'])
      const mine = events.filter((event, index) => event?.project === query.project && index >= mark)
      return { items: mine.slice(-limitOf(query.limit)).reverse(), cursor: encodeCursor([events.length]) }
    }
    case 'people':
      return people(query, world)
    case 'person':
      return world.people.find(
        ({ project, detail }) => project === query.project && detail.profileId === currentProfile(query, world),
      )?.detail
    case 'journey':
      return journey(query, world)
    case 'sessions':
      return sessions(query, world)
    case 'ledger':
      return ledger(query, books)
    case 'clocks':
      return clockDays(query, minutesIn(query, books))
    case 'rejected':
      return rejected(query, books)
    case 'event':
      return oneEvent(query, world, events, books, claims)
    case 'processed':
      return query.chunks.filter(({ collector, seq }) => books.chunks.get(collector)?.has(seq))
    case 'mark':
      return [world.events, world.gone.events]
        .map((all) => all.filter(({ event }) => event.project === query.project).length)
        .join(' ')
    case 'trend':
    case 'funnel':
    case 'retention':
    case 'paths':
      return answerFigures(query, scanWorld(query, world), now)
    case 'funnel_people':
    case 'segment': {
      const { profileIds, meta } = answerPeople(query, scanWorld(query, world), now)
      const mine = world.people.filter(
        ({ project, detail }) => project === query.project && profileIds.has(detail.profileId),
      )
      return { ...listPeople(mine, query), total: mine.length, meta }
    }
    case 'properties':
      return answerProperties(query, rowsOf(world), now)
    case 'events': {
      const mine = events.flatMap((event, index) => (event?.project === query.project ? [{ event, index }] : []))
      const show = ({ event }: { event: StoredEvent }): StoredEvent => event
      return page(mine, query, ({ index }) => [index], ['number'], show)
    }
  }
}

function journey(query: JourneyQuery, world: World): Page<JourneyItem> {
  const profileId = currentProfile(query, world)
  const mine = world.events.filter(
    ({ event, profileId: owner }) => event.project === query.project && owner === profileId,
  )
  if (query.order === 'desc') mine.reverse()
  return page(
    mine,
    query,
    ({ event }) => [event.timestamp, event.messageId],
    ['number', 'string'],
    ({ event, session }) => ({ ...event, sessionId: session ? idOf(session) : null }),
  )
}

function rejected(query: RejectedQuery, books: Books): Page<RejectedEvent> {
  const mine = [...books.rejected.values()].filter(
    (row) => (query.project ?? row.project) === row.project && (query.id ?? row.id) === row.id,
  )
  mine.sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
  return page(
    mine,
    query,
    (row) => [row.receivedAt, row.id],
    ['number', 'string'],
    (row) => row,
  )
}

function oneEvent(
  { project, messageId }: EventQuery,
  world: World,
  events: readonly (StoredEvent | undefined)[],
  books: Books,
  claims: ReadonlyMap<string, number>,
): EventAnswer {
  const dayOf = (time: number): number => Math.floor(time / dayMs) * dayMs
  const claimed = claims.get(digest(project, messageId).toString('base64url'))
  const event =
    claimed === undefined
      ? undefined
      : events.findLast((one) => one?.project === project && one.messageId === messageId)
  const found = world.events.find((one) => one.event === event)
  const set = [...books.rejected.values()].filter(
    (row) => row.project === project && messageIdIn(row.body) === messageId,
  )
  set.sort((a, b) => b.receivedAt - a.receivedAt || (a.id < b.id ? 1 : -1))
  return {
    ...(event && {
      stored: {
        event,
        sessionId: found?.session ? idOf(found.session) : null,
        profileId: found?.profileId ?? null,
      },
    }),
    takenOn: claimed === undefined ? null : dayOf(claimed),
    rememberedSince: claims.size === 0 ? null : dayOf([...claims.values()].reduce((a, b) => Math.min(a, b))),
    rejected: set.slice(0, maxRejectedOfOne),
  }
}

const idOf = ({ project, anonymousId, state }: WorldSession): string => sessionIdOf(project, anonymousId, state.first)

/** The profile a profileId leads to today: that of a visitor or an aliased user leads on to the person they became. */
function currentProfile({ project, profileId }: { project: string; profileId: string }, world: World): string {
  if (world.people.some((person) => person.project === project && person.detail.profileId === profileId))
    return profileId
  const key = parseProfileId(profileId)
  if (!key) return profileId
  for (const visitor of world.visitors.values()) {
    if (visitor.project !== project || !entityKey(project, 'visitor', visitor.anonymousId).equals(key)) continue
    const owner = visitor.state.runs.at(-1)?.user
    return owner == null ? profileId : (ownerProfile(project, owner, world) ?? profileId)
  }
  const user = world.users.find((one) => one.project === project && entityKey(project, 'user', one.userId).equals(key))
  return (user && ownerProfile(project, user.root, world)) ?? profileId
}

/** The profile of the person a user belongs to. */
function ownerProfile(project: string, userId: string, world: World): string | undefined {
  const root = world.users.find((one) => one.project === project && one.userId === userId)?.root ?? userId
  return world.people.find((person) => person.project === project && person.detail.userIds.includes(root))?.detail
    .profileId
}

/** Items after the cursor, `limit` of them. */
function page<T, R>(
  sorted: readonly T[],
  query: { limit?: number; cursor?: string },
  keyOf: (item: T) => (string | number)[],
  shape: readonly ('string' | 'number')[],
  show: (item: T) => R,
): { items: R[]; nextCursor: string | null } {
  const after = query.cursor === undefined ? undefined : JSON.stringify(decodeCursor(query.cursor, shape))
  const start = after === undefined ? 0 : sorted.findIndex((item) => JSON.stringify(keyOf(item)) === after) + 1
  const limit = limitOf(query.limit)
  const items = sorted.slice(start, start + limit)
  const last = items.at(-1)
  return {
    items: items.map(show),
    nextCursor: last && start + limit < sorted.length ? encodeCursor(keyOf(last)) : null,
  }
}

function scanWorld(query: ScanQuery, world: World): Scan {
  const scan = createScan(requestOf(query))
  for (const row of rowsOf(world)) if (row.event.project === query.project) scan.add(row)
  return scan.finish()
}

function* rowsOf({ events, people }: World): Generator<Row> {
  const traits = new Map(people.map(({ detail }) => [detail.profileId, detail.traits]))
  for (const { event, profileId, session } of events) {
    const shown = session && { id: idOf(session), ...sessionView(session.state) }
    yield { event, profileId, session: shown, traits: profileId === undefined ? undefined : traits.get(profileId) }
  }
}

function people(query: PeopleQuery, world: World): Page<Person> {
  const search = query.search
  const mine = world.people.filter(({ project, detail, email }) => {
    if (project !== query.project) return false
    if (!search) return true
    return (
      detail.userIds.includes(search) ||
      detail.anonymousIds.includes(search) ||
      (email?.startsWith(search.toLowerCase()) ?? false)
    )
  })
  return listPeople(mine, query)
}

function listPeople(mine: World['people'], query: Pick<PeopleQuery, 'limit' | 'cursor'>): Page<Person> {
  mine.sort((a, b) => b.detail.lastSeen - a.detail.lastSeen || (a.detail.profileId < b.detail.profileId ? -1 : 1))
  return page(
    mine,
    query,
    ({ detail }) => [detail.lastSeen, detail.profileId],
    ['number', 'string'],
    ({ detail }) => {
      const { links: _links, firstTouch: _first, lastTouch: _last, ...person } = detail
      return person
    },
  )
}

function sessions(query: SessionsQuery, world: World): unknown {
  const profileId =
    query.profileId === undefined
      ? undefined
      : currentProfile({ project: query.project, profileId: query.profileId }, world)
  const mine = world.sessions.filter(
    ({ project, profileId: owner, state }) =>
      project === query.project &&
      (profileId ?? owner) === owner &&
      state.first[0] >= (query.from ?? Number.NEGATIVE_INFINITY) &&
      state.first[0] < (query.to ?? Number.POSITIVE_INFINITY),
  )
  mine.sort((a, b) => b.state.first[0] - a.state.first[0] || (idOf(a) < idOf(b) ? -1 : 1))
  return page(
    mine,
    query,
    (session) => [session.state.first[0], idOf(session)],
    ['number', 'string'],
    (session): Session =>
      showSession(session.state, {
        sessionId: idOf(session),
        anonymousId: session.anonymousId,
        userId: session.userId,
      }),
  )
}

type MinutesQuery = Pick<LedgerQuery, 'project' | 'from' | 'to'>

const minutesIn = (query: MinutesQuery, books: Books): RecordKinds['minute'][] =>
  [...books.minutes.values()]
    .filter(
      (row) =>
        (query.project ?? row.project) === row.project &&
        row.minute >= (query.from ?? 0) &&
        row.minute < (query.to ?? Number.POSITIVE_INFINITY),
    )
    .sort((a, b) => a.minute - b.minute || (a.project < b.project ? -1 : 1))

function ledger(query: MinutesQuery, books: Books): LedgerAnswer {
  const minutes = minutesIn(query, books).map(({ clocks: _clocks, ...row }) => row)
  const sums = { received: 0, stored: 0, duplicate: 0, rejected: 0 }
  for (const row of minutes) for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += row[name]
  const holes = [...books.chunks].flatMap(([collector, seen]) => {
    const numbers = [...seen.keys()].sort((a, b) => a - b)
    return numbers.flatMap((seq, index) => {
      const expected = (numbers[index - 1] ?? 0) + 1
      return seq > expected ? [{ collector, fromSeq: expected, toSeq: seq - 1, since: seen.get(seq) as number }] : []
    })
  })
  return { ...sums, minutes, holes }
}
