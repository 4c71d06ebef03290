import type { Deps } from '../deps.ts'
import type { Registry } from '../open.ts'
import type { Kv } from './port.ts'

export type OpenKv = (url: string, deps: Deps) => Promise<Kv>

const redis = async () => (await import('./redis.ts')).openRedisKv

/** One line a scheme. */
export const kvBackends = {
  memory: async () => (await import('./memory.ts')).openMemoryKv,
  redis,
  rediss: redis,
  'redis+cluster': redis,
  'rediss+cluster': redis,
  'redis+sentinel': redis,
} satisfies Registry<OpenKv>
