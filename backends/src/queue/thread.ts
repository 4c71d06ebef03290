import type * as sqlite from '../sqlite/thread.ts'
import type { Tables } from './sqlite-tables.ts'

/** Given to the thread at its start. */
export interface ThreadData {
  path: string
  maxReceives: number
  /** How long to wait for another process's write before `file_locked`, ms. */
  busyMs: number
}

/** `open` finds out whether the file can be used; `close` is the last call a thread takes; `scrub` see the port. */
export type Calls = Omit<Tables, 'nextReadyAt'> & Record<'open' | 'close' | 'scrub', (now: number) => void>

export type Request = sqlite.Request<Calls>
export type Thread = sqlite.Thread<Calls>
