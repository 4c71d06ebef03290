import type { StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from './edges.ts'
import { type EntityKind, entityKey } from './identity.ts'
import { compareStamps, ownerAt } from './person.ts'
import type { Edge, EraseRequest, PastStretch, SessionState, VisitorState } from './port.ts'

// What goes when a person is erased, the same in all stores.

/** The name of a visitor or user in an {@link EraseRequest}. */
export const eraseKey = (project: string, kind: EntityKind, id: string): string =>
  entityKey(project, kind, id).toString('base64url')

/** Those of a person, by all ids that are known. */
export const eraseKeysOf = (
  project: string,
  { userIds, anonymousIds }: { userIds: readonly string[]; anonymousIds: readonly string[] },
): string[] => [
  ...userIds.map((id) => eraseKey(project, 'user', id)),
  ...anonymousIds.map((id) => eraseKey(project, 'visitor', id)),
]

/** What is asked of each event and edge. */
export interface Erased {
  before: number
  hasUser(id: string): boolean
  hasVisitor(id: string): boolean
}

export const erasedBy = ({ project, keys, before }: Pick<EraseRequest, 'project' | 'keys' | 'before'>): Erased => {
  const known = new Set(keys)
  return {
    before,
    hasUser: (id) => known.has(eraseKey(project, 'user', id)),
    hasVisitor: (id) => known.has(eraseKey(project, 'visitor', id)),
  }
}

/** Whether an event names one of the users itself. */
const namesUser = (erased: Erased, { userId, previousId }: Pick<StoredEvent, 'userId' | 'previousId'>): boolean =>
  (userId !== undefined && erased.hasUser(userId)) || (previousId !== undefined && erased.hasUser(previousId))

/** Events are told by their receipt; what speaks of identities by its own time, as edges know no other. */
export const isBefore = ({ before }: Erased, event: StoredEvent): boolean =>
  (isEdgeEvent(event) ? event.timestamp : event.receivedAt) < before

/**
 * Whether an edge names a user who is erased. A link starts at a visitor, though an alias may have made a user of the same
 * name; those that start at a visitor go with the visitor.
 */
export const isEdgeErased = (erased: Erased, { kind, from, user, at }: Edge): boolean =>
  at[0] < erased.before && (erased.hasUser(user) || (kind !== 'link' && erased.hasUser(from)))

/** Whose visitor it is: of a device that others used, too, only what is the person's goes. */
export function isWhollyErased(erased: Erased, name: string, { runs }: Pick<VisitorState, 'runs'>): boolean {
  const users = new Set(runs.map(({ user }) => user))
  const isAlone = users.size === 1 && users.has(null)
  return isAlone ? erased.hasVisitor(name) : [...users].every((user) => user === null || erased.hasUser(user))
}

/** Whether what a visitor did at a time goes, by whose it is. */
function isOwnerErased(erased: Erased, name: string, state: VisitorState, user: string | null): boolean {
  if (user !== null) return erased.hasUser(user)
  return erased.hasVisitor(name) && !state.runs.some((run) => run.user !== null && erased.hasUser(run.user))
}

/** Whether an event in a visitor's timeline goes. */
export function isEventErased(erased: Erased, name: string, state: VisitorState, event: StoredEvent): boolean {
  if (!isBefore(erased, event)) return false
  if (namesUser(erased, event)) return true
  if (isEdgeEvent(event)) return isWhollyErased(erased, name, state)
  return isOwnerErased(erased, name, state, ownerAt(state.runs, [event.timestamp, event.messageId]))
}

/** What stays of what was kept of events that were let go. */
export const pastLeft = (erased: Erased, name: string, state: VisitorState): PastStretch[] =>
  (state.past ?? []).filter(({ first }) => !isOwnerErased(erased, name, state, ownerAt(state.runs, first)))

/** Sessions in which an event stays. */
export const sessionsHolding = (sessions: readonly SessionState[], left: readonly StoredEvent[]): SessionState[] =>
  sessions.filter(({ first, last }) =>
    left.some(({ timestamp, messageId }) => {
      const at = [timestamp, messageId] as const
      return compareStamps(first, at) <= 0 && compareStamps(at, last) <= 0
    }),
  )

/** Whether an event that is not stored yet is the person's, by the ids it carries. */
export const isReceivedOf = (erased: Erased, event: StoredEvent): boolean =>
  namesUser(erased, event) ||
  (event.userId === undefined && event.anonymousId !== undefined && erased.hasVisitor(event.anonymousId))

const idPattern = /"(anonymousId|userId|previousId|user_id|anonymous_id)"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*)/g

/**
 * Whether the text of a rejected body names somebody who is erased. By its words, as it need not be JSON.
 */
export function isBodyErased(erased: Erased, body: string): boolean {
  for (const [, , literal = ''] of body.matchAll(idPattern)) {
    const id = textOf(literal)
    if (id !== undefined && (erased.hasUser(id) || erased.hasVisitor(id))) return true
  }
  return false
}

function textOf(literal: string): string | undefined {
  try {
    return String(JSON.parse(literal)).trim()
  } catch {
    return undefined
  }
}
