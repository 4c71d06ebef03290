import type { JourneyItem, JourneyQuery, Page, StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { sessionIdOf } from '../identity.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import { compareStamps, isPerson, type PersonSource, runAt } from '../person.ts'
import type { Run, Stamp } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { isSourceOf } from '../session-owner.ts'
import type { Events } from './events.ts'
import type { PersonFinder } from './find-person.ts'
import { entityId } from './keys.ts'
import { orderKey } from './order-key.ts'
import type { Tables, TimelineDoc } from './tables.ts'

const maxSessionMs = 24 * 3_600_000
/** Places read at once of one visitor. */
const maxPage = 1_000
const stampOf = (event: StoredEvent): Stamp => [event.timestamp, event.messageId]

interface Wanted {
  after: Stamp | undefined
  down: boolean
  count: number
}

/** A page of a person's events: the index gives their places, and only the bodies of the page are read. */
export function createJourneyReader(
  tables: Tables,
  events: Events,
  finder: PersonFinder,
): (query: JourneyQuery) => Promise<Page<JourneyItem>> {
  return async ({ project, profileId, limit: asked, cursor, order }) => {
    const limit = limitOf(asked)
    const after = cursor === undefined ? undefined : decodeCursor<[number, string]>(cursor, ['number', 'string'])
    const down = order === 'desc'
    const id = await finder.current(project, profileId)
    const source = id === undefined ? undefined : (await finder.sources(project, [id])).get(id)
    if (!source || !isPerson(source)) return { items: [], nextCursor: null }
    const places = await readPlaces(tables, source, { after, down, count: limit + 1 })
    const shown = places.slice(0, limit)
    const bodies = await events.read(shown.map(({ _id, t }) => ({ key: _id, project, timestamp: t })))
    const found = shown.flatMap(({ _id }) => bodies.get(_id) ?? [])
    const last = found.at(-1)
    const ids = await readSessionIds(tables, found, project)
    return {
      items: found.map((event) => ({ ...event, sessionId: ids.get(event) ?? null })),
      nextCursor: last && places.length > limit ? encodeCursor([last.timestamp, last.messageId]) : null,
    }
  }
}

/** The first `count` places of a person after the stamp, over all ids, in order. */
async function readPlaces(tables: Tables, source: PersonSource, wanted: Wanted): Promise<TimelineDoc[]> {
  const { project } = source
  const ofUsers = source.users.map(({ id }) =>
    readMine(tables, { p: project, e: entityId(project, 'user', id) }, wanted, () => true),
  )
  const ofVisitors = source.visitors.map(({ id, state }) => {
    const isMine = createOwnership(source, state.runs)
    return readMine(tables, { p: project, e: entityId(project, 'visitor', id) }, wanted, isMine)
  })
  const places = (await Promise.all([...ofUsers, ...ofVisitors])).flat()
  const sign = wanted.down ? -1 : 1
  places.sort((a, b) => sign * compareKeys(a, b))
  return places.slice(0, wanted.count)
}

const compareKeys = (a: TimelineDoc, b: TimelineDoc): number => compareStamps([a.t, a.m], [b.t, b.m])

/** Whether a place of a visitor falls into a run of the person. Compared as keys: the place has no messageId as it is. */
function createOwnership(source: PersonSource, runs: readonly Run[]): (place: TimelineDoc) => boolean {
  const keyed = runs.map(({ from, user }) => ({ from: [from[0], orderKey(from[1])] as const, user }))
  return ({ t, m }) => {
    const run = runAt(keyed, [t, m])
    return isSourceOf(source, run?.user ?? null)
  }
}

/** Places of one entity after the stamp that are `isMine`, up to the count. Those not folded yet are left out. */
async function readMine(
  { timeline }: Tables,
  entity: { p: string; e: string },
  { after, down, count }: Wanted,
  isMine: (place: TimelineDoc) => boolean,
): Promise<TimelineDoc[]> {
  const beyond = down ? '$lt' : '$gt'
  const key = after && orderKey(after[1])
  const filter = {
    ...entity,
    ...(after && { $or: [{ t: { [beyond]: after[0] } }, { t: after[0], m: { [beyond]: key } }] }),
  }
  const direction = down ? -1 : 1
  const found: TimelineDoc[] = []
  const places = timeline.find(filter).sort({ t: direction, m: direction }).batchSize(Math.min(count, maxPage))
  for await (const place of places) {
    if (place.o === undefined || !isMine(place)) continue
    found.push(place)
    if (found.length === count) break
  }
  return found
}

/** The session each event lies in; events that only speak of identities lie in none. */
export async function readSessionIds(
  { sessions }: Tables,
  events: readonly StoredEvent[],
  project: string,
): Promise<Map<StoredEvent, string>> {
  const ids = new Map<StoredEvent, string>()
  const inSessions = events.filter((event) => event.anonymousId !== undefined && !isEdgeEvent(event))
  for (const [anonymousId, own] of Map.groupBy(inSessions, (event) => event.anonymousId as string)) {
    const times = own.map((event) => event.timestamp)
    const first = times.reduce((a, b) => Math.min(a, b))
    const last = times.reduce((a, b) => Math.max(a, b))
    const docs = sessions.find({
      p: project,
      e: entityId(project, 'visitor', anonymousId),
      start: { $gte: first - maxSessionMs, $lte: last },
      finish: { $gte: first },
    })
    const found = (await docs.toArray()).map(({ state }) => unpackSession(state))
    for (const event of own) {
      const at = stampOf(event)
      const session = found.find((one) => compareStamps(one.first, at) <= 0 && compareStamps(at, one.last) <= 0)
      if (session) ids.set(event, sessionIdOf(project, anonymousId, session.first))
    }
  }
  return ids
}
