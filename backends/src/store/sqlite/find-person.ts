import type { DatabaseSync } from 'node:sqlite'
import { parseProfileId } from '../identity.ts'
import type { VisitorState } from '../port.ts'
import type { Entities } from './entities.ts'

/** From ids to the entities people are kept under. */
export interface PersonFinder {
  /** The entity a profileId leads to today: that of a visitor or an aliased user leads on to the person they became. */
  current(project: string, profileId: string): number | undefined
  /** Entities of the people an id, as it is, may belong to. */
  byId(project: string, id: string): number[]
}

export function createPersonFinder(db: DatabaseSync, entities: Entities): PersonFinder {
  const selectByKey = db.prepare('SELECT id, kind, root, state FROM entities WHERE key = ? AND project = ?')
  const selectRoot = db.prepare('SELECT root FROM entities WHERE id = ?')
  const selectOwners = db.prepare('SELECT user FROM owners WHERE visitor = ?')
  const hasProfile = db.prepare('SELECT 1 FROM profiles WHERE entity = ?')
  const rootOf = (user: number): number => (selectRoot.get(user)?.root as number | null) ?? user
  return {
    current(project, profileId) {
      const key = parseProfileId(profileId)
      const row = key && selectByKey.get(key, project)
      if (!row) return undefined
      const id = row.id as number
      if (row.kind === 'user') return (row.root as number | null) ?? id
      if (hasProfile.get(id) || typeof row.state !== 'string') return id
      const last = (JSON.parse(row.state) as VisitorState).runs.at(-1)?.user
      const user = last == null ? undefined : entities.find(project, 'user', last)
      return user === undefined ? id : rootOf(user)
    },
    byId(project, id) {
      const found = new Set<number>()
      const user = entities.find(project, 'user', id)
      if (user !== undefined) found.add(rootOf(user))
      const visitor = entities.find(project, 'visitor', id)
      if (visitor !== undefined) {
        found.add(visitor)
        for (const row of selectOwners.all(visitor)) found.add(rootOf(row.user as number))
      }
      return [...found]
    },
  }
}
