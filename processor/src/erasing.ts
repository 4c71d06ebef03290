import {
  type AppendChunk,
  changeErasure,
  type Deps,
  type Directory,
  type Erasure,
  erasedBy,
  isBodyErased,
  isReceivedOf,
  type Queue,
  readErasures,
  type StitchRules,
  type Store,
} from '@trailstitch/backends'

export interface ErasingOptions {
  store: Pick<Store, 'erase'>
  queue: Pick<Queue, 'scrub'>
  /** Where erasures are asked for. */
  directory: Pick<Directory, 'list' | 'read' | 'write'>
  deps: Deps
  rules: StitchRules
}

/** Erases people who are asked for in the directory. */
export interface Erasing {
  /** A chunk without the events of people who were erased after these had been received. */
  drop(chunk: AppendChunk): AppendChunk
  /** Looks for what is asked for, and does a piece of it. Failures are logged and tried again. */
  work(): Promise<void>
}

interface Known {
  id: string
  erasure: Erasure
  erased: ReturnType<typeof erasedBy>
}

/** How old what a worker knows of the directory may be. */
const lookMs = 2_000
/** Work begins later than every worker knows of it: what they take in from then on is without the person. */
const settleMs = 10_000
const maxEvents = 5_000

export function createErasing({ store, queue, directory, deps, rules }: ErasingOptions): Erasing {
  let known: Known[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  const dropped = new Map<string, number>()
  const scrubber = createScrubber(queue)

  const look = async (): Promise<void> => {
    if (deps.now() - lookedAt < lookMs) return
    const docs = await readErasures(directory)
    const before = new Map(known.map((one) => [one.id, one.erased]))
    known = docs.map(({ id, body }) => ({
      id,
      erasure: body,
      erased: before.get(id) ?? erasedBy({ ...body, before: body.requestedAt }),
    }))
    lookedAt = deps.now()
  }
  const noteDropped = async (): Promise<void> => {
    for (const [id, events] of dropped) {
      dropped.delete(id)
      await changeErasure(directory, id, (erasure) => ({ ...erasure, dropped: erasure.dropped + events }))
    }
  }
  const eraseNext = async (): Promise<void> => {
    const next = known.findLast(({ erasure: { state, requestedAt } }) => {
      return state !== 'done' && deps.now() - requestedAt >= settleMs
    })
    if (!next) return
    const { project, keys, requestedAt: before } = next.erasure
    const { more, events } = await store.erase({ id: next.id, project, keys, before, rules }, maxEvents)
    if (!more) await queue.scrub?.()
    await changeErasure(directory, next.id, (erasure) => ({
      ...erasure,
      state: more ? 'running' : 'done',
      events: erasure.events + events,
      ...(!more && { doneAt: deps.now() }),
    }))
    next.erasure = { ...next.erasure, state: more ? 'running' : 'done' }
    if (!more) deps.log.info({ project, erasure: next.id }, 'a person was erased')
  }
  return {
    drop(chunk) {
      let left = chunk
      for (const { id, erasure, erased } of known) {
        const next = dropOf(left, erasure.project, erased)
        const events = (next.erased?.length ?? 0) - (left.erased?.length ?? 0)
        if (events > 0) {
          dropped.set(id, (dropped.get(id) ?? 0) + events)
          scrubber.note()
        }
        left = next
      }
      return left
    },
    async work() {
      try {
        await look()
        await noteDropped()
        if (known.some(({ erasure }) => erasure.state === 'done')) await scrubber.scrub()
        await eraseNext()
      } catch (error) {
        deps.log.error({ error: (error as Error).message }, 'a person could not be erased yet; it is tried again')
      }
    },
  }
}

/** What came out of the queue after an erasure was done may still be in its file. */
function createScrubber(queue: ErasingOptions['queue']): { note(): void; scrub(): Promise<void> } {
  // Whoever begins does not know what one that was killed has taken out of the queue.
  let isDue = true
  return {
    note() {
      isDue = true
    },
    async scrub() {
      if (!isDue) return
      await queue.scrub?.()
      isDue = false
    },
  }
}

const minuteMs = 60_000
const minuteOf = (time: number): number => Math.floor(time / minuteMs) * minuteMs

function dropOf(chunk: AppendChunk, project: string, erased: Known['erased']): AppendChunk {
  const isMine = (one: { project: string; receivedAt: number }): boolean =>
    one.project === project && one.receivedAt < erased.before
  const events = chunk.events.filter((event) => isMine(event) && isReceivedOf(erased, event))
  const rejected = chunk.rejected.filter((one) => isMine(one) && isBodyErased(erased, one.body))
  if (events.length + rejected.length === 0) return chunk
  const row = (kind: 'stored' | 'rejected') => (one: { receivedAt: number }) => {
    return { project, minute: minuteOf(one.receivedAt), kind, events: 1 }
  }
  return {
    ...chunk,
    events: chunk.events.filter((event) => !events.includes(event)),
    rejected: chunk.rejected.filter((one) => !rejected.includes(one)),
    erased: [...(chunk.erased ?? []), ...events.map(row('stored')), ...rejected.map(row('rejected'))],
  }
}
