import type { DatabaseSync } from 'node:sqlite'
import type { Retention } from '../port.ts'

/** When each block is to be looked at for what is past its time. Call inside transactions. */
export interface Dues {
  /** Takes new blocks in, and all of them anew when projects keep things for another time. True when there are more. */
  fill(retention: Retention): boolean
  /** Blocks up to the watermark that are due. */
  before(now: number, mark: number, limit: number): number[]
  /** Undefined: never. */
  put(block: number, due: number | undefined): void
}

const maxFilled = 10_000

export function createDues(db: DatabaseSync): Dues {
  const selectMeta = db.prepare('SELECT value FROM meta WHERE name = ?')
  const putMeta = db.prepare(
    'INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  )
  const clear = db.prepare('DELETE FROM dues')
  const selectNew = db.prepare('SELECT id FROM blocks WHERE id > ? ORDER BY id LIMIT ?')
  const insert = db.prepare('INSERT OR IGNORE INTO dues (block, due) VALUES (?, 0)')
  const selectDue = db.prepare('SELECT block FROM dues WHERE due <= ? AND block <= ? ORDER BY due LIMIT ?')
  const put = db.prepare('INSERT OR REPLACE INTO dues (block, due) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM dues WHERE block = ?')
  return {
    fill({ days }) {
      const terms = JSON.stringify([...days].sort())
      if (selectMeta.get('retention')?.value !== terms) {
        clear.run()
        putMeta.run('retention', terms)
        putMeta.run('dues', 0)
      }
      const ids = selectNew.all(Number(selectMeta.get('dues')?.value ?? 0), maxFilled).map((row) => row.id as number)
      for (const id of ids) insert.run(id)
      const last = ids.at(-1)
      if (last !== undefined) putMeta.run('dues', last)
      return ids.length === maxFilled
    },
    before: (now, mark, limit) => selectDue.all(now, mark, limit).map((row) => row.block as number),
    put(block, due) {
      if (due === undefined) remove.run(block)
      else put.run(block, due)
    },
  }
}
