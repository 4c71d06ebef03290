import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { endedSessions } from '../expiry.ts'
import { compareStamps } from '../person.ts'
import type { StitchRules, VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import type { Blocks, Place } from './blocks.ts'
import { createEdges } from './edges.ts'
import type { Entities } from './entities.ts'

interface Terms {
  cutoff: number
  /** The watermark: what lies in later blocks is not folded yet. */
  mark: number
  rules: StitchRules
}

interface GonePlace extends Place {
  event: StoredEvent
}

/**
 * Takes away a visitor's sessions that are past their time, notes in its state what is kept of their events, and gives the
 * places of these. Figures stay as they are. Call inside a transaction.
 */
export function createForgetting({
  db,
  blocks,
  entities,
}: {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
}): (visitor: { project: string; name: string }, terms: Terms) => GonePlace[] {
  const edges = createEdges(db, entities)
  const selectState = db.prepare('SELECT state FROM entities WHERE id = ?')
  const saveState = db.prepare('UPDATE entities SET state = ? WHERE id = ?')
  const selectSessions = db.prepare('SELECT state FROM sessions WHERE entity = ? AND start < ? ORDER BY start, first')
  const removeSession = db.prepare('DELETE FROM sessions WHERE entity = ? AND start = ? AND first = ?')
  const selectPlaces = db.prepare('SELECT block, place FROM timeline WHERE entity = ? AND time < ? AND block <= ?')

  return ({ project, name }, { cutoff, mark, rules }) => {
    const entity = entities.find(project, 'visitor', name)
    const text = entity === undefined ? undefined : selectState.get(entity)?.state
    if (entity === undefined || typeof text !== 'string') return []
    const state = JSON.parse(text) as VisitorState
    const places = selectPlaces.all(entity, cutoff, mark) as unknown as Place[]
    const found = blocks
      .readPlaces(places)
      .map((event, index): GonePlace => ({ ...(places[index] as Place), event }))
      .filter(({ event }) => !isEdgeEvent(event))
      .sort((a, b) => compareStamps([a.event.timestamp, a.event.messageId], [b.event.timestamp, b.event.messageId]))
    const sessions = selectSessions.all(entity, cutoff).map((row) => unpackSession(row.state as string))
    const ended = endedSessions(
      sessions.sort((a, b) => compareStamps(a.first, b.first)),
      found.map(({ event }) => event),
      cutoff,
    )
    if (ended.events.length === 0) return []
    const past = rules.forget(state, edges.from(project, name), ended.events, ended.sessions)
    saveState.run(JSON.stringify({ ...state, past }), entity)
    for (const { first } of ended.sessions) removeSession.run(entity, first[0], first[1])
    const gone = new Set(ended.events)
    return found.filter(({ event }) => gone.has(event))
  }
}
