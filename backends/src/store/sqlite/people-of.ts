import type { DatabaseSync } from 'node:sqlite'
import type { JsonObject } from '@trailstitch/protocol'
import { profileIdOf } from '../identity.ts'
import { ownerAt } from '../person.ts'
import type { Part, Run, VisitorState } from '../port.ts'
import type { Entities } from './entities.ts'
import type { Ownership } from './ownership.ts'
import { remember } from './remember.ts'

/** Who is behind events, as of one moment of the file. */
export interface PeopleOf {
  /** The entity that the person is kept under whose event it is. `entity` 0 is nobody: undefined. */
  personAt(entity: number, time: number, messageId: () => string): number | undefined
  /** All of its events are of one person, whenever they were. */
  isOne(entity: number): boolean
  profileIdOf(person: number): string
  traitsOf(person: number): JsonObject
}

interface Parts {
  db: DatabaseSync
  entities: Entities
  ownership: Ownership
}

/** Reads each visitor with several users, and each person, once: make a new one for each query. */
export function createPeopleOf({ db, entities, ownership }: Parts): PeopleOf {
  const selectState = db.prepare('SELECT project, state FROM entities WHERE id = ?')
  const selectKey = db.prepare('SELECT key FROM entities WHERE id = ?')
  const selectTraits = db.prepare('SELECT traits FROM profiles WHERE entity = ?')
  const runsOf = remember((visitor: number): { project: string; runs: Run[] } => {
    const { project, state } = selectState.get(visitor) as { project: string; state: string }
    return { project, runs: (JSON.parse(state) as VisitorState).runs }
  })
  return {
    personAt(entity, time, messageId) {
      if (entity === 0) return undefined
      const person = ownership.personOf(entity)
      if (person !== 0) return person
      const { project, runs } = runsOf(entity)
      const user = ownerAt(runs, [time, messageId()])
      return user === null ? entity : ownership.personOf(entities.find(project, 'user', user) as number)
    },
    isOne: (entity) => entity === 0 || ownership.personOf(entity) !== 0,
    profileIdOf: remember((person) => profileIdOf(selectKey.get(person)?.key as Uint8Array)),
    traitsOf: remember((person) => {
      const text = selectTraits.get(person)?.traits
      const traits = typeof text === 'string' ? (JSON.parse(text) as Part['traits']) : {}
      return Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]))
    }),
  }
}
