import type { DatabaseSync } from 'node:sqlite'
import type { LedgerHole } from '@trailstitch/protocol'

/** The numbers of each collector's chunks that have been taken in. */
export interface Collectors {
  /** Takes the chunk's number and those it gives up. False when the chunk was taken in before. */
  take(chunk: { collector: string; seq: number; voided: readonly number[] }, now: number): boolean
  has(collector: string, seq: number): boolean
  /** Numbers missing below one that is there. */
  holes(): LedgerHole[]
}

/** Numbers up to `low` are all there and take no row; a row a number lies beyond it. */
export function createCollectors(db: DatabaseSync): Collectors {
  const select = db.prepare('SELECT id, low FROM collectors WHERE name = ?')
  const insert = db.prepare('INSERT INTO collectors (name) VALUES (?)')
  const setLow = db.prepare('UPDATE collectors SET low = ? WHERE id = ?')
  const hasRow = db.prepare('SELECT 1 FROM chunks WHERE collector = ? AND seq = ?')
  const addRow = db.prepare('INSERT OR IGNORE INTO chunks (collector, seq, at) VALUES (?, ?, ?)')
  const dropRows = db.prepare('DELETE FROM chunks WHERE collector = ? AND seq <= ?')

  const holesStatement = db.prepare(
    `SELECT name, low, seq, at FROM chunks JOIN collectors ON id = collector ORDER BY collector, seq`,
  )

  const has = (collector: string, seq: number): boolean => {
    const row = select.get(collector)
    return row !== undefined && (seq <= (row.low as number) || hasRow.get(row.id as number, seq) !== undefined)
  }
  return {
    has,
    take({ collector, seq, voided }, now) {
      if (has(collector, seq)) return false
      const row = select.get(collector)
      const id = row ? (row.id as number) : Number(insert.run(collector).lastInsertRowid)
      let low = row ? (row.low as number) : 0
      for (const number of [...voided, seq]) if (number > low) addRow.run(id, number, now)
      const before = low
      while (hasRow.get(id, low + 1)) low++
      if (low !== before) {
        setLow.run(low, id)
        dropRows.run(id, low)
      }
      return true
    },
    holes() {
      const holes: LedgerHole[] = []
      let previous = { name: '', seq: 0 }
      for (const row of holesStatement.all() as unknown as { name: string; low: number; seq: number; at: number }[]) {
        const expected = (previous.name === row.name ? previous.seq : row.low) + 1
        if (row.seq > expected)
          holes.push({ collector: row.name, fromSeq: expected, toSeq: row.seq - 1, since: row.at })
        previous = row
      }
      return holes
    },
  }
}
