import { ApiError } from './errors.ts'

/** Runs work, `atOnce` at a time and in the order it came. Rejects with `busy` what has not begun after `waitMs`. */
export function createGate({ atOnce, waitMs }: { atOnce: number; waitMs: number }) {
  let running = 0
  const waiting: (() => void)[] = []

  const enter = (): Promise<void> => {
    if (running < atOnce) {
      running++
      return Promise.resolve()
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(go), 1)
      reject(new ApiError('busy'))
    }, waitMs)
    const go = (): void => {
      clearTimeout(timer)
      resolve()
    }
    waiting.push(go)
    return promise
  }
  /** Whoever waits takes over the place. */
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
  return async <T>(work: () => Promise<T>): Promise<T> => {
    await enter()
    try {
      return await work()
    } finally {
      leave()
    }
  }
}
