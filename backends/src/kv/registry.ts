import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Kv } from './port.ts'

export type OpenKv = (url: string, deps: Deps) => Promise<Kv>

/** One line a backend. */
export const kvBackends = {
  memory: async () => (await import('./memory.ts')).openMemoryKv,
} satisfies Registry<OpenKv>
