import { Worker } from 'node:worker_threads'
import type { Answers, Query } from '@trailstitch/protocol'
import type { Deps } from '../../deps.ts'
import { BackendError, type BackendErrorCode } from '../../errors.ts'
import type { Store } from '../port.ts'

/** What the thread answers. */
export type ReaderReply = { id: number; answer: unknown } | { id: number; code: BackendErrorCode; message: string }

type Waiting = Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>

/** A store that only answers queries, in a thread. A thread that dies takes its queries with it and is replaced. */
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
  return {
    append: refuse,
    stitch: refuse,
    markReplayed: refuse,
    maintain: refuse,
    query<Q extends Query>(query: Q): Promise<Answers[Q['type']]> {
      if (closed) return Promise.reject(new BackendError('closed'))
      thread ??= start()
      const worker = thread
      const id = ++last
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: (answer) => resolve(answer as Answers[Q['type']]), reject })
        worker.ref()
        worker.postMessage({ id, query, now: deps.now() })
      })
    },
    async close() {
      closed = true
      await thread?.terminate()
    },
  }
}
