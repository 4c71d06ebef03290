import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { eventDimensions, hourOf, isBounce, isPage, sessionDimensionsOf } from '../figures.ts'
import type { SessionState } from '../port.ts'
import { createPeopleSets, type RollupKey } from './people-sets.ts'
import type { SpanMarks } from './span-calendar.ts'

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

interface HourRows {
  project: string
  bot: 0 | 1
  hour: number
  /** By dimension and value. */
  rows: Map<string, Row>
}

function rowAt({ project, bot, hour, rows }: HourRows, dimension: string, value: string): Row {
  const name = `${dimension}\0${value}`
  let row = rows.get(name)
  if (!row) {
    const key = [project, bot, dimension, hour, value] as const
    row = { key, events: 0, pages: 0, sessions: 0, bounces: 0, duration: 0, members: new Set() }
    rows.set(name, row)
  }
  return row
}

export function createRollups(db: DatabaseSync, spans: SpanMarks): Rollups {
  const sets = createPeopleSets(db)
  const upsert =
    db.prepare(`INSERT INTO rollups (project, bot, dimension, hour, value, events, pages, sessions, bounces, duration, people)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET events = events + excluded.events, pages = pages + excluded.pages,
      sessions = sessions + excluded.sessions, bounces = bounces + excluded.bounces,
      duration = duration + excluded.duration, people = coalesce(excluded.people, people)`)
  const hours = new Map<string, HourRows>()

  /** Found once an event or session, not once a dimension: this is the busiest place of stitching. */
  const hourAt = (project: string, bot: 0 | 1, hour: number): HourRows => {
    const name = `${hour} ${bot} ${project}`
    let found = hours.get(name)
    if (!found) {
      found = { project, bot, hour, rows: new Map() }
      hours.set(name, found)
    }
    return found
  }

  return {
    addEvent(event, entity) {
      const bot = event.bot === undefined ? 0 : 1
      const rows = hourAt(event.project, bot, hourOf(event.timestamp))
      const page = isPage(event) ? 1 : 0
      const add = (row: Row): void => {
        row.events++
        row.pages += page
        if (entity !== 0) row.members.add(entity)
      }
      add(rowAt(rows, '', ''))
      for (const [dimension, value] of eventDimensions(event)) add(rowAt(rows, dimension, value))
    },
    addSession(project, session, sign) {
      const bot = session.bot ? 1 : 0
      const rows = hourAt(project, bot, hourOf(session.first[0]))
      const all = rowAt(rows, '', '')
      all.sessions += sign
      if (isBounce(session)) all.bounces += sign
      all.duration += sign * (session.last[0] - session.first[0])
      for (const [dimension, value] of sessionDimensionsOf(session)) {
        const row = rowAt(rows, dimension, value)
        row.sessions += sign
        row.events += sign * session.events
        row.pages += sign * session.pages
      }
    },
    flush() {
      for (const { project, hour, rows } of hours.values()) {
        let isChanged = false
        for (const row of rows.values()) {
          const people = row.members.size > 0 ? sets.grow(row.key, row.members) : null
          if (people === null && !row.events && !row.pages && !row.sessions && !row.bounces && !row.duration) continue
          upsert.run(...row.key, row.events, row.pages, row.sessions, row.bounces, row.duration, people)
          isChanged = true
        }
        // A visitor that was folded again mostly counts for the same as before.
        if (isChanged) spans.changed(project, hour)
      }
      hours.clear()
    },
    reset() {
      hours.clear()
      sets.reset()
    },
  }
}
