import type { DatabaseSync } from 'node:sqlite'
import { type EntityKind, entityKey } from '../identity.ts'

/** Numbers for visitors and users, in order of first sight: who comes today lies side by side in every table. */
export interface Entities {
  /** The number, made if need be. Call inside a transaction. */
  resolve(project: string, kind: EntityKind, id: string): number
  /** The number, if there is one. */
  find(project: string, kind: EntityKind, id: string): number | undefined
  /** Forget what was cached: a transaction rolled back. */
  reset(): void
  /** Forgets what was cached if somebody was erased since. Call at the beginning of each transaction. */
  refresh(): void
}

type Ids = Map<string, number>

/** Numbers change only when somebody is erased, see erasure.ts; then, and after a rollback, the cache is emptied. A project and kind; about 100 bytes each. */
const maxCached = 50_000

export function createEntities(db: DatabaseSync): Entities {
  const select = db.prepare('SELECT id FROM entities WHERE key = ?')
  const insert = db.prepare('INSERT INTO entities (key, project, kind, name) VALUES (?, ?, ?, ?)')
  const cache = { visitor: new Map<string, Ids>(), user: new Map<string, Ids>() }

  const idsOf = (project: string, kind: EntityKind): Ids => {
    let ids = cache[kind].get(project)
    if (!ids) {
      ids = new Map()
      cache[kind].set(project, ids)
    }
    return ids
  }
  const lookUp = (project: string, kind: EntityKind, id: string, create: boolean): number | undefined => {
    const ids = idsOf(project, kind)
    const known = ids.get(id)
    if (known !== undefined) return known
    const key = entityKey(project, kind, id)
    const found = select.get(key)?.id as number | undefined
    if (found === undefined && !create) return undefined
    const number = found ?? Number(insert.run(key, project, kind, id).lastInsertRowid)
    if (ids.size >= maxCached) ids.clear()
    ids.set(id, number)
    return number
  }
  const selectErased = db.prepare(`SELECT value FROM meta WHERE name = 'erased'`)
  let erased: unknown
  const reset = (): void => {
    cache.visitor.clear()
    cache.user.clear()
  }
  return {
    resolve: (project, kind, id) => lookUp(project, kind, id, true) as number,
    find: (project, kind, id) => lookUp(project, kind, id, false),
    reset,
    refresh() {
      const now = selectErased.get()?.value
      if (now !== erased) reset()
      erased = now
    },
  }
}
