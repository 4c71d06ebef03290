import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import type { Edge } from '../port.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'

/** An event and where it lies. */
export interface FoundEvent {
  entity: number
  time: number
  block: number
  place: number
  event: StoredEvent
}

/** Finds events of those who are erased, and takes them away. Call inside a transaction. */
export interface ErasedPlaces {
  /** All events in the timeline of a visitor or user, those that are not stitched yet among them. */
  of(entity: number): FoundEvent[]
  /** The event that an edge comes from, where it is still there. */
  behind(project: string, edge: Edge): FoundEvent[]
  remove(found: readonly FoundEvent[]): void
}

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  /** Hears of the blocks that changed. */
  onChange(blocks: Iterable<number>): void
}

export function createErasedPlaces({ db, blocks, entities, onChange }: Parts): ErasedPlaces {
  const columns = 'SELECT entity, time, block, place FROM timeline WHERE entity = ?'
  const selectAll = db.prepare(columns)
  const selectAt = db.prepare(`${columns} AND time = ?`)
  // An alias that names an anonymousId beside its previousId lies in that visitor's timeline.
  const selectBeside = db.prepare(
    'SELECT source FROM edges WHERE project = ? AND user = ? AND time = ? AND message = ?',
  )
  const removePlace = db.prepare('DELETE FROM timeline WHERE entity = ? AND time = ? AND block = ? AND place = ?')

  const read = (rows: readonly Omit<FoundEvent, 'event'>[]): FoundEvent[] => {
    const events = blocks.readPlaces(rows)
    return rows.flatMap((row, index) => {
      const event = events[index]
      return event ? [{ ...row, event }] : []
    })
  }
  return {
    of: (entity) => read(selectAll.all(entity) as unknown as Omit<FoundEvent, 'event'>[]),
    behind(project, { user, at: [time, messageId] }) {
      const visitors = selectBeside
        .all(project, user, time, messageId)
        .map(({ source }) => entities.find(project, 'visitor', source as string))
      const owners = [entities.find(project, 'user', user), ...visitors].filter((entity) => entity !== undefined)
      return owners
        .flatMap((entity) => read(selectAt.all(entity, time) as unknown as Omit<FoundEvent, 'event'>[]))
        .filter(({ event }) => event.messageId === messageId && (event.type === 'alias' || event.type === 'unlink'))
    },
    remove(found) {
      const gone = new Map<number, Set<number>>()
      for (const { entity, time, block, place } of found) {
        removePlace.run(entity, time, block, place)
        gone.set(block, (gone.get(block) ?? new Set()).add(place))
      }
      for (const [block, places] of gone) blocks.blank(block, places)
      onChange(gone.keys())
    },
  }
}
