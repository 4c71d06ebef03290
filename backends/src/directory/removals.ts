import type { Project } from '@trailstitch/protocol'
import { type Directory, type DirectoryDocument, newDocument } from './port.ts'
import { addressOf } from './projects.ts'

// Which projects are to be removed, or were. The documents stay for good: what is left of a project in a queue, among dead
// letters or in a backup must not bring it back.

/** A project that is to be removed, or is gone. Its id is that of the document. */
export interface Removal {
  name: string
  isDemo: boolean
  /** ms. */
  requestedAt: number
  /** Users who owned it, and may ask how far it has come. */
  owners: readonly string[]
  state: 'waiting' | 'running' | 'done'
  /** Events that are gone from the store. */
  events: number
  doneAt?: number
  /** It was looked once more, later, and nothing had come after. */
  isSettled?: boolean
}

const kind = 'removal'
const maxTries = 20
/** Kinds of documents that belong to a project by their key `project`. The audit log stays until it is old. */
const kindsOfProject = ['api-key', 'invitation', 'report', 'annotation', 'share', 'embed', 'erasure'] as const

/**
 * Asks for the removal of a project that lies in the directory, and takes it away from every service within seconds. One
 * that was asked for before stays as it is. Workers remove its data.
 */
export async function askRemoval(
  directory: Pick<Directory, 'write' | 'delete'>,
  { id, name, isDemo = false }: Project,
  owners: readonly string[],
  now: number,
): Promise<void> {
  const body: Removal = { name, isDemo, requestedAt: now, owners, state: 'waiting', events: 0 }
  await directory.write(kind, id, body, { expected: newDocument })
  // The wish is durable first: what is cut off here is done by a worker.
  await directory.delete(...addressOf(id))
}

export const readRemoval = (
  directory: Pick<Directory, 'read'>,
  project: string,
): Promise<DirectoryDocument<Removal> | undefined> => directory.read<Removal>(kind, project)

/** All of them, by id of the project. */
export async function readRemovals(directory: Pick<Directory, 'list'>): Promise<DirectoryDocument<Removal>[]> {
  const found: DirectoryDocument<Removal>[] = []
  for (let after: string | undefined; ; ) {
    const { items, nextCursor } = await directory.list<Removal>(kind, {
      limit: 1_000,
      ...(after !== undefined && { after }),
    })
    found.push(...items)
    if (nextCursor === null) return found
    after = nextCursor
  }
}

/** Changes a removal to what it is by now. Several workers may do so at once. */
export async function changeRemoval(
  directory: Pick<Directory, 'read' | 'write'>,
  project: string,
  change: (before: Removal) => Removal,
): Promise<void> {
  for (let left = maxTries; left > 0; left--) {
    const known = await readRemoval(directory, project)
    if (!known) return
    if (await directory.write(kind, project, change(known.body), { expected: known.version })) return
  }
  throw new Error(`removal of ${project} is being changed all the time`)
}

/** Deletes what people made in a project and the project itself. May be done again at any time. */
export async function deleteMadeIn(directory: Pick<Directory, 'list' | 'delete'>, project: string): Promise<void> {
  await directory.delete(...addressOf(project))
  await directory.delete('team', project)
  for (const made of kindsOfProject) {
    // What was deleted is not listed again.
    for (let isMore = true; isMore; ) {
      const { items, nextCursor } = await directory.list(made, { by: ['project', project], limit: 1_000 })
      for (const { id } of items) await directory.delete(made, id)
      isMore = nextCursor !== null
    }
  }
}
