import { ApiError } from './errors.ts'
import type { Timer } from './options.ts'

interface Limits {
  atOnce: number
  waitMs: number
  timer: Timer
}

/**
 * Runs work, `atOnce` at a time and in the order it came. Rejects with `busy` what has not begun after `waitMs`, or when
 * its signal says that nobody waits for it any more; work that has begun is done to its end.
 */
export function createGate({ atOnce, waitMs, timer }: Limits) {
  let running = 0
  const waiting = new Set<() => void>()

  const enter = (signal: AbortSignal): Promise<void> => {
    if (signal.aborted) return Promise.reject(new ApiError('busy', gone))
    if (running < atOnce) {
      running++
      return Promise.resolve()
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const end = (): void => {
      waiting.delete(go)
      cancel()
      signal.removeEventListener('abort', onAbort)
    }
    const fail = (detail?: string): void => {
      end()
      reject(new ApiError('busy', detail))
    }
    const go = (): void => {
      end()
      resolve()
    }
    const onAbort = (): void => fail(gone)
    const cancel = timer.after(waitMs, () => fail())
    signal.addEventListener('abort', onAbort)
    waiting.add(go)
    return promise
  }
  /** Whoever waits takes over the place. */
  const leave = (): void => {
    const [next] = waiting
    if (next) next()
    else running--
  }
  return async <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    await enter(signal)
    try {
      return await work()
    } finally {
      leave()
    }
  }
}

const gone = 'Whoever asked is gone.'
