import type { DatabaseSync } from 'node:sqlite'
import type { JourneyItem, JourneyQuery, Page, Session, SessionsQuery, StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { showSession } from '../figures.ts'
import { sessionIdOf } from '../identity.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import { compareStamps, ownerAt, type PersonSource } from '../person.ts'
import type { SessionState, Stamp, VisitorState } from '../port.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { readGroups } from './groups.ts'
import type { PeopleReader } from './read-people.ts'
import type { Profiles } from './profiles.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  profiles: Profiles
  people: PeopleReader
}

/** A stretch of one entity's timeline that belongs to the person; times inclusive, ends checked again by stamp. */
interface Stretch {
  entity: number
  from: number
  to: number
  state?: VisitorState
}

interface Place {
  entity: number
  time: number
  block: number
  place: number
}

interface SessionRow {
  entity: number
  start: number
  state: string
}

const noTime = Number.MAX_SAFE_INTEGER
const maxSessionMs = 24 * 3_600_000

export interface JourneyReader {
  journey(query: JourneyQuery): Page<JourneyItem>
  sessions(query: SessionsQuery): Page<Session>
}

export function createJourneyReader({ db, blocks, entities, profiles, people }: Parts): JourneyReader {
  const where = 'SELECT entity, time, block, place FROM timeline WHERE entity = ? AND'
  const selectUp = db.prepare(`${where} time > ? AND time <= ? ORDER BY time LIMIT ?`)
  const selectDown = db.prepare(`${where} time < ? AND time >= ? ORDER BY time DESC LIMIT ?`)
  const selectAt = db.prepare(`${where} time = ?`)
  const selectSessionsIn = db.prepare('SELECT state FROM sessions WHERE entity = ? AND start BETWEEN ? AND ? AND finish >= ?')
  const sessionColumns = 'SELECT entity, start, state FROM sessions'
  const selectOwnBack = db.prepare(`${sessionColumns} WHERE entity = ? AND start < ? AND start >= ? ORDER BY start DESC LIMIT ?`)
  const selectOwnAt = db.prepare(`${sessionColumns} WHERE entity = ? AND start = ?`)
  const selectAllBack = db.prepare(`${sessionColumns} WHERE project = ? AND start < ? AND start >= ? ORDER BY start DESC LIMIT ?`)
  const selectAllAt = db.prepare(`${sessionColumns} WHERE project = ? AND start = ?`)
  const selectVisitor = db.prepare('SELECT name, state FROM entities WHERE id = ?')

  const stretchesOf = (source: PersonSource): Stretch[] => {
    const names = new Set(source.users.map(({ id }) => id))
    const stretches: Stretch[] = source.users.flatMap(({ id }) => {
      const entity = entities.find(source.project, 'user', id)
      return entity === undefined ? [] : [{ entity, from: -noTime, to: noTime }]
    })
    for (const { id, state } of source.visitors) {
      const entity = entities.find(source.project, 'visitor', id)
      if (entity === undefined) continue
      state.runs.forEach(({ from, user }, index) => {
        const mine = source.root === undefined ? user === null : user !== null && names.has(user)
        if (mine) stretches.push({ entity, from: index === 0 ? -noTime : from[0], to: state.runs[index + 1]?.from[0] ?? noTime, state })
      })
    }
    return stretches
  }

  /** Places of at least `count` events of a stretch from `start` on, in complete milliseconds. */
  const readStretch = (stretch: Stretch, start: number | undefined, count: number, down: boolean): Place[] => {
    const beyond = start !== undefined && (down ? start > stretch.to : start < stretch.from)
    return readGroups<Place>(
      {
        after: (key, limit) => {
          const edge = key ?? (down ? stretch.to + 1 : stretch.from - 1)
          const rows = down ? selectDown.all(stretch.entity, Math.min(edge, stretch.to + 1), stretch.from, limit) : selectUp.all(stretch.entity, Math.max(edge, stretch.from - 1), stretch.to, limit)
          return rows as unknown as Place[]
        },
        at: (key) => (beyond || key < stretch.from || key > stretch.to ? [] : (selectAt.all(stretch.entity, key) as unknown as Place[])),
        keyOf: (row) => row.time,
      },
      start,
      count,
    )
  }

  const sessionIds = (events: readonly StoredEvent[], project: string): Map<StoredEvent, string> => {
    const ids = new Map<StoredEvent, string>()
    const byVisitor = Map.groupBy(events.filter((event) => event.anonymousId !== undefined && !isEdgeEvent(event)), (event) => event.anonymousId as string)
    for (const [anonymousId, own] of byVisitor) {
      const times = own.map((event) => event.timestamp)
      const first = times.reduce((a, b) => Math.min(a, b))
      const last = times.reduce((a, b) => Math.max(a, b))
      const rows = selectSessionsIn.all(entities.find(project, 'visitor', anonymousId) ?? 0, first - maxSessionMs, last, first)
      const sessions = rows.map((row) => JSON.parse(row.state as string) as SessionState)
      for (const event of own) {
        const at: Stamp = [event.timestamp, event.messageId]
        const session = sessions.find((one) => compareStamps(one.first, at) <= 0 && compareStamps(at, one.last) <= 0)
        if (session) ids.set(event, sessionIdOf(project, anonymousId, session.first))
      }
    }
    return ids
  }

  const journey = (query: JourneyQuery): Page<JourneyItem> => {
    const limit = limitOf(query.limit)
    const down = query.order === 'desc'
    const after = query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
    const entity = people.current(query.project, query.profileId)
    const source = entity === undefined ? undefined : profiles.source(entity)
    if (!source) return { items: [], nextCursor: null }
    const sign = down ? -1 : 1
    const stretches = stretchesOf(source)
    const owners = new Map(stretches.flatMap((stretch) => (stretch.state ? [[stretch.entity, stretch.state] as const] : [])))
    const names = new Set(source.users.map(({ id }) => id))
    const isMine = (place: Place | undefined, event: StoredEvent): boolean => {
      const state = owners.get(place?.entity ?? 0)
      const user = state ? ownerAt(state.runs, [event.timestamp, event.messageId]) : null
      return !state || (source.root === undefined ? user === null : user !== null && names.has(user))
    }
    let events: StoredEvent[] = []
    // Where two users' stretches meet some of what was read is the other's: read more until the page is full.
    for (let want = limit; events.length <= limit; want *= 4) {
      const places = stretches.flatMap((stretch) => readStretch(stretch, after?.[0], want + 1, down)).sort((a, b) => sign * (a.time - b.time))
      // The cursor's own millisecond may have been shown in part; the last one is read whole.
      const head = after ? places.filter(({ time }) => time === after[0]).length : 0
      const edge = places[head + want]?.time
      const wanted = unique(edge === undefined ? places : places.filter(({ time }) => sign * (time - edge) <= 0))
      events = blocks
        .readPlaces(wanted)
        .filter((event, index) => isMine(wanted[index], event))
        .sort((a, b) => sign * compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
        .filter((event) => !after || sign * compareStamps([event.timestamp, event.messageId], after) > 0)
      if (edge === undefined) break
    }
    const shown = events.slice(0, limit)
    const last = shown.at(-1)
    const ids = sessionIds(shown, query.project)
    return {
      items: shown.map((event) => ({ ...event, sessionId: ids.get(event) ?? null })),
      nextCursor: last && events.length > limit ? encodeCursor([last.timestamp, last.messageId]) : null,
    }
  }

  const show = ({ entity, state }: SessionRow): Session & { first: Stamp } => {
    const session = JSON.parse(state) as SessionState
    const visitor = selectVisitor.get(entity) as { name: string; state: string }
    const { runs } = JSON.parse(visitor.state) as VisitorState
    const userId = session.user ?? (runs.length === 1 ? (runs[0]?.user ?? null) : null)
    const sessionId = sessionIdOf(projectOf(entity), visitor.name, session.first)
    return { ...showSession(session, { sessionId, anonymousId: visitor.name, userId }), first: session.first }
  }
  const selectProject = db.prepare('SELECT project FROM entities WHERE id = ?')
  const projectOf = (entity: number): string => selectProject.get(entity)?.project as string

  const sessions = (query: SessionsQuery): Page<Session> => {
    const limit = limitOf(query.limit)
    const after = query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
    const from = query.from ?? -noTime
    const to = query.to ?? noTime
    const read = (back: typeof selectOwnBack, at: typeof selectOwnAt, whose: number | string, count = limit + 1): SessionRow[] =>
      readGroups<SessionRow>(
        {
          after: (key, count) => back.all(whose, Math.min(key ?? to, to), from, count) as unknown as SessionRow[],
          at: (key) => (key >= from && key < to ? (at.all(whose, key) as unknown as SessionRow[]) : []),
          keyOf: (row) => row.start,
        },
        after?.[0],
        count,
      )
    let rows: SessionRow[]
    let isMine: (session: Session) => boolean = () => true
    if (query.profileId === undefined) rows = read(selectAllBack, selectAllAt, query.project)
    else {
      const entity = people.current(query.project, query.profileId)
      const source = entity === undefined ? undefined : profiles.source(entity)
      const names = new Set(source?.users.map(({ id }) => id))
      isMine = ({ userId }) => (source?.root === undefined ? userId === undefined : userId !== undefined && names.has(userId))
      // Of a visitor with several users only some sessions are this person's, so all are read.
      rows = (source?.visitors ?? []).flatMap(({ id, state }) =>
        read(selectOwnBack, selectOwnAt, entities.find(query.project, 'visitor', id) ?? 0, state.runs.length > 1 ? noTime : limit + 1),
      )
    }
    const found = rows
      .map(show)
      .filter(isMine)
      .sort((a, b) => b.start - a.start || (a.sessionId < b.sessionId ? -1 : 1))
      .filter((session) => !after || session.start < after[0] || (session.start === after[0] && session.sessionId > after[1]))
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: shown.map(({ first: _first, ...session }) => session),
      nextCursor: last && found.length > limit ? encodeCursor([last.start, last.sessionId]) : null,
    }
  }
  return { journey, sessions }
}

/** Two stretches of a visitor that meet within one millisecond both hold it. */
const unique = (places: readonly Place[]): Place[] => [...new Map(places.map((place) => [`${place.block}:${place.place}`, place])).values()]
