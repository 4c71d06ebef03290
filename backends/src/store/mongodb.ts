import { type MongoClient, MongoError } from 'mongodb'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { createAppend } from './mongodb/append.ts'
import { createBooks } from './mongodb/books.ts'
import { createChunks } from './mongodb/chunks.ts'
import { createClaims } from './mongodb/claims.ts'
import { createClient } from './mongodb/client.ts'
import { diagnoseMongo } from './mongodb/diagnosis.ts'
import { createErasure } from './mongodb/erasure.ts'
import { keepRecent } from './mongodb/events.ts'
import { createExpiry, longestKept } from './mongodb/expiry.ts'
import { createLanes } from './mongodb/lanes.ts'
import { createReader } from './mongodb/reader.ts'
import { createRecordsReader } from './mongodb/records-reader.ts'
import { createRecordsWriter } from './mongodb/records-writer.ts'
import { createRemoval } from './mongodb/removal.ts'
import { migrate, openEvents } from './mongodb/schema.ts'
import { createStitch } from './mongodb/stitch.ts'
import { openTables } from './mongodb/tables.ts'
import { isAway } from './mongodb/writing.ts'
import type { Retention, Store, StoreOptions } from './port.ts'

const defaultDedupeMs = 7 * 24 * 3_600_000
const defaultDatabase = 'trailstitch'

/**
 * The store in MongoDB: `mongodb://host/database` or `mongodb+srv://…`, with the driver's own options; a replica set or,
 * for development, a single server. Any number of processes. A server that is away fails calls with `unreachable`.
 */
export async function openMongoStore(url: string, deps: Deps, options: StoreOptions = {}): Promise<Store> {
  let client = createClient(url)
  let ready: Promise<Work> | undefined
  let isClosed = false

  /** What calls are answered with; set up at the first one, again after a failure. */
  const work = (): Promise<Work> => {
    ready ??= setUp(client, deps, options).catch(async (error: unknown) => {
      // A client that could not connect is of no use any more.
      await client.close()
      client = createClient(url)
      ready = undefined
      throw error
    })
    return ready
  }
  const coded = async <T>(run: (work: Work) => Promise<T>): Promise<T> => {
    if (isClosed) throw new BackendError('closed')
    try {
      return await run(await work())
    } catch (error) {
      throw toBackendError(error)
    }
  }
  const writing = <T>(run: (work: Work) => Promise<T>): Promise<T> => {
    if (options.readOnly) return Promise.reject(new BackendError('backend_failed', 'It was opened for reading alone.'))
    return coded(run)
  }

  const store: Store = {
    append: (chunks) => writing(({ append }) => append(chunks)),
    stitch: (rules, maxEvents) => writing(({ stitch }) => stitch(rules, maxEvents)),
    query: (query) => coded(({ read }) => read(query)),
    diagnose: () => coded(({ diagnose }) => diagnose()),
    markReplayed: (id, at) => coded(({ books }) => books.markReplayed(id, at)),
    records: {
      id: () => coded(({ records }) => records.id()),
      count: () => coded(({ records }) => records.count()),
      read: (kind, after, limit) => coded(({ records }) => records.read(kind, after, limit)),
      begin: (id) => writing(({ records }) => records.begin(id)),
      write: (kind, page) => writing(({ records }) => records.write(kind, page)),
    },
    erase: (request, maxEvents) => writing(({ erase }) => erase(request, maxEvents)),
    removeProject: (project, maxEvents) => writing(({ remove }) => remove(project, maxEvents)),
    maintain: (retention) => writing(({ maintain }) => maintain(retention)),
    async close() {
      isClosed = true
      await client.close()
    },
  }
  // What stays wrong is told now; a server that is away is not.
  await coded(async () => undefined).catch((error: BackendError) => {
    if (!error.retryable) throw error
    deps.log.warn({ code: error.code, error: error.message }, 'the store cannot be used yet; calls fail until it can')
  })
  return store
}

type Work = Awaited<ReturnType<typeof setUp>>

async function setUp(client: MongoClient, deps: Deps, { dedupeMs = defaultDedupeMs }: StoreOptions) {
  const name = client.options.dbName === 'test' ? defaultDatabase : client.options.dbName
  const db = client.db(name)
  await migrate(db, deps)
  const now = (): number => deps.now()
  const tables = openTables(db)
  const events = keepRecent(await openEvents(db, tables, deps))
  const chunks = createChunks(tables, now)
  const claims = createClaims(tables, dedupeMs)
  const books = createBooks(tables, chunks)
  const lanes = createLanes(tables, events, now)
  const expire = createExpiry({ tables, events, lanes, now })
  return {
    books,
    append: createAppend({ tables, chunks, claims, events, books, now }),
    stitch: createStitch({ tables, events, lanes }),
    read: createReader({ tables, events, books, chunks, now }),
    records: {
      ...createRecordsReader({ tables, events, books, now }),
      ...createRecordsWriter({ tables, events }),
    },
    diagnose: () => diagnoseMongo(db, deps),
    erase: createErasure({ tables, events, lanes }),
    remove: createRemoval({ tables, events, lanes }),
    async maintain(retention?: Retention) {
      await claims.expire(now())
      await lanes.clean(now())
      if (!retention) return false
      await events.keepFor(await longestKept(tables, retention))
      return expire(retention)
    },
  }
}

/** Messages of the driver may hold host names, never passwords. */
function toBackendError(error: unknown): unknown {
  if (isAway(error) && error instanceof Error) return new BackendError('unreachable', error.message, { cause: error })
  if (error instanceof MongoError) return new BackendError('backend_failed', error.message, { cause: error })
  return error
}
