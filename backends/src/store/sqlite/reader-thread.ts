import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase, toBackendError } from '../../sqlite/database.ts'
import { createReplayedWriter } from './books.ts'
import { createReader, type Reader } from './reader.ts'
import type { ReaderCall, ReaderReply } from './reader-client.ts'
import { migrations } from './schema.ts'

const { path } = workerData as { path: string }
let now = 0
let opened: { db: DatabaseSync; reader: Reader } | undefined

const open = (): NonNullable<typeof opened> => {
  const db = openDatabase(path, { migrations, readOnly: true })
  return { db, reader: createReader(db, () => now) }
}

const answer = ({ query, records }: Reader, call: ReaderCall): unknown => {
  switch (call.type) {
    case 'query':
      return query(call.query)
    case 'id':
      return records.id()
    case 'count':
      return records.count()
    case 'read':
      return records.read(call.kind, call.after, call.limit)
    case 'markReplayed':
      return markReplayed(call)
  }
}

/** The one thing that is written here, over a connection of its own: rare, and the usual one cannot. */
function markReplayed({ id, at }: Extract<ReaderCall, { type: 'markReplayed' }>): void {
  const db = openDatabase(path, { migrations })
  try {
    createReplayedWriter(db)(id, at)
  } finally {
    db.close()
  }
}

parentPort?.on('message', (message: { id: number; call: ReaderCall; now: number }) => {
  const { id, call } = message
  now = message.now
  try {
    opened ??= open()
    parentPort?.postMessage({ id, answer: answer(opened.reader, call) } satisfies ReaderReply)
  } catch (cause) {
    const error = toBackendError(cause, path)
    // A damaged connection is not used again; what is wrong with a question is the asker's own.
    if (error.code !== 'invalid_cursor' && error.code !== 'query_too_large') {
      opened?.db.close()
      opened = undefined
    }
    parentPort?.postMessage({ id, code: error.code, message: error.message } satisfies ReaderReply)
  }
})
