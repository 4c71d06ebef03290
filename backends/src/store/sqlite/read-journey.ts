import type { DatabaseSync } from 'node:sqlite'
import type { JourneyItem, JourneyQuery, Page, StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { sessionIdOf } from '../identity.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import { compareStamps, isPerson, ownerAt, type PersonSource } from '../person.ts'
import type { Stamp } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { isSourceOf } from '../session-owner.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import type { PersonFinder } from './find-person.ts'
import type { Profiles } from './profiles.ts'
import { createStretchReader, type StretchReader, stretchesOf, type TimelinePlace } from './timelines.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  profiles: Profiles
  finder: PersonFinder
}

interface Wanted {
  source: PersonSource
  after: Stamp | undefined
  down: boolean
  limit: number
}

const maxSessionMs = 24 * 3_600_000
const stampOf = (event: StoredEvent): Stamp => [event.timestamp, event.messageId]

/** A page of a person's events: the index gives their places, and only the blocks of the page are opened. */
export function createJourneyReader({
  db,
  blocks,
  entities,
  profiles,
  finder,
}: Parts): (query: JourneyQuery) => Page<JourneyItem> {
  const readStretch = createStretchReader(db)
  const readSessionIds = createSessionIdReader(db, entities)
  return (query) => {
    const limit = limitOf(query.limit)
    const after =
      query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
    const entity = finder.current(query.project, query.profileId)
    const source = entity === undefined ? undefined : profiles.source(entity)
    if (!source || !isPerson(source)) return { items: [], nextCursor: null }
    const events = readEvents({ source, after, down: query.order === 'desc', limit }, { blocks, entities, readStretch })
    const shown = events.slice(0, limit)
    const last = shown.at(-1)
    const ids = readSessionIds(shown, query.project)
    return {
      items: shown.map((event) => ({ ...event, sessionId: ids.get(event) ?? null })),
      nextCursor: last && events.length > limit ? encodeCursor([last.timestamp, last.messageId]) : null,
    }
  }
}

/** More than `limit` events after the stamp, or all that are left. */
function readEvents(
  { source, after, down, limit }: Wanted,
  { blocks, entities, readStretch }: { blocks: Blocks; entities: Entities; readStretch: StretchReader },
): StoredEvent[] {
  const sign = down ? -1 : 1
  const stretches = stretchesOf(source, entities)
  const runs = new Map(stretches.flatMap(({ entity, state }) => (state ? [[entity, state.runs] as const] : [])))
  const isMine = (place: TimelinePlace | undefined, event: StoredEvent): boolean => {
    const own = runs.get(place?.entity ?? 0)
    return !own || isSourceOf(source, ownerAt(own, stampOf(event)))
  }
  // Where two users' stretches meet, some of what is read is the other's: read more until the page is full.
  for (let want = limit; ; want *= 4) {
    const places = stretches.flatMap((stretch) => readStretch(stretch, after?.[0], want + 1, down))
    places.sort((a, b) => sign * (a.time - b.time))
    // The cursor's own millisecond may have been shown in part; the last one is taken whole.
    const head = after ? places.filter(({ time }) => time === after[0]).length : 0
    const edge = places[head + want]?.time
    const taken = unique(edge === undefined ? places : places.filter(({ time }) => sign * (time - edge) <= 0))
    const events = blocks
      .readPlaces(taken)
      .filter((event, index) => isMine(taken[index], event))
      .sort((a, b) => sign * compareStamps(stampOf(a), stampOf(b)))
      .filter((event) => !after || sign * compareStamps(stampOf(event), after) > 0)
    if (edge === undefined || events.length > limit) return events
  }
}

/** Two stretches of a visitor that meet within one millisecond both hold it. */
const unique = (places: readonly TimelinePlace[]): TimelinePlace[] => [
  ...new Map(places.map((place) => [`${place.block}:${place.place}`, place])).values(),
]

/** The session each event lies in; events that only speak of identities lie in none. */
export function createSessionIdReader(
  db: DatabaseSync,
  entities: Entities,
): (events: readonly StoredEvent[], project: string) => Map<StoredEvent, string> {
  const select = db.prepare('SELECT state FROM sessions WHERE entity = ? AND start BETWEEN ? AND ? AND finish >= ?')
  return (events, project) => {
    const ids = new Map<StoredEvent, string>()
    const inSessions = events.filter((event) => event.anonymousId !== undefined && !isEdgeEvent(event))
    for (const [anonymousId, own] of Map.groupBy(inSessions, (event) => event.anonymousId as string)) {
      const times = own.map((event) => event.timestamp)
      const first = times.reduce((a, b) => Math.min(a, b))
      const last = times.reduce((a, b) => Math.max(a, b))
      const rows = select.all(entities.find(project, 'visitor', anonymousId) ?? 0, first - maxSessionMs, last, first)
      const sessions = rows.map((row) => unpackSession(row.state as string))
      for (const event of own) {
        const at = stampOf(event)
        const session = sessions.find((one) => compareStamps(one.first, at) <= 0 && compareStamps(at, one.last) <= 0)
        if (session) ids.set(event, sessionIdOf(project, anonymousId, session.first))
      }
    }
    return ids
  }
}
