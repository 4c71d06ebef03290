import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SpillFolder } from '../server/state.ts'
import type { NodeAnalyticsOptions } from './types.ts'

const defaultMaxBytes = 1024 ** 3
/** How long a file belongs to who took it. Longer than a request may take; a process that is killed holds it as long. */
const leaseMs = 120_000
/** A file that has been half written for so long was left by a crash. */
const abandonedMs = 600_000
const partEnding = '.part'

/** What the name of a file says: `WRITTEN-RANDOM-BYTES-LEASEDUNTIL.events`, times in ms. */
interface File {
  name: string
  writtenAt: number
  random: string
  size: number
  leasedUntil: number
}

/**
 * Events in files, one a request: `FOLDER/DIGEST/NAME`, where the digest is that of endpoint and write key, so that
 * events of one project never go to another. A file appears under its name when it is complete and synced. Whoever
 * renames it to a lease of its own may send it; of several processes that try, one succeeds.
 */
export function openSpillFolder(options: NodeAnalyticsOptions, now: () => number): SpillFolder | undefined {
  const { spillFolder, maxSpillBytes = defaultMaxBytes, endpoint, writeKey } = options
  if (spillFolder === undefined) return undefined
  const digest = createHash('sha256').update(`${endpoint}\n${writeKey}`).digest('hex').slice(0, 16)
  const folder: Folder = { path: join(spillFolder, digest), maxBytes: maxSpillBytes, now }
  let last: Promise<unknown> = Promise.resolve()
  /** Changes of a file come one after the other: a late replacement would bring a removed file back. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result | undefined> => {
    const done = last.then(work).catch(ignore)
    last = done
    return done
  }
  return {
    async list() {
      await removeAbandoned(folder).catch(ignore)
      const files = await readFiles(folder).catch(() => [])
      // A clock that was wrong must not hold files back.
      return files.map(({ name, leasedUntil }) => ({ name, notBefore: Math.min(leasedUntil, now() + leaseMs) }))
    },
    write: (events) => writeNew(folder, events).catch(ignore),
    async take(name) {
      const taken = await lease(folder, name, now() + leaseMs).catch(ignore)
      if (!taken) return undefined
      const events = await readFile(join(folder.path, taken)).catch(ignore)
      return events && { name: taken, events, writtenAt: parseName(taken)?.writtenAt ?? 0 }
    },
    giveBack: async (name) => (await inTurn(() => lease(folder, name, 0))) ?? name,
    replace: (name, events) => inTurn(() => writeWhole(folder, name, events)),
    remove: (name) => inTurn(() => rm(join(folder.path, name))),
  }
}

interface Folder {
  path: string
  maxBytes: number
  now(): number
}

/** A disk that fails is like none: the caller has the events still. */
const ignore = (): undefined => undefined

const nameOf = ({ writtenAt, random, size, leasedUntil }: Omit<File, 'name'>): string =>
  `${[writtenAt, random, size, leasedUntil].join('-')}.events`

function parseName(name: string): File | undefined {
  const [, writtenAt, random = '', size, leasedUntil] = /^(\d+)-(\w+)-(\d+)-(\d+)\.events$/.exec(name) ?? []
  if (!random) return undefined
  return { name, writtenAt: Number(writtenAt), random, size: Number(size), leasedUntil: Number(leasedUntil) }
}

/** Oldest first. */
async function readFiles({ path }: Folder): Promise<File[]> {
  const files = (await readdir(path)).map(parseName).filter((file) => file !== undefined)
  return files.sort((a, b) => a.writtenAt - b.writtenAt)
}

async function removeAbandoned({ path, now }: Folder): Promise<void> {
  for (const name of await readdir(path)) {
    const file = join(path, name)
    if (name.endsWith(partEnding) && (await stat(file)).mtimeMs < now() - abandonedMs) await rm(file)
  }
}

async function lease({ path }: Folder, name: string, leasedUntil: number): Promise<string | undefined> {
  const file = parseName(name)
  if (!file) return undefined
  const leased = nameOf({ ...file, leasedUntil })
  await rename(join(path, name), join(path, leased))
  return leased
}

async function writeNew(folder: Folder, events: Uint8Array): Promise<string | undefined> {
  await mkdir(folder.path, { recursive: true, mode: 0o700 })
  const used = (await readFiles(folder)).reduce((sum, { size }) => sum + size, 0)
  if (used + events.length > folder.maxBytes) return undefined
  const random = randomBytes(8).toString('hex')
  const name = nameOf({ writtenAt: folder.now(), random, size: events.length, leasedUntil: 0 })
  await writeWhole(folder, name, events)
  return name
}

/** Under its name there is all of it or nothing, whatever happens meanwhile. */
async function writeWhole({ path }: Folder, name: string, events: Uint8Array): Promise<void> {
  const part = join(path, `${randomBytes(8).toString('hex')}${partEnding}`)
  const file = await open(part, 'wx', 0o600) // what people did is nobody else's business
  try {
    await file.writeFile(events)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(part, join(path, name))
}
