import {
  type Blob,
  createSender,
  openBlob,
  openQueue,
  openStore,
  overflowPrefix,
  type Queue,
  runRedriver,
  type Sender,
  type Store,
} from '@trailstitch/backends'
import type { LedgerSums, Project } from '@trailstitch/protocol'
import type { Config } from '../config.ts'
import { CliError } from '../errors.ts'
import { type Io, pause } from '../io.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import type { ProcessorThreadData } from './processor-message.ts'
import { startProcessors } from './processors.ts'
import { backendUrls, queueOptions, storeOptions } from './urls.ts'

/** The way events take, for a command that sends some and waits until they can be read. */
export interface Pipeline {
  folder: DataFolder
  queue: Queue
  sender: Sender
  /** Opened for reading. */
  store: Store
  /** Processes what is in overflow and queue, see {@link processQueue}. */
  process(sent: Promise<unknown>): Promise<Processed>
  close(): Promise<void>
}

export async function openPipeline(config: Config, io: Io): Promise<Pipeline> {
  const folder = openDataFolder(config)
  const urls = backendUrls(config)
  const overflow = urls.overflow === undefined ? undefined : await openBlob(urls.overflow, io.deps)
  const queue = await openQueue(urls.queue, io.deps, queueOptions(config))
  const store = await openStore(urls.store, io.deps, { ...storeOptions(config), readOnly: true }).catch(
    async (error: unknown) => {
      await queue.close()
      await overflow?.close()
      throw error
    },
  )
  const sender = createSender({ queue, deps: io.deps, ...(overflow && { overflow }) })
  return {
    folder,
    queue,
    sender,
    store,
    process: (sent) => processQueue({ queue, overflow }, processorData(config, folder.list), sent, io),
    async close() {
      await sender.close()
      await store.close()
      await queue.close()
      await overflow?.close()
    },
  }
}

export function processorData(config: Config, projects: readonly Project[]): ProcessorThreadData {
  const urls = backendUrls(config)
  return {
    queueUrl: urls.queue,
    storeUrl: urls.store,
    directoryUrl: urls.directory,
    dedupeMs: storeOptions(config).dedupeMs,
    queueOptions: queueOptions(config),
    projects,
    logLevel: config.logLevel,
    ...(config.countryFile !== undefined && { countryFile: config.countryFile }),
  }
}

/** The project a command works on: the one named, else the first. Throws `not_found`. */
export function findProject({ list }: Pick<DataFolder, 'list'>, id: string | undefined): Project {
  const project = id === undefined ? list[0] : list.find((candidate) => candidate.id === id)
  if (project) return project
  const known = list.map((candidate) => candidate.id).join(', ')
  throw new CliError('not_found', `There is no project "${id ?? ''}". There is: ${known}.`)
}

export interface Processed {
  /** Nothing waits any more. False when the stop came first. */
  drained: boolean
  /** Queue entries that became dead letters meanwhile. */
  dead: number
}

const lookMs = 50
/** A processor that runs elsewhere takes an entry up within this time; after it, it is our turn. */
const othersMs = 1_000

/**
 * Sees to it that what is in overflow and queue gets processed, until `sent` is over and both are empty. While another
 * process takes entries it is left to that one; a processor of our own starts when they lie untouched for a second.
 */
export async function processQueue(
  { queue, overflow }: { queue: Queue; overflow: Blob | undefined },
  data: ProcessorThreadData,
  sent: Promise<unknown>,
  { deps, stop }: Pick<Io, 'deps' | 'stop'>,
): Promise<Processed> {
  let isSent = false
  const markSent = (): void => {
    isSent = true
  }
  sent.then(markSent, markSent)
  const deadBefore = (await queue.depth()).dead
  const redriverStop = new AbortController()
  const redriving = overflow && runRedriver({ queue, overflow, deps }, redriverStop.signal)
  let untouchedSince: number | undefined
  let pool: ReturnType<typeof startProcessors> | undefined
  try {
    for (;;) {
      // In the order that chunks go: sent, in the overflow, in the queue.
      const isAllInQueue = isSent && (await isEmpty(overflow))
      const { waiting, leased, dead } = await queue.depth()
      if (waiting + leased === 0 && isAllInQueue) return { drained: true, dead: dead - deadBefore }
      if (waiting === 0 || leased > 0) untouchedSince = undefined
      else untouchedSince ??= deps.now()
      if (!pool && untouchedSince !== undefined && deps.now() - untouchedSince >= othersMs) {
        pool = startProcessors({ data, threads: 1, deps })
        await pool.ready
      }
      if (!(await pause(lookMs, stop))) return { drained: false, dead: dead - deadBefore }
    }
  } finally {
    redriverStop.abort()
    await redriving
    await pool?.stop()
  }
}

const isEmpty = async (overflow: Blob | undefined): Promise<boolean> =>
  overflow === undefined || (await overflow.list(overflowPrefix, { limit: 1 })).items.length === 0

/** The books of a project for what was received since `from`, as they stand. */
export async function readBooks(store: Pick<Store, 'query'>, project: string, from: number): Promise<LedgerSums> {
  const { received, stored, duplicate, rejected } = await store.query({ type: 'ledger', project, from })
  return { received, stored, duplicate, rejected }
}
