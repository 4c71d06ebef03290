import type { DatabaseSync } from 'node:sqlite'
import { minuteOf } from '../figures.ts'
import type { AppendRejected } from '../port.ts'

type Kind = 'received' | 'stored' | 'duplicate' | 'rejected'

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
  const book =
    db.prepare(`INSERT INTO ledger (project, minute, received, stored, duplicate, rejected) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET received = received + excluded.received, stored = stored + excluded.stored,
      duplicate = duplicate + excluded.duplicate, rejected = rejected + excluded.rejected`)

  return () => {
    const lines = new Map<string, { project: string; minute: number } & Record<Kind, number>>()
    const add: Books['add'] = (project, minute, kind, events) => {
      const key = `${minute} ${project}`
      let line = lines.get(key)
      if (!line) {
        line = { project, minute, received: 0, stored: 0, duplicate: 0, rejected: 0 }
        lines.set(key, line)
      }
      line[kind] += events
    }
    return {
      add,
      reject(id, { project, code, message, receivedAt, body }) {
        insertRejected.run(id, project, code, message, receivedAt, body)
        add(project, minuteOf(receivedAt), 'rejected', 1)
      },
      flush() {
        for (const { project, minute, received, stored, duplicate, rejected } of lines.values()) {
          book.run(project, minute, received, stored, duplicate, rejected)
        }
      },
    }
  }
}

/** Notes that a rejected event was sent again. */
export function createReplayedWriter(db: DatabaseSync): (id: string, at: number) => void {
  const update = db.prepare('UPDATE rejected SET replayed_at = ? WHERE id = ?')
  return (id, at) => void update.run(at, id)
}
