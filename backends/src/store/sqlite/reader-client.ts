import { Worker } from 'node:worker_threads'
import type { Answers, Query } from '@trailstitch/protocol'
import type { Deps } from '../../deps.ts'
import { BackendError, type BackendErrorCode } from '../../errors.ts'
import type { Store } from '../port.ts'
import type { RecordKind, RecordPage } from '../records.ts'

/** What the thread is asked. */
export type ReaderCall =
  | { type: 'query'; query: Query }
  | { type: 'id' }
  | { type: 'count' }
  | { type: 'read'; kind: RecordKind; after: string | null; limit: number }
  | { type: 'markReplayed'; id: string; at: number }

/** What the thread answers. */
export type ReaderReply = { id: number; answer: unknown } | { id: number; code: BackendErrorCode; message: string }

type Waiting = Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>

/** A store that is only read, but for marks of replays, in a thread. A thread that dies takes its calls with it and is replaced. */
export function openReaderThread(path: string, deps: Deps): Store {
  let thread: Worker | undefined
  let waiting: Waiting = new Map()
  let closed = false
  let last = 0

  const start = (): Worker => {
    const mine: Waiting = new Map()
    const file = import.meta.url.endsWith('.ts') ? './reader-thread.ts' : './reader-thread.js'
    const worker = new Worker(new URL(file, import.meta.url), { workerData: { path } })
    waiting = mine
    worker.on('message', (reply: ReaderReply) => {
      const asked = mine.get(reply.id)
      mine.delete(reply.id)
      if (mine.size === 0) worker.unref()
      if ('code' in reply) asked?.reject(new BackendError(reply.code, reply.message))
      else asked?.resolve(reply.answer)
    })
    worker.on('error', (error) => deps.log.error({ error: error.message }, 'the thread that reads the store failed'))
    worker.on('exit', () => {
      if (thread === worker) thread = undefined
      for (const { reject } of mine.values())
        reject(new BackendError('backend_failed', 'The reading thread ended. Try again.'))
    })
    worker.unref()
    return worker
  }
  const refuse = async (): Promise<never> => {
    throw new BackendError('backend_failed', 'This store was opened to be read only.')
  }
  const ask = <T>(call: ReaderCall): Promise<T> => {
    if (closed) return Promise.reject(new BackendError('closed'))
    thread ??= start()
    const worker = thread
    const id = ++last
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: (answer) => resolve(answer as T), reject })
      worker.ref()
      worker.postMessage({ id, call, now: deps.now() })
    })
  }
  return {
    append: refuse,
    stitch: refuse,
    markReplayed: (id, at) => ask({ type: 'markReplayed', id, at }),
    maintain: refuse,
    erase: refuse,
    removeProject: refuse,
    query: <Q extends Query>(query: Q) => ask<Answers[Q['type']]>({ type: 'query', query }),
    records: {
      id: () => ask({ type: 'id' }),
      count: () => ask({ type: 'count' }),
      read: <K extends RecordKind>(kind: K, after: string | null, limit: number) =>
        ask<RecordPage<K>>({ type: 'read', kind, after, limit }),
      begin: refuse,
      write: refuse,
    },
    async close() {
      closed = true
      await thread?.terminate()
    },
  }
}
