import { join } from 'node:path'
import type { Config } from '../config.ts'

export interface BackendUrls {
  queue: string
  store: string
  kv: string
  blob: string
}

/** What was configured, else the embedded backends in the data folder. */
export function backendUrls({ data, queueUrl, storeUrl, kvUrl, blobUrl }: Config): BackendUrls {
  return {
    queue: queueUrl ?? `sqlite:${join(data, 'queue.db')}`,
    store: storeUrl ?? `sqlite:${join(data, 'store.db')}`,
    kv: kvUrl ?? 'memory:',
    blob: blobUrl ?? `file:${join(data, 'blobs')}`,
  }
}

const dayMs = 24 * 60 * 60_000

/** How a store of this configuration is opened by who writes. */
export const storeOptions = ({ dedupeDays }: Config): { dedupeMs: number } => ({
  dedupeMs: Math.round(dedupeDays * dayMs),
})
