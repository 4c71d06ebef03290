import { randomUUID } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Deps } from '../deps.ts'
import { BackendError } from '../errors.ts'
import { filePathOf } from '../open.ts'
import { toBackendError } from '../sqlite/database.ts'
import { checkFileName, checkName, entryToName, nameToPath } from './names.ts'
import type { Blob, BlobEntry } from './port.ts'
import { watchSource } from './source.ts'

/** Not a folder of names: those end in `~` or `+`. On the same file system as the objects, so that a rename is atomic. */
const tempFolder = '~temp'
/** A younger file may be a put of another process. */
const tempMaxAgeMs = 3_600_000
const defaultLimit = 1000
const maxSyncedFolders = 10_000

interface Place {
  root: string
  synced: Set<string>
}

/** Keeps each object in a file below a folder: `file:./data/blobs`. The folder is made by the first put. */
export async function openFileBlob(url: string, deps: Deps): Promise<Blob> {
  const root = resolve(filePathOf(url))
  const place: Place = { root, synced: new Set() }
  let isClosed = false

  /** Turns whatever fails into a BackendError, and calls after the end into `closed`. */
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isClosed) throw new BackendError('closed')
    try {
      return await work()
    } catch (error) {
      throw toBackendError(error, root)
    }
  }

  await cleanTemp(root, deps.now())
  return {
    put: (name, body) => guard(() => put(place, name, body)),
    async putStream(name, chunks) {
      const source = watchSource(chunks)
      try {
        await guard(() => put(place, name, source.chunks))
      } catch (error) {
        throw source.failure()?.error ?? error
      }
    },
    get: (name) =>
      guard(async () => {
        checkName(name)
        return noneIfMissing(readFile(join(root, nameToPath(name))))
      }),
    getStream: (name) =>
      guard(async () => {
        checkName(name)
        const file = await noneIfMissing(open(join(root, nameToPath(name)), 'r'))
        return file && readPieces(file, root)
      }),
    link: (name, { downloadAs }) =>
      guard(async () => {
        checkName(name)
        if (downloadAs !== undefined) checkFileName(downloadAs)
        return undefined
      }),
    list: (prefix, options = {}) => guard(() => list(root, prefix, options)),
    delete: (name) =>
      guard(async () => {
        checkName(name)
        await noneIfMissing(unlink(join(root, nameToPath(name))))
      }),
    async close() {
      isClosed = true
    },
  }
}

async function put(place: Place, name: string, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
  checkName(name)
  const { root } = place
  const target = join(root, nameToPath(name))
  const temp = join(root, tempFolder, `${process.pid}-${randomUUID()}`)
  await makeFolder(dirname(temp), place)
  await makeFolder(dirname(target), place)
  try {
    const file = await open(temp, 'wx')
    try {
      await file.writeFile(body)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temp, target)
  } catch (error) {
    await unlink(temp).catch(() => undefined) // what stays is removed by a later open
    throw error
  }
  await syncFolder(dirname(target))
}

async function* readPieces(file: FileHandle, root: string): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream() as AsyncIterable<Uint8Array>
  } catch (error) {
    throw toBackendError(error, root)
  } finally {
    await file.close()
  }
}

/**
 * Makes a folder that a power cut does not take away: its entry is synced into its parent, and so on up to the root's.
 * `synced` holds the folders that need it no more. Folders that exist may still need it: another put may be making them.
 */
async function makeFolder(folder: string, { root, synced }: Place): Promise<void> {
  await mkdir(folder, { recursive: true })
  if (synced.size > maxSyncedFolders) synced.clear()
  for (let path = folder; !synced.has(path); path = dirname(path)) {
    await syncFolder(dirname(path))
    synced.add(path)
    if (path === root) break
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; its file system keeps a log of renames instead.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function list(
  root: string,
  prefix: string,
  { limit = defaultLimit, cursor = '' }: { limit?: number; cursor?: string },
): Promise<{ items: BlobEntry[]; nextCursor: string | null }> {
  const items: BlobEntry[] = []
  for await (const [name, path] of walk(root, '', prefix, cursor)) {
    if (items.length === limit) return { items, nextCursor: items.at(-1)?.name ?? null }
    const found = await noneIfMissing(stat(path))
    if (found) items.push({ name, bytes: found.size, modifiedAt: Math.floor(found.mtimeMs) })
  }
  return { items, nextCursor: null }
}

/** Names after `cursor` that start with `prefix`, in order, with their files. Folders that hold none are not entered. */
async function* walk(folder: string, above: string, prefix: string, cursor: string): AsyncGenerator<[string, string]> {
  const entries: Dirent[] = (await noneIfMissing(readdir(folder, { withFileTypes: true }))) ?? []
  const named = entries.flatMap((entry) => {
    const part = entryToName(entry.name, entry.isDirectory())
    return part === undefined
      ? []
      : [{ name: above + part, path: join(folder, entry.name), isFolder: entry.isDirectory() }]
  })
  named.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const { name, path, isFolder } of named) {
    if (!isFolder && name.startsWith(prefix) && name > cursor) yield [name, path]
    const mayHold = name.startsWith(prefix) || prefix.startsWith(name)
    const mayFollow = name > cursor || cursor.startsWith(name)
    if (isFolder && mayHold && mayFollow) yield* walk(path, name, prefix, cursor)
  }
}

/** Removes what puts left behind that were killed. Failing is no harm: the next open tries again. */
async function cleanTemp(root: string, now: number): Promise<void> {
  const folder = join(root, tempFolder)
  for (const entry of await readdir(folder).catch(() => [])) {
    const path = join(folder, entry)
    const found = await stat(path).catch(() => undefined)
    if (found && found.mtimeMs < now - tempMaxAgeMs) await unlink(path).catch(() => undefined)
  }
}

async function noneIfMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
