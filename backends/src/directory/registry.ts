import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Directory } from './port.ts'

export type OpenDirectory = (url: string, deps: Deps) => Promise<Directory>

const mongodb = async () => (await import('./mongodb.ts')).openMongoDirectory

/** One line a scheme. */
export const directoryBackends = {
  memory: async () => (await import('./memory.ts')).openMemoryDirectory,
  mongodb,
  'mongodb+srv': mongodb,
  sqlite: async () => (await import('./sqlite.ts')).openSqliteDirectory,
} satisfies Registry<OpenDirectory>
