import type { StoredEvent } from '@trailstitch/protocol'
import type { Books } from './memory-answers.ts'
import { type Kept, visitorKey, type World } from './memory-world.ts'
import type { RemoveOutcome } from './port.ts'

interface Parts {
  /** Those that are gone leave their place empty. */
  events: (StoredEvent | undefined)[]
  world: World
  kept: Kept
  books: Books
}

/** Takes events away, as many as there may be, and with the last of them all that is known of the project. */
export function removeProject(
  { events, world, kept, books }: Parts,
  project: string,
  maxEvents: number,
): RemoveOutcome {
  let removed = 0
  for (const [index, event] of events.entries()) {
    if (event?.project !== project) continue
    if (removed === maxEvents) return { more: true, events: removed }
    events[index] = undefined
    removed++
  }
  const isOther = (one: { project: string }): boolean => one.project !== project
  const holdsOther = ({ event }: { event: { project: string } }): boolean => isOther(event)
  world.people = world.people.filter(isOther)
  world.users = world.users.filter(isOther)
  world.sessions = world.sessions.filter(isOther)
  world.events = world.events.filter(holdsOther)
  dropKeys(world.visitors, (_key, one) => !isOther(one))
  const ofProject = (key: string): boolean => key.startsWith(visitorKey(project, ''))
  dropKeys(kept.past, ofProject)
  dropKeys(kept.parts, ofProject)
  kept.edges = kept.edges.filter(isOther)
  kept.events = kept.events.filter(isOther)
  kept.sessions = kept.sessions.filter(isOther)
  for (const gone of [world.gone, kept.erased]) {
    gone.events = gone.events.filter(holdsOther)
    gone.sessions = gone.sessions.filter(isOther)
  }
  dropKeys(books.rejected, (_key, one) => !isOther(one))
  dropKeys(books.minutes, (_key, one) => !isOther(one))
  return { more: false, events: removed }
}

function dropKeys<V>(map: Map<string, V>, isGoing: (key: string, value: V) => boolean): void {
  for (const [key, value] of map) if (isGoing(key, value)) map.delete(key)
}
