import { randomBytes } from 'node:crypto'
import { type Directory, type DirectoryDocument, newDocument } from './port.ts'

// Who is to be erased. The documents name people by digests alone, and go 8 days after the work is done.

/** A person who is to be erased, or has been lately. */
export interface Erasure {
  project: string
  /** Under which the person was known. */
  profileId: string
  /** Digests of the person's user and anonymous ids, see `eraseKey`. */
  keys: readonly string[]
  /** ms. What was received before goes. */
  requestedAt: number
  state: 'waiting' | 'running' | 'done'
  /** Events that are gone from the store. */
  events: number
  /** Events that had been received before, came out of the queue later and were not stored. */
  dropped: number
  doneAt?: number
}

const kind = 'erasure'
export const erasureKeptMs = 8 * 86_400_000
const maxTries = 20

/** Asks for an erasure and resolves with its id. Workers begin with it some seconds later. */
export async function askErasure(
  directory: Pick<Directory, 'write'>,
  { project, profileId, keys }: Pick<Erasure, 'project' | 'profileId' | 'keys'>,
  now: number,
): Promise<string> {
  const id = `${now.toString(36).padStart(9, '0')}-${randomBytes(9).toString('base64url')}`
  const body: Erasure = { project, profileId, keys, requestedAt: now, state: 'waiting', events: 0, dropped: 0 }
  await directory.write(kind, id, body, { expected: newDocument, keys: { project } })
  return id
}

/** All that are open or were done lately, the newest first; of one project or of all. */
export async function readErasures(
  directory: Pick<Directory, 'list'>,
  project?: string,
): Promise<DirectoryDocument<Erasure>[]> {
  const found: DirectoryDocument<Erasure>[] = []
  for (let after: string | undefined; ; ) {
    const { items, nextCursor } = await directory.list<Erasure>(kind, {
      limit: 1_000,
      order: 'desc',
      ...(project !== undefined && { by: ['project', project] as const }),
      ...(after !== undefined && { after }),
    })
    found.push(...items)
    if (nextCursor === null) return found
    after = nextCursor
  }
}

/** Changes an erasure to what it is by now; false where it is no more. Several workers may do so at once. */
export async function changeErasure(
  directory: Pick<Directory, 'read' | 'write'>,
  id: string,
  change: (before: Erasure) => Erasure,
): Promise<boolean> {
  for (let left = maxTries; left > 0; left--) {
    const known = await directory.read<Erasure>(kind, id)
    if (!known) return false
    const body = change(known.body)
    const written = await directory.write(kind, id, body, {
      expected: known.version,
      keys: { project: body.project },
      ...(body.doneAt !== undefined && { expiresAt: body.doneAt + erasureKeptMs }),
    })
    if (written) return true
  }
  throw new Error(`erasure ${id} is being changed all the time`)
}
