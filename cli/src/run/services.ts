import {
  type Blob,
  type Directory,
  followProjects,
  type Kv,
  openBlob,
  openDirectory,
  openKv,
  openQueue,
  openStore,
  type Queue,
  runRedriver,
  type Store,
} from '@trailstitch/backends'
import type { CollectorOptions } from '@trailstitch/collector'
import { createProjects, type LiveProjects, type Project } from '@trailstitch/protocol'
import type { Config } from '../config.ts'
import { messageOf } from '../errors.ts'
import type { Io } from '../io.ts'
import type { DataFolder } from './data-folder.ts'
import { sdkAllFile, sdkFile } from './files.ts'
import type { Lifecycle } from './lifecycle.ts'
import { processorData } from './pipeline.ts'
import { startProcessors } from './processors.ts'
import { backendUrls, queueOptions, storeOptions } from './urls.ts'

export async function openServiceQueue(config: Config, io: Io, lifecycle: Lifecycle): Promise<Queue> {
  const queue = await openQueue(backendUrls(config).queue, io.deps, queueOptions(config))
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

/** Where chunks go that the queue cannot take; undefined when the configuration has no place for them. */
export async function openServiceOverflow(config: Config, io: Io, lifecycle: Lifecycle): Promise<Blob | undefined> {
  const { overflow: url } = backendUrls(config)
  if (url === undefined) return undefined
  const overflow = await openBlob(url, io.deps)
  lifecycle.add('overflow', () => overflow.close())
  return overflow
}

/** Brings chunks from the overflow, if there is one, into the queue until the stop. */
export function startServiceRedriver(
  { queue, kv, overflow }: { queue: Queue; kv: Kv; overflow: Blob | undefined },
  io: Io,
  lifecycle: Lifecycle,
): void {
  if (!overflow) return
  const stop = new AbortController()
  const running = runRedriver({ queue, overflow, kv, deps: io.deps }, stop.signal)
  lifecycle.add('re-driver', () => {
    stop.abort()
    return running
  })
}

export interface ServiceProjects {
  /** Undefined where it cannot be opened: then the projects are those of the data folder. */
  directory: Directory | undefined
  projects: LiveProjects
  /** Makes changes in the directory count here at once. */
  refresh(): Promise<void>
  /** Calls back with the projects whenever they change. */
  onChange(listener: (list: readonly Project[]) => void): void
}

/** The projects of the data folder, and what the directory makes of them. */
export async function openServiceProjects(
  config: Config,
  { list }: DataFolder,
  io: Io,
  lifecycle: Lifecycle,
): Promise<ServiceProjects> {
  const directory = await openDirectory(backendUrls(config).directory, io.deps).catch((error: unknown) => {
    // Services that only read it, on a disk that cannot be written, go on as they did before there was one.
    io.deps.log.warn({ error: messageOf(error) }, 'there is no directory; the projects are those of the data folder')
    return undefined
  })
  if (!directory) return { directory, projects: createProjects(list), refresh: async () => {}, onChange: () => {} }
  lifecycle.add('directory', () => directory.close())
  const listeners: ((list: readonly Project[]) => void)[] = []
  const followed = await followProjects(list, directory, io.deps, (projects) => {
    for (const listener of listeners) listener(projects)
  })
  lifecycle.add('projects', async () => followed.stop())
  const { projects, refresh } = followed
  return { directory, projects, refresh, onChange: (listener) => listeners.push(listener) }
}

/** Starts the configured number of processor threads and waits until they run. */
export async function startServiceProcessors(
  config: Config,
  { projects, onChange }: ServiceProjects,
  io: Io,
  lifecycle: Lifecycle,
): Promise<void> {
  const data = processorData(config, projects.all())
  const pool = startProcessors({ data, threads: config.workers, deps: io.deps })
  lifecycle.add('processors', () => pool.stop())
  onChange((list) => pool.setProjects(list))
  await pool.ready
}

export function collectorOptions(
  config: Config,
  { queue, kv, overflow }: { queue: Queue; kv: Kv; overflow: Blob | undefined },
  { projects }: Pick<ServiceProjects, 'projects'>,
  io: Io,
): CollectorOptions {
  return {
    queue,
    kv,
    ...(overflow && { overflow }),
    projects,
    deps: io.deps,
    sdkFile,
    sdkAllFile,
    limits: {
      requestsPerMinutePerKey: config.requestsPerMinutePerKey,
      requestsPerMinutePerIp: config.requestsPerMinutePerIp,
      maxInFlightBytes: config.maxInFlightBytes,
    },
    ...(config.publicUrl !== undefined && { publicUrl: config.publicUrl }),
  }
}
