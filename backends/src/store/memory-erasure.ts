import type { StoredEvent } from '@trailstitch/protocol'
import { edgesOf, isEdgeEvent } from './edges.ts'
import {
  erasedBy,
  eraseKey,
  isBefore,
  isBodyErased,
  isEdgeErased,
  isEventErased,
  isWhollyErased,
  pastLeft,
} from './erasing.ts'
import type { Books } from './memory-answers.ts'
import { type Kept, visitorKey, type World, type WorldEvent, type WorldVisitor } from './memory-world.ts'
import { compareStamps } from './person.ts'
import type { Edge, EraseOutcome, EraseRequest } from './port.ts'

interface Parts {
  world: World
  kept: Kept
  books: Books
}

/**
 * The events that go, and whether there are more; what is kept of others is put right. Figures go on to count what is gone,
 * as somebody without a name.
 */
export function erasePerson(
  parts: Parts,
  request: EraseRequest,
  maxEvents: number,
): Omit<EraseOutcome, 'events'> & { gone: Set<StoredEvent>; rejected: number } {
  const { world, kept, books } = parts
  const { project } = request
  const users = usersOf(world, request)
  const keys = [...request.keys, ...users.map((name) => eraseKey(project, 'user', name))]
  const erased = erasedBy({ ...request, keys })
  const gone = new Set<StoredEvent>()
  const visitors = visitorsOf(world, request, users)
  const isTieGone = (edge: Edge): boolean =>
    isEdgeErased(erased, edge) ||
    visitors.some((one) => one.anonymousId === edge.from && isWhollyErased(erased, one.anonymousId, one.state))
  for (const visitor of visitors) {
    if (gone.size >= maxEvents) {
      keepTies(parts, project, { gone, isTieGone })
      return { more: true, gone: keepFigures(parts, request, gone), rejected: 0 }
    }
    for (const event of eraseVisitor(parts, visitor, request, erased)) gone.add(event)
  }
  for (const { event } of ofProject(world.events, project)) {
    const { anonymousId, userId } = event
    if (!isBefore(erased, event)) continue
    const isTheirs = anonymousId === undefined && userId !== undefined && erased.hasUser(userId)
    if (isTheirs || edgesOf(event).some((edge) => isEdgeErased(erased, edge))) gone.add(event)
  }
  for (const name of users) kept.parts.delete(visitorKey(project, name))
  keepTies(parts, project, { gone, isTieGone })
  kept.edges = kept.edges.filter((one) => one.project !== project || !isEdgeErased(erased, one.edge))
  let rejected = 0
  for (const [id, row] of books.rejected)
    if (row.project === project && row.receivedAt < request.before && isBodyErased(erased, row.body)) {
      books.rejected.delete(id)
      rejected++
    }
  return { more: false, gone: keepFigures(parts, request, gone), rejected }
}

/** An event that goes may tie others to each other, too: what they are to each other stays. */
function keepTies(
  { kept }: Parts,
  project: string,
  { gone, isTieGone }: { gone: ReadonlySet<StoredEvent>; isTieGone: (edge: Edge) => boolean },
): void {
  for (const event of gone) for (const edge of edgesOf(event)) if (!isTieGone(edge)) kept.edges.push({ project, edge })
}

const ofProject = (events: readonly WorldEvent[], project: string): WorldEvent[] =>
  events.filter(({ event }) => event.project === project)

/** The users named, and those that were aliased into them. */
function usersOf({ people, users }: World, { project, keys }: EraseRequest): string[] {
  const isNamed = (id: string): boolean => keys.includes(eraseKey(project, 'user', id))
  const ids = people.filter((one) => one.project === project).flatMap(({ detail }) => detail.userIds)
  const aliased = users.filter((one) => one.project === project && (isNamed(one.userId) || isNamed(one.root)))
  return [...new Set([...ids.filter(isNamed), ...aliased.map(({ userId }) => userId)])]
}

function visitorsOf({ visitors }: World, { project, keys }: EraseRequest, users: readonly string[]): WorldVisitor[] {
  return [...visitors.values()].filter(
    (one) =>
      one.project === project &&
      (keys.includes(eraseKey(project, 'visitor', one.anonymousId)) ||
        one.state.runs.some(({ user }) => user !== null && users.includes(user))),
  )
}

function eraseVisitor(
  { world, kept }: Parts,
  { project, anonymousId, state }: WorldVisitor,
  { before }: EraseRequest,
  erased: ReturnType<typeof erasedBy>,
): StoredEvent[] {
  const own = ofProject(world.events, project).filter(({ event }) => event.anonymousId === anonymousId)
  const going = own.filter(({ event }) => isEventErased(erased, anonymousId, state, event)).map(({ event }) => event)
  const past = pastLeft(erased, anonymousId, state)
  if (past.length > 0) kept.past.set(visitorKey(project, anonymousId), past)
  else kept.past.delete(visitorKey(project, anonymousId))
  if (!isWhollyErased(erased, anonymousId, state)) return going
  const starts = ({ from, at }: { from: string; at: readonly [number, string] }): boolean =>
    from === anonymousId && at[0] < before
  kept.edges = kept.edges.filter((one) => one.project !== project || !starts(one.edge))
  const edgeEvents = ofProject(world.events, project).filter(({ event }) => edgesOf(event).some(starts))
  return [...going, ...edgeEvents.map(({ event }) => event)]
}

/** What is gone still counts, without anything that says whose it was. */
function keepFigures({ world, kept }: Parts, { id, project }: EraseRequest, gone: Set<StoredEvent>): Set<StoredEvent> {
  const profiles = new Set<string | undefined>()
  for (const { event, profileId } of world.events) {
    if (!gone.has(event)) continue
    profiles.add(profileId)
    if (!isEdgeEvent(event)) kept.erased.events.push({ event: nameless(event), profileId: id, session: undefined })
  }
  for (const { event, profileId } of ofProject(world.gone.events, project)) {
    if (!profiles.has(profileId) || !kept.events.includes(event)) continue
    kept.erased.events.push({ event: nameless(event), profileId: id, session: undefined })
    kept.events.splice(kept.events.indexOf(event), 1)
  }
  for (const session of world.sessions) {
    if (session.project !== project || !profiles.has(session.profileId)) continue
    const { first, last } = session.state
    const isLeft = world.events.some(({ event }) => {
      const at = [event.timestamp, event.messageId] as const
      const isIn = compareStamps(first, at) <= 0 && compareStamps(at, last) <= 0
      return event.project === project && event.anonymousId === session.anonymousId && isIn && !gone.has(event)
    })
    const isGone = [...gone].some((event) => {
      const at = [event.timestamp, event.messageId] as const
      const isIn = compareStamps(first, at) <= 0 && compareStamps(at, last) <= 0
      return event.anonymousId === session.anonymousId && isIn && !isEdgeEvent(event)
    })
    if (isGone && !isLeft) kept.erased.sessions.push({ ...session, anonymousId: '', userId: null, profileId: '' })
  }
  return gone
}

function nameless(event: StoredEvent): StoredEvent {
  const { anonymousId, userId, previousId, traits, properties, context, integrations, ip, groupId, ...figures } = event
  return { ...figures, messageId: '' }
}
