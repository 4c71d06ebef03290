import type { DatabaseSync } from 'node:sqlite'
import { addMember, decodeSet, encodeSet, type PeopleSet } from '../hll.ts'

/** Names a row of the rollups. */
export type RollupKey = readonly [project: string, bot: number, dimension: string, hour: number, value: string]

/** The people of rollup rows. */
export interface PeopleSets {
  /** Adds members and gives the set's new bytes, or null when nobody is new in it. */
  grow(key: RollupKey, members: ReadonlySet<number>): Uint8Array | null
  /** Forgets what was cached. */
  reset(): void
}

/** Sets of recent hours are kept, so that they need not be read and taken apart each time. At most about 40 KiB each. */
const maxCached = 500

export function createPeopleSets(db: DatabaseSync): PeopleSets {
  const select = db.prepare(
    'SELECT people FROM rollups WHERE project = ? AND bot = ? AND dimension = ? AND hour = ? AND value = ?',
  )
  const cache = new Map<string, PeopleSet>()
  return {
    grow(key, members) {
      const name = key.join('\0')
      let set = cache.get(name) ?? decodeSet(select.get(...key)?.people as Uint8Array | undefined)
      let changed = false
      for (const member of members) {
        const added = addMember(set, member)
        set = added.set
        changed ||= added.changed
      }
      cache.delete(name) // set again below: the map's order is by last use
      cache.set(name, set)
      const oldest = cache.size > maxCached ? cache.keys().next().value : undefined
      if (oldest !== undefined) cache.delete(oldest)
      return changed ? encodeSet(set) : null
    },
    reset: () => cache.clear(),
  }
}
