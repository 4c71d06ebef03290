import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { compareStamps } from '../person.ts'
import type { SessionState, Stamp, VisitorState } from '../port.ts'
import { packSession, unpackSession } from '../session-codec.ts'
import type { Rollups } from './rollups.ts'

/** The sessions of visitors, and what they count for in the rollups. */
export interface SessionRows {
  /** Sessions new events may touch, and the visitor's latest; ascending. */
  near(entity: number, state: VisitorState | undefined, events: readonly StoredEvent[]): SessionState[]
  all(entity: number): SessionState[]
  /** Writes sessions and takes others away. `old` are those of them that were there before. */
  write(
    entity: number,
    project: string,
    old: readonly SessionState[],
    removed: readonly Stamp[],
    saved: readonly SessionState[],
  ): void
}

/** How far before a new event a session that it touches can begin: a session's greatest length and one gap. */
const reachMs = 24 * 3_600_000 + 30 * 60_000
const gapMs = 30 * 60_000

export function createSessionRows(db: DatabaseSync, rollups: Rollups): SessionRows {
  const selectLatest = db.prepare('SELECT state FROM sessions WHERE entity = ? ORDER BY start DESC, first DESC LIMIT 1')
  const selectNear = db.prepare('SELECT state FROM sessions WHERE entity = ? AND start BETWEEN ? AND ? AND finish >= ?')
  const selectAll = db.prepare('SELECT state FROM sessions WHERE entity = ?')
  const remove = db.prepare('DELETE FROM sessions WHERE entity = ? AND start = ? AND first = ?')
  const put = db.prepare(
    'INSERT OR REPLACE INTO sessions (entity, start, first, finish, project, state) VALUES (?, ?, ?, ?, ?, ?)',
  )

  const parse = (rows: Record<string, unknown>[]): SessionState[] => {
    const sessions = rows.map((row) => unpackSession(row.state as string))
    return sessions.length > 1 ? sessions.sort((a, b) => compareStamps(a.first, b.first)) : sessions
  }
  return {
    near(entity, state, events) {
      const first = events[0]
      const last = events.at(-1)
      if (!state || !first || !last) return []
      const latest = parse(selectLatest.all(entity))
      if (compareStamps([first.timestamp, first.messageId], state.last) > 0) return latest
      const found = parse(
        selectNear.all(entity, first.timestamp - reachMs, last.timestamp + gapMs, first.timestamp - gapMs),
      )
      const known = new Set(found.map((session) => nameOf(session.first)))
      return [...found, ...latest.filter((session) => !known.has(nameOf(session.first)))]
    },
    all: (entity) => parse(selectAll.all(entity)),
    write(entity, project, old, removed, saved) {
      const before = new Map(old.map((session) => [nameOf(session.first), session]))
      const takeBack = (first: Stamp): void => {
        const session = before.get(nameOf(first))
        if (session) rollups.addSession(project, session, -1)
      }
      for (const first of removed) {
        takeBack(first)
        remove.run(entity, first[0], first[1])
      }
      for (const session of saved) {
        takeBack(session.first)
        rollups.addSession(project, session, 1)
        put.run(entity, session.first[0], session.first[1], session.last[0], project, packSession(session))
      }
    },
  }
}

const nameOf = (stamp: Stamp): string => `${stamp[0]} ${stamp[1]}`
