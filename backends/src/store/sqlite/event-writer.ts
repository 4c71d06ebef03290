import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import type { Blocks, PackedBlock } from './blocks.ts'
import { createEdges } from './edges.ts'
import type { Entities } from './entities.ts'

interface Parts {
  db: DatabaseSync
  entities: Entities
  blocks: Blocks
}

/** Writes new events: bodies, timeline and edges. Call inside a transaction. */
export function createEventWriter({ db, entities, blocks }: Parts): (packed: readonly PackedBlock[]) => void {
  const edges = createEdges(db, entities)
  const insertPlace = db.prepare('INSERT INTO timeline (entity, time, block, place) VALUES (?, ?, ?, ?)')
  return (packed) => {
    const places: { entity: number; time: number; block: number; place: number }[] = []
    for (const one of packed) {
      const block = blocks.append(one)
      one.events.forEach((event, place) => {
        const entity = entityOf(entities, event)
        if (entity !== 0) places.push({ entity, time: event.timestamp, block, place })
        edges.add(event)
      })
    }
    places.sort((a, b) => a.entity - b.entity || a.time - b.time)
    for (const { entity, time, block, place } of places) insertPlace.run(entity, time, block, place)
  }
}

/** A visitor's events side by side: a journey then reads few blocks. Sorts in place. */
export const inBlockOrder = (events: StoredEvent[]): StoredEvent[] =>
  events.sort((a, b) => {
    const left = a.anonymousId ?? a.userId ?? ''
    const right = b.anonymousId ?? b.userId ?? ''
    return left === right ? a.timestamp - b.timestamp : left < right ? -1 : 1
  })

/** Whose timeline the event lies in: its visitor's, else its user's, else nobody's (0). */
export function entityOf(entities: Entities, event: StoredEvent): number {
  if (event.anonymousId !== undefined) return entities.resolve(event.project, 'visitor', event.anonymousId)
  if (event.userId !== undefined) return entities.resolve(event.project, 'user', event.userId)
  return 0
}

/** The same for events that are stored, whose entity is there. */
export function findEntityOf(entities: Entities, { project, anonymousId, userId }: StoredEvent): number {
  if (anonymousId !== undefined) return entities.find(project, 'visitor', anonymousId) ?? 0
  return userId === undefined ? 0 : (entities.find(project, 'user', userId) ?? 0)
}
