import type { AnalysisQuery, JsonObject, StoredEvent } from '@trailstitch/protocol'
import { answerFigures, answerPeople, answerProperties, requestOf } from '../analysis/answer.ts'
import { createScan, type Row, type ScanRequest } from '../analysis/scan.ts'
import { sessionView } from '../analysis/session-view.ts'
import { isEdgeEvent } from '../edges.ts'
import { sessionIdOf } from '../identity.ts'
import { compareStamps, ownerAt } from '../person.ts'
import type { Part, SessionState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import type { Events } from './events.ts'
import { entityId, entityOf } from './keys.ts'
import type { PeopleReader } from './read-people.ts'
import type { EntityDoc, ProfileDoc, Tables, TimelineDoc } from './tables.ts'
import { stateOf } from './visitors.ts'
import { findByIds } from './writing.ts'

interface Parts {
  tables: Tables
  events: Events
  people: PeopleReader
  now(): number
}

/** Events whose bodies, and the ids, sessions and people around them, are read at once. */
const pageEvents = 2_000

type Range = Pick<ScanRequest, 'project' | 'from' | 'to' | 'sessions' | 'traits'>

/** Answers what looks at events one by one. */
export function createAnalysisReader(parts: Parts): (query: AnalysisQuery) => Promise<unknown> {
  const { people, now } = parts
  return async (query) => {
    if (query.type === 'properties') {
      const rows: Row[] = []
      for await (const row of rowsOf(parts, { ...query, sessions: true, traits: true })) rows.push(row)
      return answerProperties(query, rows, now())
    }
    const request = requestOf(query)
    const scan = createScan(request)
    for await (const row of rowsOf(parts, request)) scan.add(row)
    if (query.type === 'funnel_people' || query.type === 'segment') {
      const { profileIds, meta } = answerPeople(query, scan.finish(), now())
      return { ...(await people.among(query, profileIds)), meta }
    }
    return answerFigures(query, scan.finish(), now())
  }
}

async function* rowsOf({ tables, events }: Parts, range: Range): AsyncGenerator<Row> {
  const { project: p, from, to } = range
  const around = createAround(tables, range)
  const cursor = tables.timeline.find({ p, t: { $gte: from, $lt: to } }).batchSize(pageEvents)
  for await (const page of pagesOf(cursor)) {
    const bodies = await events.read(page.map(({ _id, t }) => ({ key: _id, project: p, timestamp: t })))
    const found = page.flatMap(({ _id }) => bodies.get(_id) ?? [])
    yield* await around(found)
  }
}

/** Those that are folded, some at a time. */
async function* pagesOf(cursor: AsyncIterable<TimelineDoc>): AsyncGenerator<TimelineDoc[]> {
  let page: TimelineDoc[] = []
  for await (const doc of cursor) {
    if (doc.o === undefined) continue
    page.push(doc)
    if (page.length < pageEvents) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** Finds who is behind events, and what they lie in. Each visitor, user and person is read once. */
function createAround(tables: Tables, { project, from, to, sessions, traits }: Range) {
  const entities = createMemo(async (ids: string[]) => {
    const docs = (await findByIds(tables.entities as never, ids)) as unknown as EntityDoc[]
    return docs.map((doc): [string, EntityDoc] => [doc._id, doc])
  })
  const sessionsOf = createMemo(async (ids: string[]) => {
    const filter = { p: project, e: { $in: ids }, start: { $lt: to }, finish: { $gte: from } }
    const docs = (await tables.sessions.find(filter).toArray()).map(({ e, state }) => ({
      e,
      state: unpackSession(state),
    }))
    return [...Map.groupBy(docs, ({ e }) => e)].map(([e, own]): [string, SessionState[]] => [
      e,
      own.map(({ state }) => state),
    ])
  })
  const traitsOf = createMemo(async (ids: string[]) => {
    const docs = (await findByIds(tables.profiles as never, ids)) as unknown as ProfileDoc[]
    return docs.map((doc): [string, JsonObject] => [doc._id, valuesOf(doc)])
  })
  const rootOf = (user: string): string => entities.get(user)?.root ?? user
  const personOf = (event: StoredEvent): string | undefined => {
    const id = entityOf(event) ?? undefined
    const entity = id === undefined ? undefined : entities.get(id)
    if (id === undefined || !entity || event.anonymousId === undefined) return id && rootOf(id)
    if ((entity.runs ?? 0) <= 1) return entity.owner === undefined ? id : rootOf(entity.owner)
    const user = ownerAt(stateOf(entity)?.runs ?? [], [event.timestamp, event.messageId])
    return user === null ? id : rootOf(entityId(project, 'user', user))
  }
  const sessionOf = (event: StoredEvent): Row['session'] => {
    const id = event.anonymousId === undefined || isEdgeEvent(event) ? null : entityOf(event)
    const at = [event.timestamp, event.messageId] as const
    const state = sessionsOf
      .get(id ?? '')
      ?.find(({ first, last }) => compareStamps(first, at) <= 0 && compareStamps(at, last) <= 0)
    return state && { id: sessionIdOf(project, event.anonymousId ?? '', state.first), ...sessionView(state) }
  }
  return async (events: readonly StoredEvent[]): Promise<Row[]> => {
    const ids = events.flatMap((event) => entityOf(event) ?? [])
    await entities.load(ids)
    await entities.load(ids.flatMap((id) => entities.get(id)?.owners ?? []))
    if (sessions) await sessionsOf.load(ids)
    const people = events.map(personOf)
    if (traits) await traitsOf.load(people.flatMap((person) => person ?? []))
    return events.map((event, index) => {
      const person = people[index]
      return {
        event,
        profileId: person && `p_${person}`,
        session: sessions ? sessionOf(event) : undefined,
        traits: person === undefined ? undefined : traitsOf.get(person),
      }
    })
  }
}

function valuesOf({ traits }: ProfileDoc): JsonObject {
  const known = traits === undefined ? {} : (JSON.parse(traits) as Part['traits'])
  return Object.fromEntries(Object.entries(known).map(([name, { value }]) => [name, value]))
}

/** What was read, by id; each id is asked for once. */
function createMemo<T>(read: (ids: string[]) => Promise<[string, T][]>) {
  const asked = new Set<string>()
  const known = new Map<string, T>()
  return {
    get: (id: string): T | undefined => known.get(id),
    async load(ids: Iterable<string>): Promise<void> {
      const missing = [...new Set(ids)].filter((id) => !asked.has(id))
      for (const id of missing) asked.add(id)
      if (missing.length > 0) for (const [id, value] of await read(missing)) known.set(id, value)
    },
  }
}
