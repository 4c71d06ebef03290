import type { Edge, FoldedVisitor, Part, Run, SessionState, Stamp, VisitorLink } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { addToPart } from './part.ts'
import { continueSessions } from './session.ts'
import { compareStamps, laterStamp, stampOf } from './stamp.ts'

/**
 * Folds all events of one visitor. This is the definition; `extendVisitor` is held to it by a property test.
 *
 * Whose is an event? An event with a userId is that user's. One without is the user's who was linked last before it;
 * before the first link, the first link's user's. Without any link the events belong to the visitor alone.
 */
export function foldVisitor(events: readonly StoredEvent[], edges: readonly Edge[]): FoldedVisitor {
  const links = collectLinks(events, edges)
  const valid = links.filter((link) => !link.undone)
  const runs: Run[] = []
  const parts: Record<string, Part> = {}
  const users: (string | null)[] = []
  let next = 0
  let current = valid[0]?.user ?? null
  for (const event of events) {
    const at = stampOf(event)
    for (let link = valid[next]; link && compareStamps(link.at, at) <= 0; link = valid[++next]) current = link.user
    const user = event.userId ?? current
    users.push(user)
    if (runs.length === 0 || runs.at(-1)?.user !== user) runs.push({ from: at, user })
    parts[user ?? ''] = addToPart(parts[user ?? ''], event)
  }
  const sessions: SessionState[] = []
  const single = runs.length <= 1
  events.forEach((event, index) => {
    continueSessions(sessions, event, single ? null : (users[index] ?? null))
  })
  const last = events.at(-1)
  return {
    state: {
      last: last ? stampOf(last) : [0, ''],
      runs: ownerOfNothing(runs, current),
      links: summarise(links),
      parts,
    },
    sessions,
  }
}

/** A visitor known from edges alone has no events, yet its run says whose it is. */
const ownerOfNothing = (runs: Run[], user: string | null): Run[] => (runs.length > 0 ? runs : [{ from: [0, ''], user }])

/** Every tie of this visitor to a user, by stamp. Those an operator took back are marked. */
function collectLinks(events: readonly StoredEvent[], edges: readonly Edge[]): VisitorLink[] {
  const undoneUntil = new Map<string, Stamp>()
  for (const edge of edges) {
    if (edge.kind !== 'unlink') continue
    undoneUntil.set(edge.user, laterStamp(edge.at, undoneUntil.get(edge.user) ?? edge.at))
  }
  const links: VisitorLink[] = []
  const add = (user: string, at: Stamp): void => {
    const until = undoneUntil.get(user)
    links.push({ user, at, undone: until !== undefined && compareStamps(at, until) <= 0 })
  }
  for (const event of events) if (event.userId !== undefined) add(event.userId, stampOf(event))
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
