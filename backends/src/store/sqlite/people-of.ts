import type { DatabaseSync } from 'node:sqlite'
import type { JsonObject, StoredEvent } from '@trailstitch/protocol'
import { profileIdOf } from '../identity.ts'
import { ownerAt } from '../person.ts'
import type { Part, Run, VisitorState } from '../port.ts'
import type { Entities } from './entities.ts'

/** Who is behind events, as of one moment of the file. */
export interface PeopleOf {
  /** The entity its person is kept under; undefined for an event that names nobody. */
  personOf(event: StoredEvent): number | undefined
  profileIdOf(person: number): string
  traitsOf(person: number): JsonObject
}

/** Reads each visitor, user and person once: make a new one for each query. */
export function createPeopleOf(db: DatabaseSync, entities: Entities): PeopleOf {
  const selectEntity = db.prepare('SELECT runs, owner, root FROM entities WHERE id = ?')
  const selectState = db.prepare('SELECT state FROM entities WHERE id = ?')
  const selectKey = db.prepare('SELECT key FROM entities WHERE id = ?')
  const selectTraits = db.prepare('SELECT traits FROM profiles WHERE entity = ?')
  const rootOf = remember((user: number): number => (selectEntity.get(user)?.root as number | null) ?? user)
  const readRuns = (visitor: number): Run[] =>
    (JSON.parse(selectState.get(visitor)?.state as string) as VisitorState).runs
  /** Of a visitor: its person, or its runs where it has had several. */
  const ownerOf = remember((visitor: number): number | Run[] => {
    const row = selectEntity.get(visitor) as { runs: number; owner: number | null } | undefined
    if ((row?.runs ?? 0) > 1) return readRuns(visitor)
    return row?.owner == null ? visitor : rootOf(row.owner)
  })
  return {
    personOf({ project, anonymousId, userId, timestamp, messageId }) {
      if (anonymousId === undefined) {
        const user = userId === undefined ? undefined : entities.find(project, 'user', userId)
        return user === undefined ? undefined : rootOf(user)
      }
      const visitor = entities.find(project, 'visitor', anonymousId)
      const owner = visitor === undefined ? undefined : ownerOf(visitor)
      if (typeof owner !== 'object') return owner
      const user = ownerAt(owner, [timestamp, messageId])
      return user === null ? visitor : rootOf(entities.find(project, 'user', user) as number)
    },
    profileIdOf: remember((person) => profileIdOf(selectKey.get(person)?.key as Uint8Array)),
    traitsOf: remember((person) => {
      const text = selectTraits.get(person)?.traits
      const traits = typeof text === 'string' ? (JSON.parse(text) as Part['traits']) : {}
      return Object.fromEntries(Object.entries(traits).map(([name, { value }]) => [name, value]))
    }),
  }
}

function remember<T>(read: (key: number) => T): (key: number) => T {
  const known = new Map<number, T>()
  return (key) => {
    let value = known.get(key)
    if (value === undefined) {
      value = read(key)
      known.set(key, value)
    }
    return value
  }
}
