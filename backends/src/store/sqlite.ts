import type { DatabaseSync } from 'node:sqlite'
import type { Deps } from '../deps.ts'
import { filePathOf } from '../open.ts'
import { openDatabase, toBackendError, transact } from '../sqlite/database.ts'
import type { Store, StoreOptions } from './port.ts'
import { createAppend } from './sqlite/append.ts'
import { createBlocks } from './sqlite/blocks.ts'
import { createReplayedWriter } from './sqlite/books.ts'
import { createClaims } from './sqlite/claims.ts'
import { createEntities } from './sqlite/entities.ts'
import { createErasure } from './sqlite/erasure.ts'
import { createExpiry } from './sqlite/expiry.ts'
import { createMovesExpiry } from './sqlite/ownership.ts'
import { createReader } from './sqlite/reader.ts'
import { openReaderThread } from './sqlite/reader-client.ts'
import { createRecordsWriter } from './sqlite/records-writer.ts'
import { createRemoval } from './sqlite/removal.ts'
import { migrations } from './sqlite/schema.ts'
import { createStitch } from './sqlite/stitch.ts'

const defaultDedupeMs = 7 * 24 * 3_600_000

/**
 * The embedded store: one file, any number of processes. It works on the caller's thread, as a processor has one of its
 * own; opened `readOnly`, its queries run in a thread instead, so that a service that answers them stays responsive.
 */
export async function openSqliteStore(url: string, deps: Deps, options: StoreOptions = {}): Promise<Store> {
  const path = filePathOf(url)
  if (options.readOnly) {
    openDatabase(path, { migrations }).close() // makes the file and its tables, where they are missing
    return openReaderThread(path, deps)
  }
  const db = openDatabase(path, { migrations, cacheKiB: 64 * 1024, secureDelete: true })
  return createStore(db, path, deps, options)
}

function createStore(db: DatabaseSync, path: string, deps: Deps, options: StoreOptions): Store {
  const now = (): number => deps.now()
  const entities = createEntities(db)
  const blocks = createBlocks(db)
  const claims = createClaims(db, options.dedupeMs ?? defaultDedupeMs)
  const append = createAppend({ db, claims, entities, blocks, now })
  const stitch = createStitch({
    db,
    entities,
    blocks,
    now,
    segmentEvents: options.segmentEvents,
    settleMs: options.settleMs,
  })
  const expireMoves = createMovesExpiry(db)
  const expire = createExpiry({ db, blocks, entities })
  const erase = createErasure({ db, blocks, entities, now })
  const remove = createRemoval({ db, blocks, entities })
  const reader = createReader(db, now)
  const records = createRecordsWriter({ db, claims, entities, blocks })
  const markReplayed = createReplayedWriter(db)

  /** Every failure of SQLite leaves as a coded error that names the file. */
  const coded = async <T>(work: () => T): Promise<T> => {
    try {
      return work()
    } catch (error) {
      throw toBackendError(error, path)
    }
  }
  return {
    append: (chunks) => coded(() => append(chunks)),
    stitch: (rules, maxEvents) => coded(() => stitch(rules, maxEvents)),
    query: (query) => coded(() => reader.query(query)),
    markReplayed: (id, at) => coded(() => markReplayed(id, at)),
    erase: (request, maxEvents) => coded(() => erase(request, maxEvents)),
    removeProject: (project, maxEvents) => coded(() => remove(project, maxEvents)),
    records: {
      id: () => coded(reader.records.id),
      count: () => coded(reader.records.count),
      read: (kind, after, limit) => coded(() => reader.records.read(kind, after, limit)),
      begin: (id) => coded(() => records.begin(id)),
      write: (kind, page) => coded(() => records.write(kind, page)),
    },
    maintain: (retention) =>
      coded(() => {
        transact(db, () => {
          claims.expire(deps.now())
          expireMoves()
        })
        return retention && retention.days.size > 0 ? expire(retention, deps.now()) : false
      }),
    close: async () => {
      if (db.isOpen) db.close()
    },
  }
}
