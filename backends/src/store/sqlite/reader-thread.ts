import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Query } from '@trailstitch/protocol'
import { openDatabase, toBackendError } from '../../sqlite/database.ts'
import { createReader } from './reader.ts'
import type { ReaderReply } from './reader-client.ts'
import { migrations } from './schema.ts'

const { path } = workerData as { path: string }
let now = 0
let reader: { db: DatabaseSync; read: ReturnType<typeof createReader> } | undefined

const open = (): NonNullable<typeof reader> => {
  const db = openDatabase(path, { migrations, readOnly: true })
  return { db, read: createReader(db, () => now) }
}

parentPort?.on('message', (message: { id: number; query: Query; now: number }) => {
  const { id, query } = message
  now = message.now
  try {
    reader ??= open()
    parentPort?.postMessage({ id, answer: reader.read(query) } satisfies ReaderReply)
  } catch (cause) {
    const error = toBackendError(cause, path)
    // A damaged connection is not used again; a bad cursor is the asker's own.
    if (error.code !== 'invalid_cursor') {
      reader?.db.close()
      reader = undefined
    }
    parentPort?.postMessage({ id, code: error.code, message: error.message } satisfies ReaderReply)
  }
})
