import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { compareStamps } from '../person.ts'
import type { SessionState, Stamp, StitchRules, VisitorState } from '../port.ts'
import type { Blocks, Place } from './blocks.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import type { Rollups } from './rollups.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  edges: Edges
  rollups: Rollups
}

/** What became of a visitor. */
export interface VisitorChange {
  id: number
  project: string
  before: VisitorState | undefined
  after: VisitorState
  /** All events were folded again, so something may have moved from one person to another. */
  refolded: boolean
}

export interface Visitors {
  hasEvents(entity: number): boolean
  /** Folds new events, sorted by stamp, into the visitor. Reads old events only up to `lastBlock`. */
  update(entity: number, events: readonly StoredEvent[], lastBlock: number, rules: StitchRules): VisitorChange
}

/** How far from a new event a session that it touches can begin: a session's greatest length and one gap. */
const reachMs = 24 * 3_600_000 + 30 * 60_000
const gapMs = 30 * 60_000

export function createVisitors({ db, blocks, entities, edges, rollups }: Parts): Visitors {
  const select = db.prepare('SELECT project, name, edges, state FROM entities WHERE id = ?')
  const save = db.prepare('UPDATE entities SET state = ?, runs = ?, owner = ? WHERE id = ?')
  const selectAny = db.prepare('SELECT 1 FROM timeline WHERE entity = ? LIMIT 1')
  const selectTimeline = db.prepare('SELECT block, place FROM timeline WHERE entity = ? AND block <= ?')
  const selectLatest = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start DESC, first DESC LIMIT 1')
  const selectNear = db.prepare('SELECT state FROM sessions WHERE entity = ? AND start BETWEEN ? AND ? AND finish >= ?')
  const selectAll = db.prepare('SELECT state FROM sessions WHERE entity = ?')
  const removeSession = db.prepare('DELETE FROM sessions WHERE entity = ? AND start = ? AND first = ?')
  const putSession = db.prepare('INSERT OR REPLACE INTO sessions (entity, start, first, finish, project, state) VALUES (?, ?, ?, ?, ?, ?)')
  const addOwner = db.prepare('INSERT OR IGNORE INTO owners (user, visitor) VALUES (?, ?)')
  const dropOwners = db.prepare('DELETE FROM owners WHERE visitor = ?')

  const parse = (rows: Record<string, unknown>[]): SessionState[] => {
    const sessions = rows.map((row) => JSON.parse(row.state as string) as SessionState)
    return sessions.length > 1 ? sessions.sort((a, b) => compareStamps(a.first, b.first)) : sessions
  }

  const near = (entity: number, state: VisitorState | undefined, events: readonly StoredEvent[]): SessionState[] => {
    const first = events[0]
    const last = events.at(-1)
    if (!state || !first || !last) return []
    const latest = parse(selectLatest.all(entity))
    if (compareStamps([first.timestamp, first.messageId], state.last) > 0) return latest
    const found = parse(selectNear.all(entity, first.timestamp - reachMs, last.timestamp + gapMs, first.timestamp - gapMs))
    const known = new Set(found.map((session) => JSON.stringify(session.first)))
    return [...found, ...latest.filter((session) => !known.has(JSON.stringify(session.first)))]
  }

  const readAll = (entity: number, lastBlock: number): StoredEvent[] =>
    blocks
      .readPlaces(selectTimeline.all(entity, lastBlock) as unknown as Place[])
      .filter((event) => !isEdgeEvent(event))
      .sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))

  const writeSessions = (entity: number, project: string, old: readonly SessionState[], removed: readonly Stamp[], saved: readonly SessionState[]): void => {
    const byFirst = new Map(old.map((session) => [JSON.stringify(session.first), session]))
    for (const first of removed) {
      removeSession.run(entity, first[0], first[1])
      const before = byFirst.get(JSON.stringify(first))
      if (before) rollups.addSession(project, before, -1)
    }
    for (const session of saved) {
      const before = byFirst.get(JSON.stringify(session.first))
      if (before) rollups.addSession(project, before, -1)
      rollups.addSession(project, session, 1)
      putSession.run(entity, session.first[0], session.first[1], session.last[0], project, JSON.stringify(session))
    }
  }

  const saveState = (entity: number, project: string, before: VisitorState | undefined, after: VisitorState): void => {
    const only = after.runs.length === 1 ? after.runs[0]?.user : null
    save.run(JSON.stringify(after), after.runs.length, only == null ? null : entities.resolve(project, 'user', only), entity)
    const users = namesOf(after)
    if (before && namesOf(before) === users) return
    dropOwners.run(entity)
    for (const { user } of after.runs) if (user !== null) addOwner.run(entities.resolve(project, 'user', user), entity)
  }

  return {
    hasEvents: (entity) => selectAny.get(entity) !== undefined,
    update(entity, events, lastBlock, rules) {
      const row = select.get(entity) as { project: string; name: string; edges: number; state: string | null }
      const { project, name } = row
      const before = row.state === null ? undefined : (JSON.parse(row.state) as VisitorState)
      const around = near(entity, before, events)
      const extended = row.edges > 0 ? undefined : rules.extendVisitor(before, around, events)
      if (extended) {
        writeSessions(entity, project, around, extended.removed, extended.saved)
        saveState(entity, project, before, extended.state)
        return { id: entity, project, before, after: extended.state, refolded: false }
      }
      const folded = rules.foldVisitor(readAll(entity, lastBlock), edges.from(project, name))
      const old = parse(selectAll.all(entity))
      writeSessions(entity, project, old, old.map((session) => session.first), [])
      writeSessions(entity, project, [], [], folded.sessions)
      saveState(entity, project, before, folded.state)
      return { id: entity, project, before, after: folded.state, refolded: true }
    },
  }
}

const namesOf = (state: VisitorState): string => JSON.stringify([...new Set(state.runs.map(({ user }) => user))].sort())
