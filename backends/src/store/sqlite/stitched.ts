import type { DatabaseSync } from 'node:sqlite'
import type { Entities } from './entities.ts'

/** The last block that is folded, read at the beginning of a transaction; what is known of entities is brought up to date. */
export function createStitchedMark(db: DatabaseSync, entities: Pick<Entities, 'refresh'>): () => number {
  const select = db.prepare(`SELECT value FROM meta WHERE name = 'stitched'`)
  return () => {
    entities.refresh()
    return Number(select.get()?.value ?? 0)
  }
}
