import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Queue, QueueOptions } from './port.ts'

export type OpenQueue = (url: string, deps: Deps, options: QueueOptions) => Promise<Queue>

/** One line a backend. */
export const queueBackends = {
  https: async () => (await import('./sqs.ts')).openSqsQueue,
  sqlite: async () => (await import('./sqlite.ts')).openSqliteQueue,
  sqs: async () => (await import('./sqs.ts')).openSqsQueue,
} satisfies Registry<OpenQueue>
