import type { EntityKind } from '../identity.ts'
import { entityId } from './keys.ts'
import type { Lane } from './lanes.ts'
import type { EntityDoc } from './tables.ts'
import type { Work } from './work.ts'

/** Visitors and users in a round. All ids must have been loaded into the work before they are asked for. */
export interface Entities {
  /** The entity; made, with the next number, if it is not there. */
  resolve(kind: EntityKind, name: string): EntityDoc
  change(id: string, fields: Partial<EntityDoc>): void
  get(id: string): EntityDoc | undefined
  /** The user an aliased user is known under; itself, if it is not aliased. */
  rootOf(user: EntityDoc): string
  /** The last number given. */
  numbers(): number
}

export function createEntities(work: Work<EntityDoc>, { project, numbers }: Lane): Entities {
  let last = numbers
  return {
    resolve(kind, name) {
      const id = entityId(project, kind, name)
      const known = work.get(id)
      if (known) return known
      const made: EntityDoc = { _id: id, p: project, kind, name, n: ++last, edges: 0 }
      work.put(id, made)
      return made
    },
    change(id, fields) {
      const { ...next } = work.get(id) as EntityDoc
      work.put(id, Object.assign(next, fields))
    },
    get: (id) => work.get(id),
    rootOf: (user) => work.get(user._id)?.root ?? user._id,
    numbers: () => last,
  }
}
