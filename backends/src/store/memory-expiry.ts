import type { StoredEvent } from '@trailstitch/protocol'
import { edgesOf, isEdgeEvent } from './edges.ts'
import { cutoffOf, endedSessions, isPast } from './expiry.ts'
import type { Books } from './memory-answers.ts'
import { type Kept, visitorKey, type World } from './memory-world.ts'
import { compareStamps } from './person.ts'
import type { Retention, StitchRules } from './port.ts'

interface Given {
  project: string
  cutoff: number
  world: World
  kept: Kept
  rules: StitchRules
}

/** The events that are past their time; rejected ones are gone already. What outlives them is added to what is kept. */
export function letGo(
  { world, kept, books }: { world: World; kept: Kept; books: Books },
  { days, rules }: Retention,
  now: number,
): Set<StoredEvent> {
  const gone = new Set<StoredEvent>()
  for (const [project, own] of days) {
    const cutoff = cutoffOf(own, now)
    for (const event of letGoOf({ project, cutoff, world, kept, rules })) gone.add(event)
    for (const [id, row] of books.rejected)
      if (row.project === project && row.receivedAt < cutoff) books.rejected.delete(id)
  }
  return gone
}

function letGoOf(given: Given): Set<StoredEvent> {
  const { project, cutoff, world, kept } = given
  const gone = letGoSessions(given)
  for (const { event } of world.events) {
    if (event.project !== project || !isPast(event, cutoff)) continue
    if (isEdgeEvent(event)) {
      kept.edges.push(...edgesOf(event).map((edge) => ({ project, edge })))
      // The visitor is known from here on, though of it there may be nothing else.
      const key = visitorKey(project, event.anonymousId ?? '')
      if (event.anonymousId !== undefined) kept.past.set(key, kept.past.get(key) ?? [])
    } else if (event.anonymousId !== undefined) continue
    else if (event.userId !== undefined) addPart(given, event.userId, event)
    gone.add(event)
  }
  for (const { event } of world.events) if (gone.has(event)) kept.events.push(event)
  return gone
}

function addPart({ project, kept, rules }: Given, userId: string, event: StoredEvent): void {
  const key = visitorKey(project, userId)
  const part = rules.foldPart([event])
  const known = kept.parts.get(key)
  kept.parts.set(key, known ? rules.joinParts(known, part) : part)
}

function letGoSessions({ project, cutoff, world, kept, rules }: Given): Set<StoredEvent> {
  const gone = new Set<StoredEvent>()
  const edges = [
    ...kept.edges.flatMap((one) => (one.project === project ? [one.edge] : [])),
    ...world.events.flatMap(({ event }) => (event.project === project ? edgesOf(event) : [])),
  ]
  for (const [key, visitor] of world.visitors) {
    if (visitor.project !== project) continue
    const mine = world.sessions
      .filter((one) => one.project === project && one.anonymousId === visitor.anonymousId)
      .sort((a, b) => compareStamps(a.state.first, b.state.first))
    const events = world.events.flatMap(({ event }) =>
      event.project === project && event.anonymousId === visitor.anonymousId && !isEdgeEvent(event) ? [event] : [],
    )
    const ended = endedSessions(
      mine.map(({ state }) => state),
      events,
      cutoff,
    )
    if (ended.events.length === 0) continue
    const own = edges.filter(({ from }) => from === visitor.anonymousId)
    kept.past.set(key, rules.forget(visitor.state, own, ended.events, ended.sessions))
    kept.sessions.push(...mine.slice(0, ended.sessions.length))
    for (const event of ended.events) gone.add(event)
  }
  return gone
}
