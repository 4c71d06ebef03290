import {
  type AppendChunk,
  changeRemoval,
  type Deps,
  type Directory,
  deleteMadeIn,
  type Queue,
  type Removal,
  readRemovals,
  type Store,
} from '@trailstitch/backends'
import type { Projects } from '@trailstitch/protocol'

export interface RemovingOptions {
  store: Pick<Store, 'removeProject'>
  queue: Pick<Queue, 'scrub'>
  /** Where removals are asked for. */
  directory: Pick<Directory, 'list' | 'read' | 'write' | 'delete'>
  projects: Pick<Projects, 'byId'>
  deps: Deps
}

/** Removes projects that are asked for in the directory. */
export interface Removing {
  /** A chunk without anything of projects that are removed, not in its books either. */
  drop(chunk: AppendChunk): AppendChunk
  /** Looks for what is asked for, and does a piece of it. Failures are logged and tried again. */
  work(): Promise<void>
}

interface Known {
  project: string
  removal: Removal
}

/** How old what a worker knows of the directory may be. */
const lookMs = 2_000
/** Work begins once every worker knows of it, and none knows the project any more. */
const settleMs = 10_000
/** When it is looked once more whether a worker that was held up has written something after all. */
const secondLookMs = 86_400_000
const maxEvents = 5_000
/** What one round does, at most: no event waits longer. */
const [roundMs, roundPieces] = [500, 20]

export function createRemoving({ store, queue, directory, projects, deps }: RemovingOptions): Removing {
  let known: Known[] = []
  let gone = new Set<string>()
  /** Whose documents are deleted, here and since the start. */
  const taken = new Set<string>()
  let lookedAt = Number.NEGATIVE_INFINITY

  const look = async (): Promise<void> => {
    if (deps.now() - lookedAt < lookMs) return
    known = (await readRemovals(directory)).map(({ id, body }) => ({ project: id, removal: body }))
    gone = new Set(known.map(({ project }) => project))
    lookedAt = deps.now()
  }
  /** A project of the configuration may have the id of one that is gone: then it is there, and stays. */
  const isGone = (project: string): boolean => gone.has(project) && projects.byId(project) === undefined

  const isDue = ({ project, removal: { state, requestedAt, doneAt = 0, isSettled } }: Known): boolean => {
    if (!isGone(project)) return false
    return state === 'done' ? !isSettled && deps.now() - doneAt >= secondLookMs : deps.now() - requestedAt >= settleMs
  }
  const change = async (one: Known, next: (before: Removal) => Removal): Promise<void> => {
    await changeRemoval(directory, one.project, next)
    one.removal = next(one.removal)
  }
  /** True: there is nothing more to remove. */
  const removePieces = async (one: Known): Promise<boolean> => {
    const until = deps.now() + roundMs
    let removed = 0
    let isMore = true
    for (let left = roundPieces; isMore && left > 0 && deps.now() < until; left--) {
      const { more, events } = await store.removeProject(one.project, maxEvents)
      removed += events
      isMore = more
    }
    if (removed > 0) await change(one, (before) => ({ ...before, events: before.events + removed }))
    return !isMore
  }
  const removeNext = async (): Promise<void> => {
    for (const { project, removal } of known) {
      if (removal.state !== 'waiting' || taken.has(project)) continue
      await deleteMadeIn(directory, project)
      taken.add(project)
    }
    const next = known.find(isDue)
    if (!next) return
    if (next.removal.state === 'waiting') await change(next, (before) => ({ ...before, state: 'running' }))
    if (!(await removePieces(next))) return
    await queue.scrub?.()
    await deleteMadeIn(directory, next.project)
    if (next.removal.state === 'done') return change(next, (before) => ({ ...before, isSettled: true }))
    await change(next, (before) => ({ ...before, state: 'done', doneAt: before.doneAt ?? deps.now() }))
    deps.log.info({ project: next.project }, 'a project was removed')
  }

  return {
    drop: (chunk) => without(chunk, isGone),
    async work() {
      try {
        await look()
        await removeNext()
      } catch (error) {
        deps.log.error({ error: (error as Error).message }, 'a project could not be removed yet; it is tried again')
      }
    },
  }
}

function without(chunk: AppendChunk, isGone: (project: string) => boolean): AppendChunk {
  const isLeft = ({ project }: { project: string }): boolean => !isGone(project)
  if (chunk.received.every(isLeft) && chunk.events.every(isLeft) && chunk.rejected.every(isLeft)) return chunk
  return {
    ...chunk,
    received: chunk.received.filter(isLeft),
    events: chunk.events.filter(isLeft),
    rejected: chunk.rejected.filter(isLeft),
    ...(chunk.erased && { erased: chunk.erased.filter(isLeft) }),
  }
}
