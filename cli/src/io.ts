import type { Readable, Writable } from 'node:stream'
import type { Deps } from '@trailstitch/backends'
import type { Style } from './output.ts'

/** What a command sees of the process it runs in. */
export interface Io {
  stdin: Readable
  stdout: Writable
  stderr: Writable
  /** Whether stderr is a terminal: progress is shown only there. */
  interactive: boolean
  /** Colours of stdout; all plain where it is no terminal. */
  style: Style
  deps: Deps
  /** Aborts at the first SIGTERM or SIGINT: finish what is under way and come to an end. */
  stop: AbortSignal
}

/** Writes a line to stdout. */
export function say(io: Pick<Io, 'stdout'>, line: string): void {
  io.stdout.write(`${line}\n`)
}

/** Waits, but not past the stop. True when the whole time went by. */
export function pause(ms: number, stop: AbortSignal): Promise<boolean> {
  if (stop.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const onStop = (): void => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      stop.removeEventListener('abort', onStop)
      resolve(true)
    }, ms)
    stop.addEventListener('abort', onStop, { once: true })
  })
}

/** Resolves at the stop. */
export function stopped(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve()
  return new Promise((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))
}
