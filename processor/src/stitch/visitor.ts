import type {
  Edge,
  FoldedVisitor,
  Part,
  PastStretch,
  Run,
  SessionState,
  Stamp,
  VisitorLink,
} from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { addToPart, joinParts } from './part.ts'
import { inOrder, isStretch, stampOfItem, undoneUntil } from './past.ts'
import { continueSessions } from './session.ts'
import { compareStamps, laterStamp, stampOf } from './stamp.ts'

/**
 * Folds all events of one visitor. This is the definition; `extendVisitor` is held to it by a property test.
 *
 * Whose is an event? An event with a userId is that user's. One without is the user's who was linked last before it;
 * before the first link, the first link's user's. Without any link the events belong to the visitor alone.
 *
 * A stretch of the past counts as its first event does, but for sessions: they are made of the events that are there.
 */
export function foldVisitor(
  events: readonly StoredEvent[],
  edges: readonly Edge[],
  past: readonly PastStretch[] = [],
): FoldedVisitor {
  const links = collectLinks(events, edges, past)
  const valid = links.filter((link) => !link.undone)
  const runs: Run[] = []
  const parts: Record<string, Part> = {}
  const users: (string | null)[] = []
  let next = 0
  let current = valid[0]?.user ?? null
  for (const item of inOrder(events, past)) {
    const at = stampOfItem(item)
    for (let link = valid[next]; link && compareStamps(link.at, at) <= 0; link = valid[++next]) current = link.user
    const user = (isStretch(item) ? item.user : item.userId) ?? current
    if (runs.length === 0 || runs.at(-1)?.user !== user) runs.push({ from: at, user })
    const known = parts[user ?? '']
    if (isStretch(item)) parts[user ?? ''] = known ? joinParts(known, item.part) : { ...item.part }
    else {
      users.push(user)
      parts[user ?? ''] = addToPart(known, item)
    }
  }
  const sessions: SessionState[] = []
  const single = runs.length <= 1
  events.forEach((event, index) => {
    continueSessions(sessions, event, single ? null : (users[index] ?? null))
  })
  return {
    state: {
      last: lastOf(events, past),
      runs: ownerOfNothing(runs, current),
      links: summarise(links),
      parts,
      ...(past.length > 0 && { past: [...past] }),
    },
    sessions,
  }
}

function lastOf(events: readonly StoredEvent[], past: readonly PastStretch[]): Stamp {
  const ends = [...events.slice(-1).map(stampOf), ...past.map(({ last }) => last)]
  return ends.length > 0 ? ends.reduce(laterStamp) : [0, '']
}

/** A visitor known from edges alone has no events, yet its run says whose it is. */
const ownerOfNothing = (runs: Run[], user: string | null): Run[] => (runs.length > 0 ? runs : [{ from: [0, ''], user }])

/** Every tie of this visitor to a user, by stamp. Those an operator took back are marked. */
function collectLinks(
  events: readonly StoredEvent[],
  edges: readonly Edge[],
  past: readonly PastStretch[],
): VisitorLink[] {
  const undone = undoneUntil(edges)
  const links: VisitorLink[] = []
  const add = (user: string, at: Stamp): void => {
    const until = undone.get(user)
    links.push({ user, at, undone: until !== undefined && compareStamps(at, until) <= 0 })
  }
  for (const event of events) if (event.userId !== undefined) add(event.userId, stampOf(event))
  for (const { user, first, last } of past) {
    if (user === null) continue
    add(user, first)
    if (compareStamps(first, last) < 0) add(user, last)
  }
  for (const edge of edges) if (edge.kind !== 'unlink') add(edge.user, edge.at)
  return links.sort((a, b) => compareStamps(a.at, b.at))
}

/** The earliest tie per user, one that holds before one that was undone; by stamp, then user. */
export function summarise(links: readonly VisitorLink[]): VisitorLink[] {
  const byUser = new Map<string, VisitorLink>()
  for (const link of links) {
    const known = byUser.get(link.user)
    const better =
      !known || (known.undone && !link.undone) || (known.undone === link.undone && compareStamps(link.at, known.at) < 0)
    if (better) byUser.set(link.user, link)
  }
  return [...byUser.values()].sort((a, b) => compareStamps(a.at, b.at) || (a.user < b.user ? -1 : 1))
}
