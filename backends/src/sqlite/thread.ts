import type { Transferable, Worker } from 'node:worker_threads'
import { BackendError, type BackendErrorCode } from '../errors.ts'

/** What a thread can be asked, by name. Each call is given the time first, ms since 1970. */
export type ThreadCalls<Calls> = { [Name in keyof Calls]: (now: number, ...args: never[]) => unknown }

export interface Request<Calls> {
  id: number
  call: keyof Calls
  now: number
  args: unknown[]
}

export interface Reply {
  id: number
  result?: unknown
  error?: { code: BackendErrorCode; message: string }
}

export interface Thread<Calls extends ThreadCalls<Calls>> {
  /** Arguments as of `Calls`; buffers in `transfer` are the thread's from here on. Rejects with a BackendError. */
  call<Name extends keyof Calls>(
    name: Name,
    now: number,
    args: Parameters<Calls[Name]> extends [number, ...infer Rest] ? Rest : never,
    transfer?: Transferable[],
  ): Promise<ReturnType<Calls[Name]>>
  /** Ends the thread. What still waits for an answer rejects. */
  stop(): Promise<void>
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: BackendError): void
}

/**
 * Calls into a worker thread. The thread is started by the first call and after its death by the next one; it keeps the
 * process alive only while calls wait for an answer. Calls made in one go travel in one message.
 */
export function createThread<Calls extends ThreadCalls<Calls>>(start: () => Worker): Thread<Calls> {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let outbox: Request<Calls>[] = []
  let transfers: Transferable[] = []
  let lastId = 0

  const settle = (replies: Reply[]): void => {
    for (const { id, result, error } of replies) {
      const call = waiting.get(id)
      waiting.delete(id)
      if (error) call?.reject(Object.assign(new BackendError(error.code), { message: error.message }))
      else call?.resolve(result)
    }
    if (waiting.size === 0) worker?.unref()
  }

  const ensureWorker = (): Worker => {
    if (worker) return worker
    const started = start()
    worker = started
    let reason = 'it ended'
    started.on('message', settle)
    started.on('error', (error) => {
      reason = String(error)
    })
    started.on('exit', () => {
      if (worker === started) worker = undefined
      const error = new BackendError('backend_failed', `Its thread is gone (${reason}); the next call starts another.`)
      for (const call of waiting.values()) call.reject(error)
      waiting.clear()
    })
    return started
  }

  const flush = (): void => {
    const requests = outbox
    const buffers = transfers
    outbox = []
    transfers = []
    const target = ensureWorker()
    target.ref()
    target.postMessage(requests, buffers)
  }

  return {
    call(call, now, args, transfer = []) {
      const id = ++lastId
      if (outbox.length === 0) queueMicrotask(flush)
      outbox.push({ id, call, now: Math.round(now), args })
      transfers.push(...transfer)
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (result: unknown) => void, reject })
      })
    },
    async stop() {
      await worker?.terminate()
    },
  }
}
