import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { QueueOptions } from '@trailstitch/backends'
import type { Config } from '../config.ts'

export interface BackendUrls {
  queue: string
  store: string
  kv: string
  blob: string
  directory: string
  /** Blob storage for chunks that the queue cannot take; undefined where there is none that is sound. */
  overflow: string | undefined
}

/** What was configured, else the embedded backends in the data folder. */
export function backendUrls({ data, queueUrl, storeUrl, kvUrl, blobUrl, directoryUrl }: Config): BackendUrls {
  const embeddedBlob = `file:${join(data, 'blobs')}`
  return {
    queue: queueUrl ?? `sqlite:${join(data, 'queue.db')}`,
    store: storeUrl ?? `sqlite:${join(data, 'store.db')}`,
    kv: kvUrl ?? 'memory:',
    blob: blobUrl ?? embeddedBlob,
    // Where several machines share a store, they have to share accounts and projects, too.
    directory: directoryUrl ?? (storeUrl?.startsWith('mongodb') ? storeUrl : `sqlite:${join(data, 'directory.db')}`),
    // The data folder is as durable as the queue only where the queue lies in it, too, and only there does everybody who
    // shares the queue share the folder. Beside a queue elsewhere it may be a disk that goes with its container.
    overflow: blobUrl ?? (queueUrl === undefined ? embeddedBlob : undefined),
  }
}

/** How the queue of this configuration is opened. */
export function queueOptions(config: Config): QueueOptions {
  const { overflow: spillUrl } = backendUrls(config)
  return { maxReceives: config.maxReceives, ...(spillUrl !== undefined && { spillUrl }) }
}

const dayMs = 24 * 60 * 60_000

/** How a store of this configuration is opened by who writes. */
export const storeOptions = ({ dedupeDays }: Config): { dedupeMs: number } => ({
  dedupeMs: Math.round(dedupeDays * dayMs),
})

/** Whether an embedded backend has not been made yet. Looking does not make it. */
export function isMissing(url: string): boolean {
  const path = /^(?:sqlite|file):(?:\/\/)?(.+)$/.exec(url)?.[1]
  return path !== undefined && !existsSync(path)
}

/** A password in a URL does not belong into a report that is sent around. */
export const shownUrl = (url: string): string => url.replace(/\/\/.*@/, '//…@')
