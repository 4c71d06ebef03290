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
}

/** Numbers never change, so the cache needs no invalidation but after a rollback. About 100 bytes an entry. */
const maxCached = 50_000

export function createEntities(db: DatabaseSync): Entities {
  const select = db.prepare('SELECT id FROM entities WHERE key = ?')
  const insert = db.prepare('INSERT INTO entities (key, project, kind, name) VALUES (?, ?, ?, ?)')
  const cache = new Map<string, number>()

  const remember = (text: string, id: number): number => {
    if (cache.size >= maxCached)
      for (const old of cache.keys()) if (cache.delete(old) && cache.size < maxCached * 0.9) break
    cache.set(text, id)
    return id
  }
  const lookUp = (project: string, kind: EntityKind, id: string, create: boolean): number | undefined => {
    const text = `${kind}\0${project}\0${id}`
    const known = cache.get(text)
    if (known !== undefined) return known
    const key = entityKey(project, kind, id)
    const row = select.get(key)
    if (row) return remember(text, row.id as number)
    return create ? remember(text, Number(insert.run(key, project, kind, id).lastInsertRowid)) : undefined
  }
  return {
    resolve: (project, kind, id) => lookUp(project, kind, id, true) as number,
    find: (project, kind, id) => lookUp(project, kind, id, false),
    reset: () => cache.clear(),
  }
}
