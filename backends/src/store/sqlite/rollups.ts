import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { eventDimensions, hourOf, isBounce, isPage, sessionDimensionsOf } from '../figures.ts'
import type { SessionState } from '../port.ts'
import { createPeopleSets, type RollupKey } from './people-sets.ts'

/** Figures of the hours, changed by what a transaction adds or takes away. */
export interface Rollups {
  addEvent(event: StoredEvent, entity: number): void
  /** `sign` -1 takes back what the session counted for before it changed. */
  addSession(project: string, session: SessionState, sign: 1 | -1): void
  /** Writes what has come together. Call inside the transaction. */
  flush(): void
  /** Drops what has come together and what was cached: a transaction rolled back, or another process wrote. */
  reset(): void
}

interface Row {
  key: RollupKey
  events: number
  pages: number
  sessions: number
  bounces: number
  duration: number
  members: Set<number>
}

export function createRollups(db: DatabaseSync): Rollups {
  const sets = createPeopleSets(db)
  const upsert =
    db.prepare(`INSERT INTO rollups (project, bot, dimension, hour, value, events, pages, sessions, bounces, duration, people)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET events = events + excluded.events, pages = pages + excluded.pages,
      sessions = sessions + excluded.sessions, bounces = bounces + excluded.bounces,
      duration = duration + excluded.duration, people = coalesce(excluded.people, people)`)
  const rows = new Map<string, Row>()

  const rowAt = (...key: Row['key']): Row => {
    const name = key.join('\0')
    let row = rows.get(name)
    if (!row) {
      row = { key, events: 0, pages: 0, sessions: 0, bounces: 0, duration: 0, members: new Set() }
      rows.set(name, row)
    }
    return row
  }

  return {
    addEvent(event, entity) {
      const bot = event.bot === undefined ? 0 : 1
      const hour = hourOf(event.timestamp)
      const page = isPage(event) ? 1 : 0
      for (const [dimension, value] of [['', ''] as const, ...eventDimensions(event)]) {
        const row = rowAt(event.project, bot, dimension, hour, value)
        row.events++
        row.pages += page
        if (entity !== 0) row.members.add(entity)
      }
    },
    addSession(project, session, sign) {
      const bot = session.bot ? 1 : 0
      const hour = hourOf(session.first[0])
      const all = rowAt(project, bot, '', hour, '')
      all.sessions += sign
      if (isBounce(session)) all.bounces += sign
      all.duration += sign * (session.last[0] - session.first[0])
      for (const [dimension, value] of sessionDimensionsOf(session)) {
        const row = rowAt(project, bot, dimension, hour, value)
        row.sessions += sign
        row.events += sign * session.events
        row.pages += sign * session.pages
      }
    },
    flush() {
      for (const [name, row] of rows) {
        const people = row.members.size > 0 ? sets.grow(name, row.key, row.members) : null
        if (people === null && !row.events && !row.pages && !row.sessions && !row.bounces && !row.duration) continue
        upsert.run(...row.key, row.events, row.pages, row.sessions, row.bounces, row.duration, people)
      }
      rows.clear()
    },
    reset() {
      rows.clear()
      sets.reset()
    },
  }
}
