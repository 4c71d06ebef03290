import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Queue, QueueOptions } from './port.ts'

export type OpenQueue = (url: string, deps: Deps, options: QueueOptions) => Promise<Queue>

/** One line a backend. */
export const queueBackends = {
  sqlite: async () => (await import('./sqlite.ts')).openSqliteQueue,
} satisfies Registry<OpenQueue>
