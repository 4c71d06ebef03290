import { parentPort, workerData } from 'node:worker_threads'
import { BackendError } from '../errors.ts'
import { openDatabase, toBackendError } from '../sqlite/database.ts'
import type { Reply, Request } from '../sqlite/thread.ts'
import { createTables, migrations, type Tables } from './sqlite-tables.ts'

/** The thread of one directory handle, so that no event loop waits for its fsyncs. */
if (!parentPort) throw new BackendError('backend_failed', 'sqlite-thread is run as a worker thread.')
const port = parentPort
const { path } = workerData as { path: string }
let opened: ReturnType<typeof open> | undefined

function open() {
  const db = openDatabase(path, { migrations, cacheKiB: 2_048 })
  return { db, tables: createTables(db) }
}

port.on('message', (requests: Request<Tables>[]) => port.postMessage(requests.map(answer)))

function answer({ id, call, now, args }: Request<Tables>): Reply {
  try {
    opened ??= open()
    return { id, result: (opened.tables[call] as (now: number, ...args: unknown[]) => unknown)(now, ...args) }
  } catch (cause) {
    const { code, message } = toBackendError(cause, path)
    // Opened anew by the next call: so it works again as soon as the disk does.
    opened?.db.close()
    opened = undefined
    return { id, error: { code, message } }
  }
}
