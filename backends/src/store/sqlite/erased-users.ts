import type { DatabaseSync } from 'node:sqlite'
import { isEdgeEvent } from '../edges.ts'
import { isBefore, isEdgeErased } from '../erasing.ts'
import type { Edges } from './edges.ts'
import type { Entities } from './entities.ts'
import type { DropEdges, Piece } from './erased-edges.ts'
import type { ErasedPlaces } from './erased-places.ts'
import type { Users } from './users.ts'

export interface UserRow {
  id: number
  name: string
}

interface UserParts {
  db: DatabaseSync
  places: ErasedPlaces
  edges: Edges
  entities: Entities
  users: Users
  dropEdges: DropEdges
}

/** Erases users whose visitors are erased already. Undefined, and nothing is done, while something is not stitched. */
export function createUserErasure({
  db,
  places,
  edges,
  entities,
  users,
  dropEdges,
}: UserParts): (mine: readonly UserRow[], piece: Piece) => number | undefined {
  const saveState = db.prepare('UPDATE entities SET state = ? WHERE id = ?')
  const saveRoot = db.prepare('UPDATE entities SET root = ? WHERE id = ?')
  const hasOwned = db.prepare('SELECT 1 FROM owners WHERE user = ? LIMIT 1')
  const clear = db.prepare(
    `UPDATE entities SET key = randomblob(16), name = '', edges = 0, state = NULL, root = ? WHERE id = ?`,
  )
  const dropProfile = db.prepare('DELETE FROM profiles WHERE entity = ?')

  /** Gives those whom an edge tied to somebody the roots that are left. */
  const resolveRoots = (names: ReadonlySet<string>, { request, rebuild }: Piece): void => {
    for (const name of names) {
      const entity = entities.find(request.project, 'user', name)
      if (entity === undefined) continue
      const roots = request.rules.resolveAliases(edges.component(request.project, name))
      const after = entities.resolve(request.project, 'user', roots.get(name) ?? name)
      rebuild.add(users.rootOf(entity)).add(after)
      saveRoot.run(after === entity ? null : after, entity)
    }
  }
  return (mine, piece) => {
    const { request, erased, mark } = piece
    const { project, rules } = request
    const timelines = mine.map((user) => ({ user, found: places.of(user.id) }))
    if (timelines.some(({ found }) => found.some(({ block, event }) => block > mark && isBefore(erased, event))))
      return undefined
    const gone = mine.flatMap(({ name }) => edges.touching(project, name)).filter((edge) => isEdgeErased(erased, edge))
    let events = dropEdges(project, gone, mark)
    if (events === undefined) return undefined
    const isMine = new Set(mine.map(({ name }) => name))
    const own = new Set(mine.map(({ id }) => id))
    for (const { user } of timelines) {
      const left = places.of(user.id)
      const going = left.filter(({ event }) => isBefore(erased, event))
      places.remove(going)
      events += going.length
      const later = left.filter((one) => !going.includes(one))
      const stitched = later.flatMap(({ block, event }) => (block > mark || isEdgeEvent(event) ? [] : [event]))
      saveState.run(stitched.length > 0 ? JSON.stringify(rules.foldPart(stitched)) : null, user.id)
      const isNamed = later.length > 0 || hasOwned.get(user.id) || edges.touching(project, user.name).length > 0
      const root = users.rootOf(user.id)
      dropProfile.run(user.id)
      if (isNamed) isMine.delete(user.name)
      else clear.run(root !== user.id && own.has(root) ? root : null, user.id)
    }
    entities.reset()
    const others = new Set([...gone.flatMap(({ from, user }) => [from, user]), ...mine.map(({ name }) => name)])
    resolveRoots(new Set([...others].filter((name) => !isMine.has(name))), piece)
    return events
  }
}
