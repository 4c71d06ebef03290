import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { compareStamps } from '../person.ts'
import type { FoldedVisitor, SessionState, StitchRules, VisitorState } from '../port.ts'
import type { Blocks, Place } from './blocks.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import type { Rollups } from './rollups.ts'
import { createSessionRows } from './session-rows.ts'
import type { SpanMarks } from './span-calendar.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  edges: Edges
  rollups: Rollups
  spans: SpanMarks
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
  /**
   * Puts what is left of a visitor in the place of all that was there. In the figures it takes the place of the sessions
   * `taken` alone; what the others counted for stays.
   */
  replace(entity: number, taken: readonly SessionState[], left: FoldedVisitor): void
}

export function createVisitors({ db, blocks, entities, edges, rollups, spans }: Parts): Visitors {
  const select = db.prepare('SELECT project, name, edges, state FROM entities WHERE id = ?')
  // Of one whose events were all let go, the state is left.
  const selectAny = db.prepare(
    'SELECT 1 FROM timeline WHERE entity = ?1 UNION ALL SELECT 1 FROM entities WHERE id = ?1 AND state IS NOT NULL LIMIT 1',
  )
  const selectTimeline = db.prepare('SELECT block, place FROM timeline WHERE entity = ? AND block <= ?')
  const sessions = createSessionRows(db, rollups)

  const readAll = (entity: number, lastBlock: number): StoredEvent[] =>
    blocks
      .readPlaces(selectTimeline.all(entity, lastBlock) as unknown as Place[])
      .filter((event) => !isEdgeEvent(event))
      .sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))

  const saveState = createStateWriter({ db, entities, spans })
  const dropSessions = db.prepare('DELETE FROM sessions WHERE entity = ?')

  return {
    hasEvents: (entity) => selectAny.get(entity) !== undefined,
    update(entity, events, lastBlock, rules) {
      const row = select.get(entity) as { project: string; name: string; edges: number; state: string | null }
      const { project, name } = row
      const before = row.state === null ? undefined : (JSON.parse(row.state) as VisitorState)
      const around = sessions.near(entity, before, events)
      const extended = row.edges > 0 ? undefined : rules.extendVisitor(before, around, events)
      if (extended) {
        sessions.write(entity, project, around, extended.removed, extended.saved)
        saveState(entity, project, before, extended.state)
        return { id: entity, project, before, after: extended.state, refolded: false }
      }
      const folded = rules.foldVisitor(readAll(entity, lastBlock), edges.from(project, name), before?.past)
      const old = sessions.all(entity)
      sessions.write(
        entity,
        project,
        old,
        old.map((session) => session.first),
        [],
      )
      sessions.write(entity, project, [], [], folded.sessions)
      saveState(entity, project, before, folded.state)
      return { id: entity, project, before, after: folded.state, refolded: true }
    },
    replace(entity, taken, left) {
      const { project, state } = select.get(entity) as { project: string; state: string | null }
      dropSessions.run(entity)
      sessions.write(
        entity,
        project,
        taken,
        taken.map(({ first }) => first),
        [],
      )
      sessions.write(entity, project, [], [], left.sessions)
      saveState(entity, project, state === null ? undefined : (JSON.parse(state) as VisitorState), left.state)
    },
  }
}

/** Writes a visitor's state, and whose it is. */
function createStateWriter({
  db,
  entities,
  spans,
}: Pick<Parts, 'db' | 'entities' | 'spans'>): (
  entity: number,
  project: string,
  before: VisitorState | undefined,
  after: VisitorState,
) => void {
  const save = db.prepare('UPDATE entities SET state = ?, runs = ?, owner = ? WHERE id = ?')
  const selectTimes = db.prepare('SELECT start, finish FROM sessions WHERE entity = ?')
  const addOwner = db.prepare('INSERT OR IGNORE INTO owners (user, visitor) VALUES (?, ?)')
  const dropOwners = db.prepare('DELETE FROM owners WHERE visitor = ?')

  /** Whose events they were is a matter of the hour from now on, which days and months were not made for. */
  const markSessions = (entity: number, project: string): void => {
    for (const { start, finish } of selectTimes.all(entity))
      spans.changedBetween(project, start as number, finish as number)
  }
  return (entity, project, before, after) => {
    const only = after.runs.length === 1 ? after.runs[0]?.user : null
    save.run(
      JSON.stringify(after),
      after.runs.length,
      only == null ? null : entities.resolve(project, 'user', only),
      entity,
    )
    if (after.runs.length > 1 && (before?.runs.length ?? 0) <= 1) markSessions(entity, project)
    const users = namesOf(after)
    if (before && namesOf(before) === users) return
    dropOwners.run(entity)
    for (const { user } of after.runs) if (user !== null) addOwner.run(entities.resolve(project, 'user', user), entity)
  }
}

const namesOf = (state: VisitorState): string => JSON.stringify([...new Set(state.runs.map(({ user }) => user))].sort())
