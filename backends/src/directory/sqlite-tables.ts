import type { DatabaseSync } from 'node:sqlite'
import { transact } from '../sqlite/database.ts'
import type { Draft } from './documents.ts'
import type { ListOptions } from './port.ts'

export const migrations: readonly string[] = [
  `
CREATE TABLE documents (
  kind TEXT, id TEXT, version TEXT NOT NULL, body TEXT NOT NULL, expires_at INTEGER,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX documents_by_expiry ON documents (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE keys (
  kind TEXT, name TEXT, value TEXT, id TEXT, is_unique INTEGER NOT NULL,
  PRIMARY KEY (kind, name, value, id)
) WITHOUT ROWID;
CREATE INDEX keys_by_id ON keys (kind, id);
CREATE UNIQUE INDEX keys_unique ON keys (kind, name, value) WHERE is_unique = 1;
`,
]

/** A row as it leaves the thread: its body is still text. */
export interface Row {
  id: string
  version: string
  body: string
}

export interface Tables {
  open(now: number): void
  read(now: number, kind: string, id: string): Row | undefined
  /** False when `expected` (null: none) is not what is there, or when a unique key is taken. */
  write(now: number, kind: string, id: string, expected: string | null, draft: Draft): boolean
  /** One row more than the limit when there are more. */
  list(now: number, kind: string, options: ListOptions): Row[]
  delete(now: number, kind: string, id: string, expected: string | undefined): boolean
}

/** Each write lets go of up to so many documents whose time is over: more go than come. */
const sweepSize = 4

export function createTables(db: DatabaseSync): Tables {
  const isLive = '(expires_at IS NULL OR expires_at > ?)'
  const findOne = db.prepare(`SELECT id, version, body FROM documents WHERE kind = ? AND id = ? AND ${isLive}`)
  const findHolder = db.prepare('SELECT id FROM keys WHERE kind = ? AND name = ? AND value = ? AND is_unique = 1')
  const findExpired = db.prepare('SELECT kind, id FROM documents WHERE expires_at <= ? ORDER BY expires_at LIMIT ?')
  const put = db.prepare(
    'INSERT OR REPLACE INTO documents (kind, id, version, body, expires_at) VALUES (?, ?, ?, ?, ?)',
  )
  const putKey = db.prepare('INSERT INTO keys (kind, name, value, id, is_unique) VALUES (?, ?, ?, ?, ?)')
  const dropKeys = db.prepare('DELETE FROM keys WHERE kind = ? AND id = ?')
  const drop = db.prepare('DELETE FROM documents WHERE kind = ? AND id = ?')

  const read = (now: number, kind: string, id: string) => findOne.get(kind, id, now) as Row | undefined
  const remove = (kind: string, id: string): void => {
    dropKeys.run(kind, id)
    drop.run(kind, id)
  }
  const sweep = (now: number): void => {
    for (const row of findExpired.all(now, sweepSize)) remove(String(row.kind), String(row.id))
  }
  /** Whether another document, one whose time is not over, has the value. */
  const isTaken = (now: number, kind: string, id: string, name: string, value: string): boolean => {
    const holder = findHolder.get(kind, name, value)?.id
    if (holder === undefined || holder === id) return false
    if (read(now, kind, String(holder))) return true
    remove(kind, String(holder))
    return false
  }

  return {
    open: () => undefined,
    read,
    write: (now, kind, id, expected, { version, text, keys, expiresAt }) =>
      transact(db, () => {
        sweep(now)
        if ((read(now, kind, id)?.version ?? null) !== expected) return false
        if (keys.some(({ name, value, isUnique }) => isUnique && isTaken(now, kind, id, name, value))) return false
        dropKeys.run(kind, id)
        put.run(kind, id, version, text, expiresAt)
        for (const { name, value, isUnique } of keys) putKey.run(kind, name, value, id, isUnique ? 1 : 0)
        return true
      }),
    list(now, kind, { by, after, limit, order = 'asc' }) {
      const from = by
        ? 'keys k JOIN documents d ON d.kind = k.kind AND d.id = k.id WHERE k.name = ? AND k.value = ? AND k.kind = ?'
        : 'documents k JOIN documents d ON d.kind = k.kind AND d.id = k.id WHERE k.kind = ?'
      const isPast = after === undefined ? '' : `AND k.id ${order === 'asc' ? '>' : '<'} ?`
      const text = `SELECT d.id, d.version, d.body FROM ${from} ${isPast}
        AND (d.expires_at IS NULL OR d.expires_at > ?) ORDER BY k.id ${order} LIMIT ?`
      const values = [...(by ?? []), kind, ...(after === undefined ? [] : [after]), now, limit + 1]
      return db.prepare(text).all(...values) as unknown as Row[]
    },
    delete: (now, kind, id, expected) =>
      transact(db, () => {
        const there = read(now, kind, id)
        if (!there || (expected !== undefined && there.version !== expected)) return false
        remove(kind, id)
        return true
      }),
  }
}
