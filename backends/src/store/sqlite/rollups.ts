import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { eventDimensions, hourOf, isBounce, isPage, sessionDimensionsOf } from '../figures.ts'
import { addMember, decodeSet, encodeSet, type PeopleSet } from '../hll.ts'
import type { SessionState } from '../port.ts'

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
  key: readonly [project: string, bot: number, dimension: string, hour: number, value: string]
  events: number
  pages: number
  sessions: number
  bounces: number
  duration: number
  members: Set<number>
}

/** Sets of recent hours, so that they need not be read and taken apart at each flush. At most about 40 KiB each. */
const maxCachedSets = 500

export function createRollups(db: DatabaseSync): Rollups {
  const select = db.prepare('SELECT people FROM rollups WHERE project = ? AND bot = ? AND dimension = ? AND hour = ? AND value = ?')
  const upsert = db.prepare(`INSERT INTO rollups (project, bot, dimension, hour, value, events, pages, sessions, bounces, duration, people)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET events = events + excluded.events, pages = pages + excluded.pages,
      sessions = sessions + excluded.sessions, bounces = bounces + excluded.bounces,
      duration = duration + excluded.duration, people = coalesce(excluded.people, people)`)
  const rows = new Map<string, Row>()
  const sets = new Map<string, PeopleSet>()

  const rowAt = (...key: Row['key']): Row => {
    const name = key.join('\0')
    let row = rows.get(name)
    if (!row) {
      row = { key, events: 0, pages: 0, sessions: 0, bounces: 0, duration: 0, members: new Set() }
      rows.set(name, row)
    }
    return row
  }

  /** The set's new bytes, or null when nobody is new in it. */
  const growSet = (name: string, row: Row): Uint8Array | null => {
    if (row.members.size === 0) return null
    let set = sets.get(name) ?? decodeSet(select.get(...row.key)?.people as Uint8Array | undefined)
    let changed = false
    for (const member of row.members) {
      const added = addMember(set, member)
      set = added.set
      changed ||= added.changed
    }
    sets.delete(name) // set again below: the map's order is by last use
    sets.set(name, set)
    if (sets.size > maxCachedSets) for (const old of sets.keys()) if (sets.delete(old)) break
    return changed ? encodeSet(set) : null
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
        const people = growSet(name, row)
        if (people === null && !row.events && !row.pages && !row.sessions && !row.bounces && !row.duration) continue
        upsert.run(...row.key, row.events, row.pages, row.sessions, row.bounces, row.duration, people)
      }
      rows.clear()
    },
    reset() {
      rows.clear()
      sets.clear()
    },
  }
}
