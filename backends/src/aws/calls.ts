import { BackendError } from '../errors.ts'
import type { Attempt } from './errors.ts'

/** The calls to a service that are under way. Each one ends: with its result, at its limit, or at the close. */
export interface Calls {
  /**
   * Runs one. `action` is the permission it takes, such as `s3:PutObject`. The signal aborts when it must end. Rejects
   * with a BackendError only: `unreachable` after `limitMs`, `closed` after `close`.
   */
  run<T>(action: string, work: (signal: AbortSignal) => Promise<T>, limitMs?: number): Promise<T>
  /** Ends all of them with `closed` and resolves when they have ended. */
  close(): Promise<void>
}

export interface CallsOptions {
  /** The bucket or queue, for messages. */
  resource: string
  /** How long a call may take unless it says otherwise, repetitions included. */
  callMs: number
  toError(cause: unknown, attempt: Attempt): BackendError
}

export function createCalls({ resource, callMs, toError }: CallsOptions): Calls {
  const running = new Map<AbortController, Promise<unknown>>()
  let isClosed = false

  async function runUntil<T>(
    action: string,
    controller: AbortController,
    work: (signal: AbortSignal) => Promise<T>,
    limitMs: number,
  ): Promise<T> {
    const { signal } = controller
    const late = (): void => {
      const detail = `${action} on ${resource}: no answer within ${limitMs / 1000} s. Check the endpoint and the network.`
      controller.abort(new BackendError('unreachable', detail))
    }
    const timer = Number.isFinite(limitMs) ? setTimeout(late, limitMs) : undefined
    try {
      return await work(signal)
    } catch (error) {
      throw signal.aborted ? signal.reason : toError(error, { action, resource })
    } finally {
      clearTimeout(timer)
      running.delete(controller)
    }
  }

  return {
    async run(action, work, limitMs = callMs) {
      if (isClosed) throw new BackendError('closed')
      const controller = new AbortController()
      const call = runUntil(action, controller, work, limitMs)
      running.set(controller, call)
      return call
    },
    async close() {
      isClosed = true
      for (const controller of running.keys()) controller.abort(new BackendError('closed'))
      await Promise.allSettled(running.values())
    },
  }
}
