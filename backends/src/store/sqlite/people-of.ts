import type { DatabaseSync } from 'node:sqlite'
import type { JsonObject } from '@trailstitch/protocol'
import { profileIdOf } from '../identity.ts'
import { ownerAt } from '../person.ts'
import type { Part, Run, VisitorState } from '../port.ts'
import type { Entities } from './entities.ts'
import { remember } from './remember.ts'

/** Who is behind events, as of one moment of the file. */
export interface PeopleOf {
  /** The entity that the person is kept under whose event it is. `entity` 0 is nobody: undefined. */
  personAt(entity: number, time: number, messageId: () => string): number | undefined
  profileIdOf(person: number): string
  traitsOf(person: number): JsonObject
}

interface EntityRow {
  project: string
  runs: number
  owner: number | null
  root: number | null
}

/** Reads each visitor, user and person once: make a new one for each query. */
export function createPeopleOf(db: DatabaseSync, entities: Entities): PeopleOf {
  const selectEntity = db.prepare('SELECT project, runs, owner, root FROM entities WHERE id = ?')
  const selectState = db.prepare('SELECT state FROM entities WHERE id = ?')
  const selectKey = db.prepare('SELECT key FROM entities WHERE id = ?')
  const selectTraits = db.prepare('SELECT traits FROM profiles WHERE entity = ?')
  const rowOf = (entity: number): EntityRow => selectEntity.get(entity) as unknown as EntityRow
  const rootOf = remember((user: number): number => rowOf(user).root ?? user)
  const readRuns = (visitor: number, project: string): { project: string; runs: Run[] } => ({
    project,
    runs: (JSON.parse(selectState.get(visitor)?.state as string) as VisitorState).runs,
  })
  /** Its person, or its runs where it is a visitor that has had several. */
  const ownerOf = remember((entity: number): number | { project: string; runs: Run[] } => {
    const { project, runs, owner, root } = rowOf(entity)
    if (runs > 1) return readRuns(entity, project)
    return owner === null ? (root ?? entity) : rootOf(owner)
  })
  return {
    personAt(entity, time, messageId) {
      if (entity === 0) return undefined
      const owner = ownerOf(entity)
      if (typeof owner === 'number') return owner
      const user = ownerAt(owner.runs, [time, messageId()])
      return user === null ? entity : rootOf(entities.find(owner.project, 'user', user) as number)
    },
    profileIdOf: remember((person) => profileIdOf(selectKey.get(person)?.key as Uint8Array)),
    traitsOf: remember((person) => {
      const text = selectTraits.get(person)?.traits
      const traits = typeof text === 'string' ? (JSON.parse(text) as Part['traits']) : {}
      return Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]))
    }),
  }
}
