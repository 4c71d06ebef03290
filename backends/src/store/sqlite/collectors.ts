import type { DatabaseSync } from 'node:sqlite'
import type { LedgerHole } from '@trailstitch/protocol'
import { type CollectorNumbers, rangesOf, spreadRanges } from '../records.ts'

/** The numbers of each collector's chunks that have been taken in. */
export interface Collectors {
  /** Takes the chunk's number and those it gives up. False when the chunk was taken in before. */
  take(chunk: { collector: string; seq: number; voided: readonly number[] }, now: number): boolean
  has(collector: string, seq: number): boolean
  /** Numbers missing below one that is there. */
  holes(): LedgerHole[]
  /** The numbers of up to `limit` collectors by name, after the one named. */
  list(after: string, limit: number): CollectorNumbers[]
  /** Adds numbers of a collector. Call inside a transaction. */
  put(numbers: CollectorNumbers): void
}

/** Numbers up to `low` are all there and take no row; a row a number lies beyond it. */
export function createCollectors(db: DatabaseSync): Collectors {
  const select = db.prepare('SELECT id, low FROM collectors WHERE name = ?')
  const insert = db.prepare('INSERT INTO collectors (name) VALUES (?)')
  const setLow = db.prepare('UPDATE collectors SET low = ? WHERE id = ?')
  const hasRow = db.prepare('SELECT 1 FROM chunks WHERE collector = ? AND seq = ?')
  const addRow = db.prepare('INSERT OR IGNORE INTO chunks (collector, seq, at) VALUES (?, ?, ?)')
  const dropRows = db.prepare('DELETE FROM chunks WHERE collector = ? AND seq <= ?')

  const selectAfter = db.prepare('SELECT id, name, low FROM collectors WHERE name > ? ORDER BY name LIMIT ?')
  const selectRows = db.prepare('SELECT seq, at FROM chunks WHERE collector = ? ORDER BY seq')
  const holesStatement = db.prepare(
    `SELECT name, low, seq, at FROM chunks JOIN collectors ON id = collector ORDER BY collector, seq`,
  )

  const has = (collector: string, seq: number): boolean => {
    const row = select.get(collector)
    return row !== undefined && (seq <= (row.low as number) || hasRow.get(row.id as number, seq) !== undefined)
  }
  /** Adds what lies beyond the line, and moves the line to `atLeast` and over all that is there behind it. */
  const add = (collector: string, atLeast: number, rows: Iterable<{ seq: number; at: number }>): void => {
    const row = select.get(collector)
    const id = row ? (row.id as number) : Number(insert.run(collector).lastInsertRowid)
    const before = row ? (row.low as number) : 0
    let low = Math.max(before, atLeast)
    for (const { seq, at } of rows) if (seq > low) addRow.run(id, seq, at)
    while (hasRow.get(id, low + 1)) low++
    if (low === before) return
    setLow.run(low, id)
    dropRows.run(id, low)
  }
  return {
    has,
    take({ collector, seq, voided }, now) {
      if (has(collector, seq)) return false
      add(
        collector,
        0,
        [...voided, seq].map((number) => ({ seq: number, at: now })),
      )
      return true
    },
    list: (after, limit) =>
      selectAfter.all(after, limit).map((row) => ({
        collector: row.name as string,
        taken: rangesOf(
          row.low as number,
          selectRows.iterate(row.id as number) as Iterable<{ seq: number; at: number }>,
        ),
      })),
    put({ collector, taken }) {
      const { low, beyond } = spreadRanges(taken)
      add(collector, low, beyond)
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
