import type { DatabaseSync } from 'node:sqlite'
import type { Page, Session, SessionsQuery } from '@trailstitch/protocol'
import { showSession } from '../figures.ts'
import { sessionIdOf } from '../identity.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { PersonSource } from '../person.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { isSourceOf, ownerOfSession } from '../session-owner.ts'
import type { Entities } from './entities.ts'
import type { PersonFinder } from './find-person.ts'
import { readGroups } from './groups.ts'
import type { Profiles } from './profiles.ts'

interface Parts {
  db: DatabaseSync
  entities: Entities
  profiles: Profiles
  finder: PersonFinder
}

interface SessionRow {
  entity: number
  start: number
  state: string
}

type Range = { from: number; to: number; start: number | undefined; count: number }

const noTime = Number.MAX_SAFE_INTEGER

/** Sessions by start, latest first: of the project, or of one person. */
export function createSessionsReader({
  db,
  entities,
  profiles,
  finder,
}: Parts): (query: SessionsQuery) => Page<Session> {
  const ofProject = createRangeReader(db, 'project')
  const ofVisitor = createRangeReader(db, 'entity')
  const selectVisitor = db.prepare('SELECT project, name, state FROM entities WHERE id = ?')

  const show = ({ entity, state }: SessionRow): { session: Session; user: string | null } => {
    const visitor = selectVisitor.get(entity) as { project: string; name: string; state: string }
    const packed = unpackSession(state)
    const user = ownerOfSession(packed, (JSON.parse(visitor.state) as VisitorState).runs)
    const sessionId = sessionIdOf(visitor.project, visitor.name, packed.first)
    return { session: showSession(packed, { sessionId, anonymousId: visitor.name, userId: user }), user }
  }
  /** Of a visitor with several users only some sessions are this person's, so all are read. */
  const ofPerson = (source: PersonSource, range: Range): SessionRow[] =>
    source.visitors.flatMap(({ id, state }) => {
      const entity = entities.find(source.project, 'visitor', id) ?? 0
      return ofVisitor(entity, state.runs.length > 1 ? { ...range, count: noTime } : range)
    })

  return (query) => {
    const limit = limitOf(query.limit)
    const after =
      query.cursor === undefined ? undefined : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
    const range: Range = { from: query.from ?? -noTime, to: query.to ?? noTime, start: after?.[0], count: limit + 1 }
    const entity = query.profileId === undefined ? undefined : finder.current(query.project, query.profileId)
    const source = entity === undefined ? undefined : profiles.source(entity)
    if (query.profileId !== undefined && !source) return { items: [], nextCursor: null }
    const rows = source ? ofPerson(source, range) : ofProject(query.project, range)
    const found = rows
      .map(show)
      .filter(({ user }) => !source || isSourceOf(source, user))
      .map(({ session }) => session)
      .sort((a, b) => b.start - a.start || (a.sessionId < b.sessionId ? -1 : 1))
      .filter((one) => !after || one.start < after[0] || (one.start === after[0] && one.sessionId > after[1]))
    const shown = found.slice(0, limit)
    const last = shown.at(-1)
    return {
      items: shown,
      nextCursor: last && found.length > limit ? encodeCursor([last.start, last.sessionId]) : null,
    }
  }
}

/** Rows of one project or visitor, from `start` back, in complete milliseconds. */
function createRangeReader(
  db: DatabaseSync,
  column: 'project' | 'entity',
): (whose: string | number, range: Range) => SessionRow[] {
  const columns = `SELECT entity, start, state FROM sessions WHERE ${column} = ? AND`
  const selectBack = db.prepare(`${columns} start < ? AND start >= ? ORDER BY start DESC LIMIT ?`)
  const selectAt = db.prepare(`${columns} start = ?`)
  return (whose, { from, to, start, count }) =>
    readGroups<SessionRow>(
      {
        after: (key, limit) => selectBack.all(whose, Math.min(key ?? to, to), from, limit) as unknown as SessionRow[],
        at: (key) => (key >= from && key < to ? (selectAt.all(whose, key) as unknown as SessionRow[]) : []),
        keyOf: (row) => row.start,
      },
      start,
      count,
    )
}
