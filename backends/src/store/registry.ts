import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Store, StoreOptions } from './port.ts'

export type OpenStore = (url: string, deps: Deps, options?: StoreOptions) => Promise<Store>

/** One line a backend. */
export const storeBackends = {
  memory: async () => (await import('./memory.ts')).openMemoryStore,
  mongodb: async () => (await import('./mongodb.ts')).openMongoStore,
  'mongodb+srv': async () => (await import('./mongodb.ts')).openMongoStore,
  sqlite: async () => (await import('./sqlite.ts')).openSqliteStore,
} satisfies Registry<OpenStore>
