import type { Store } from '@trailstitch/backends'
import { chunkId, decodeChunk, type EventAnswer, isPlainObject, openPart, parseBody } from '@trailstitch/protocol'
import { eachChunk, type InFlightSources } from './overflow-reading.ts'
import { eachMessage } from './queue-reading.ts'

/**
 * `stored`. `waiting`: in the queue or the overflow. `dead`: a dead letter. `rejected`: set aside. `taken`: its messageId
 * was taken, but what was stored was let go or lies nobody knows where. `unknown`: it never came, or so long ago that its
 * messageId is forgotten.
 */
export type EventState = 'stored' | 'waiting' | 'dead' | 'rejected' | 'taken' | 'unknown'

/** A step of an event's way. `at`: ms since 1970, the time of receipt for those that are on their way. */
export interface Step {
  what: 'happened' | 'received' | 'set_aside' | 'replayed' | 'waiting' | 'dead'
  at: number
}

export interface EventTrace extends EventAnswer {
  state: EventState
  /** In order of time. */
  trail: Step[]
  /** False: there was more in queue or overflow than is looked through, or the queue cannot be looked into. */
  complete: boolean
}

/** A copy of the event that is on its way. */
interface Sighting {
  what: 'waiting' | 'dead'
  collector: string
  seq: number
  receivedAt: number
}

/** Entries looked at in each place. */
const maxMessages = 2_000
/** Of bodies that are opened, in all: some 100,000 events. */
const maxOpenedBytes = 64 * 1024 * 1024

/** Looks for an event where it may be, in the order in which chunks go: overflow, queue, store. */
export async function traceEvent(
  { store, queue, overflow }: InFlightSources & { store: Pick<Store, 'query'> },
  project: string,
  messageId: string,
): Promise<EventTrace> {
  const search = createSearch(project, messageId)
  const limits = { maxMessages }
  const inOverflow = overflow ? await eachChunk(overflow, limits, search.look('waiting')) : true
  const inQueue = queue.traits.listsPending && (await eachMessage(queue, 'pending', limits, search.look('waiting')))
  const inDead = await eachMessage(queue, 'dead', limits, search.look('dead'))
  const answer = await store.query({ type: 'event', project, messageId })
  const sightings = await withoutTaken(store, search.sightings())
  return {
    ...answer,
    state: stateOf(answer, sightings),
    trail: trailOf(answer, sightings),
    complete: inOverflow && inQueue && inDead,
  }
}

function createSearch(project: string, messageId: string) {
  const found = new Map<string, Sighting>()
  let openedBytes = 0
  const lookInto = (bytes: Uint8Array, what: Sighting['what']): void => {
    const { header, bodies } = decodeChunk(bytes)
    for (const [index, part] of header.parts.entries()) {
      if (part.project !== project) continue
      const body = openPart(part, bodies[index] ?? new Uint8Array())
      openedBytes += body.length
      if (!holds(body, messageId)) continue
      const { events } = parseBody(body, part.kind)
      if (!events.some((event) => isPlainObject(event) && event.messageId === messageId)) continue
      const { collector, seq } = header
      found.set(chunkId(header), { what, collector, seq, receivedAt: part.receivedAt })
    }
  }
  return {
    sightings: (): Sighting[] => [...found.values()],
    /** False once enough was opened. */
    look: (what: Sighting['what']) => (bytes: Uint8Array) => {
      try {
        lookInto(bytes, what)
      } catch {
        // What nobody can read holds no event that has a messageId.
      }
      return openedBytes < maxOpenedBytes
    },
  }
}

/** Whether it is worth parsing: the id may be written with escapes. */
function holds(body: Uint8Array, messageId: string): boolean {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return bytes.includes(messageId) || bytes.includes('\\')
}

/** A chunk whose ack was lost is still in the queue, and changes nothing any more. */
async function withoutTaken(store: Pick<Store, 'query'>, sightings: readonly Sighting[]): Promise<Sighting[]> {
  if (sightings.length === 0) return []
  const chunks = sightings.map(({ collector, seq }) => ({ collector, seq }))
  const taken = new Set((await store.query({ type: 'processed', chunks })).map(chunkId))
  return sightings.filter((sighting) => !taken.has(chunkId(sighting)))
}

function stateOf({ stored, takenOn, rejected }: EventAnswer, sightings: readonly Sighting[]): EventState {
  if (stored) return 'stored'
  // Before what is taken: a store without transactions takes the id first and the event a moment later.
  if (sightings.some(({ what }) => what === 'waiting')) return 'waiting'
  if (takenOn !== null) return 'taken'
  if (sightings.length > 0) return 'dead'
  return rejected.length > 0 ? 'rejected' : 'unknown'
}

function trailOf({ stored, rejected }: EventAnswer, sightings: readonly Sighting[]): Step[] {
  const steps: Step[] = []
  if (stored) {
    steps.push({ what: 'happened', at: stored.event.timestamp }, { what: 'received', at: stored.event.receivedAt })
  }
  for (const { receivedAt, replayedAt } of rejected) {
    steps.push({ what: 'set_aside', at: receivedAt })
    if (replayedAt !== undefined) steps.push({ what: 'replayed', at: replayedAt })
  }
  for (const { what, receivedAt } of sightings) steps.push({ what, at: receivedAt })
  return steps.sort((a, b) => a.at - b.at)
}
