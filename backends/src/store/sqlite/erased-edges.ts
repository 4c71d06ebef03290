import type { DatabaseSync } from 'node:sqlite'
import type { Erased } from '../erasing.ts'
import type { Edge, EraseRequest } from '../port.ts'
import type { Entities } from './entities.ts'
import type { ErasedPlaces } from './erased-places.ts'

/** What a call works with. */
export interface Piece {
  request: EraseRequest
  erased: Erased
  /** The watermark: what lies in later blocks is not folded yet. */
  mark: number
  /** People that are to be worked out anew. */
  rebuild: Set<number>
}

/** Takes edges away with the events they come from. Undefined, and nothing is done, while one of these is not stitched. */
export type DropEdges = (project: string, gone: readonly Edge[], mark: number) => number | undefined

export function createEdgeErasure({
  db,
  places,
  entities,
}: {
  db: DatabaseSync
  places: ErasedPlaces
  entities: Entities
}): DropEdges {
  const remove = db.prepare(
    'DELETE FROM edges WHERE project = ? AND source = ? AND user = ? AND kind = ? AND time = ? AND message = ?',
  )
  const unmark = db.prepare('UPDATE entities SET edges = edges - 1 WHERE id = ? AND edges > 0')
  // An edge makes a visitor of whatever it starts at, and users of both of its ids.
  const clearBare = db.prepare(`UPDATE entities SET key = randomblob(16), name = '' WHERE id = ? AND state IS NULL
    AND edges = 0 AND NOT EXISTS (SELECT 1 FROM timeline WHERE entity = entities.id)
    AND NOT EXISTS (SELECT 1 FROM owners WHERE user = entities.id)
    AND NOT EXISTS (SELECT 1 FROM edges WHERE project = entities.project AND (source = entities.name OR user = entities.name))`)
  return (project, gone, mark) => {
    const found = gone.flatMap((edge) => places.behind(project, edge))
    if (found.some(({ block }) => block > mark)) return undefined
    const events = [...new Map(found.map((one) => [`${one.block} ${one.place}`, one])).values()]
    places.remove(events)
    for (const { from, user, kind, at } of gone) {
      remove.run(project, from, user, kind, at[0], at[1])
      const visitor = entities.find(project, 'visitor', from)
      if (visitor !== undefined) unmark.run(visitor)
    }
    for (const name of new Set(gone.flatMap(({ from, user }) => [from, user])))
      for (const kind of ['visitor', 'user'] as const) {
        const entity = entities.find(project, kind, name)
        if (entity !== undefined) clearBare.run(entity)
      }
    return events.length
  }
}
