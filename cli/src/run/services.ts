import { type Kv, openKv, openQueue, openStore, type Queue, type Store } from '@trailstitch/backends'
import type { CollectorOptions } from '@trailstitch/collector'
import type { Config } from '../config.ts'
import type { Io } from '../io.ts'
import type { DataFolder } from './data-folder.ts'
import { sdkFile } from './files.ts'
import type { Lifecycle } from './lifecycle.ts'
import { processorData } from './pipeline.ts'
import { startProcessors } from './processors.ts'
import { backendUrls, storeOptions } from './urls.ts'

export async function openServiceQueue(config: Config, io: Io, lifecycle: Lifecycle): Promise<Queue> {
  const queue = await openQueue(backendUrls(config).queue, io.deps, { maxReceives: config.maxReceives })
  lifecycle.add('queue', () => queue.close())
  return queue
}

/** For queries; the processors write through handles of their own. */
export async function openServiceStore(config: Config, io: Io, lifecycle: Lifecycle): Promise<Store> {
  const store = await openStore(backendUrls(config).store, io.deps, { ...storeOptions(config), readOnly: true })
  lifecycle.add('store', () => store.close())
  return store
}

export async function openServiceKv(config: Config, io: Io, lifecycle: Lifecycle): Promise<Kv> {
  const kv = await openKv(backendUrls(config).kv, io.deps)
  lifecycle.add('kv', () => kv.close())
  return kv
}

/** Starts the configured number of processor threads and waits until they run. */
export async function startServiceProcessors(
  config: Config,
  folder: DataFolder,
  io: Io,
  lifecycle: Lifecycle,
): Promise<void> {
  const pool = startProcessors({ data: processorData(config, folder), threads: config.workers, deps: io.deps })
  lifecycle.add('processors', () => pool.stop())
  await pool.ready
}

export function collectorOptions(
  config: Config,
  { queue, kv }: { queue: Queue; kv: Kv },
  folder: DataFolder,
  io: Io,
): CollectorOptions {
  return {
    queue,
    kv,
    projects: folder.projects,
    deps: io.deps,
    sdkFile,
    limits: {
      requestsPerMinutePerKey: config.requestsPerMinutePerKey,
      requestsPerMinutePerIp: config.requestsPerMinutePerIp,
      maxInFlightBytes: config.maxInFlightBytes,
    },
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
  }
}
