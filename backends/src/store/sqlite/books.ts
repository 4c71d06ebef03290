import type { DatabaseSync } from 'node:sqlite'
import { clockClasses } from '@trailstitch/protocol'
import { minuteOf } from '../figures.ts'
import type { AppendRejected } from '../port.ts'

/** The counts of a row, as its columns are called. */
export const bookColumns = ['received', 'stored', 'duplicate', 'rejected', ...clockClasses] as const
type Kind = (typeof bookColumns)[number]

/** The lines of the ledger one transaction adds to. */
export interface Books {
  add(project: string, minute: number, kind: Kind, events: number): void
  /** Sets an event aside and books it. `id` is stable over redeliveries. */
  reject(id: string, rejected: AppendRejected): void
  /** Writes the lines. Call inside the transaction. */
  flush(): void
}

/** Opens the books for a transaction each time it is called. */
export function createBookkeeper(db: DatabaseSync): () => Books {
  const insertRejected = db.prepare(
    'INSERT OR IGNORE INTO rejected (id, project, code, message, received_at, body) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const book = db.prepare(`INSERT INTO ledger (project, minute, ${bookColumns.join(', ')})
    VALUES (?, ?, ${bookColumns.map(() => '?').join(', ')})
    ON CONFLICT DO UPDATE SET ${bookColumns.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`)

  return () => {
    const lines = new Map<string, { project: string; minute: number } & Partial<Record<Kind, number>>>()
    const add: Books['add'] = (project, minute, kind, events) => {
      const key = `${minute} ${project}`
      let line = lines.get(key)
      if (!line) {
        line = { project, minute }
        lines.set(key, line)
      }
      line[kind] = (line[kind] ?? 0) + events
    }
    return {
      add,
      reject(id, { project, code, message, receivedAt, body }) {
        insertRejected.run(id, project, code, message, receivedAt, body)
        add(project, minuteOf(receivedAt), 'rejected', 1)
      },
      flush() {
        for (const { project, minute, ...counts } of lines.values())
          book.run(project, minute, ...bookColumns.map((name) => counts[name] ?? 0))
      },
    }
  }
}

/** Notes that a rejected event was sent again. */
export function createReplayedWriter(db: DatabaseSync): (id: string, at: number) => void {
  const update = db.prepare('UPDATE rejected SET replayed_at = ? WHERE id = ?')
  return (id, at) => void update.run(at, id)
}
