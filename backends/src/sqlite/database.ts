import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BackendError } from '../errors.ts'

export interface DatabaseOptions {
  /** Forward steps, oldest first; the file's `user_version` says how many it has seen. Never edit one that has shipped. */
  migrations: readonly string[]
  /** How long to wait for another process's write, ms. Default 10,000. */
  busyMs?: number
  /** Page cache of this connection, KiB. Default 16,384. */
  cacheKiB?: number
  readOnly?: boolean
  /** Writes over what is deleted or moved, so that nothing of it is left in the file. Default false. */
  secureDelete?: boolean
}

/**
 * Opens an SQLite file in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut.
 * Throws a {@link BackendError} that names the file and the way out.
 */
export function openDatabase(path: string, options: DatabaseOptions): DatabaseSync {
  let db: DatabaseSync | undefined
  try {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
    db = new DatabaseSync(path, { timeout: options.busyMs ?? 10_000, readOnly: options.readOnly ?? false })
    if (options.readOnly) {
      db.exec(`PRAGMA cache_size = -${options.cacheKiB ?? 16_384}`)
      return db
    }
    db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL')
    if (options.secureDelete) db.exec('PRAGMA secure_delete = ON')
    db.exec('PRAGMA wal_autocheckpoint = 8192')
    db.exec(`PRAGMA cache_size = -${options.cacheKiB ?? 16_384}`)
    migrate(db, path, options.migrations)
    return db
  } catch (cause) {
    db?.close()
    throw toBackendError(cause, path)
  }
}

/** One transaction, so that of several processes that start at once one migrates and the others find it done. */
function migrate(db: DatabaseSync, path: string, migrations: readonly string[]): void {
  if (readVersion(db) === migrations.length) return
  transact(db, () => {
    const version = readVersion(db)
    if (version > migrations.length) {
      throw new BackendError(
        'schema_too_new',
        `${path} has schema version ${version}, this program knows ${migrations.length}. Update the program, or start with another data folder.`,
      )
    }
    for (const step of migrations.slice(version)) db.exec(step)
    db.exec(`PRAGMA user_version = ${migrations.length}`)
  })
}

const readVersion = (db: DatabaseSync): number => Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0)

/** Runs `work` in a write transaction; anything it throws rolls back. */
export function transact<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite has rolled back by itself after some errors, such as a full disk.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** Extended result codes share their lower byte with the primary code, see https://sqlite.org/rescode.html. */
export function toBackendError(cause: unknown, path: string): BackendError {
  if (cause instanceof BackendError) return cause
  const error = cause as NodeJS.ErrnoException & { errcode?: number }
  const fail = (code: ConstructorParameters<typeof BackendError>[0], wayOut: string): BackendError =>
    new BackendError(code, `${path}: ${wayOut}`, { cause })
  switch ((error.errcode ?? 0) & 0xff) {
    case 5: // SQLITE_BUSY
    case 6: // SQLITE_LOCKED
      return fail('file_locked', 'stop the other process that writes to it, or give this one another data folder.')
    case 11: // SQLITE_CORRUPT
    case 26: // SQLITE_NOTADB
      return fail(
        'file_corrupt',
        'move it away and restore a copy, or run sqlite3 FILE ".recover" to save what can be read.',
      )
    case 13: // SQLITE_FULL
      return fail('disk_full', 'free some space; work goes on by itself then.')
    case 8: // SQLITE_READONLY
    case 10: // SQLITE_IOERR
    case 14: // SQLITE_CANTOPEN
      return fail(
        'file_unwritable',
        'check that the folder exists, is writable and has space; work goes on by itself then.',
      )
  }
  switch (error.code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('disk_full', 'free some space; work goes on by itself then.')
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
      return fail('file_unwritable', 'give this user the right to write there.')
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOENT':
    case 'EISDIR':
    case 'EIO':
    case 'EBUSY':
      return fail('file_unwritable', 'check that its folder is a folder and can be written.')
  }
  return fail('backend_failed', String((cause as Error)?.message ?? cause))
}
