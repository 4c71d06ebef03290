import type { IdentityLink, JsonObject, Person, Touch } from '@trailstitch/protocol'
import { entityKey, profileIdOf } from './identity.ts'
import type { Edge, Part, Run, SessionState, Stamp, StitchRules, VisitorState } from './port.ts'

/** Of more ids than this the profile lists the first ones and says so. All of them count for traits and journey. */
export const maxIds = 1000

export const compareStamps = (a: Stamp, b: Stamp): number => a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

/** Everything that is known under one root: a user with those aliased into it, or a visitor that belongs to nobody. */
export interface PersonSource {
  project: string
  /** Undefined for a visitor without a user. */
  root?: string
  users: { id: string; part: Part | undefined }[]
  visitors: { id: string; state: VisitorState }[]
}

export interface BuiltPerson {
  person: Person
  part: Part
}

/** Joins what the ids of a person say. Undefined when no event says anything. */
export function buildPerson(source: PersonSource, rules: Pick<StitchRules, 'joinParts'>): BuiltPerson | undefined {
  const partsOf = createPartsOf(source)
  const known = source.users.filter(
    ({ id, part }) => id === source.root || part || source.visitors.some(({ state }) => Object.hasOwn(state.parts, id)),
  )
  const users = known.sort(
    (a, b) => Number(b.id === source.root) - Number(a.id === source.root) || (a.id < b.id ? -1 : 1),
  )
  const visitors = source.visitors
    .map((visitor) => ({ id: visitor.id, parts: partsOf(visitor) }))
    .filter(({ parts }) => parts.length > 0)
    .map((visitor) => ({ ...visitor, firstSeen: Math.min(...visitor.parts.map((part) => part.firstSeen)) }))
    .sort((a, b) => a.firstSeen - b.firstSeen || (a.id < b.id ? -1 : 1))
  const keptUsers = users.slice(0, maxIds)
  const keptVisitors = visitors.slice(0, maxIds - keptUsers.length)
  const parts = [...users.flatMap(({ part }) => (part ? [part] : [])), ...visitors.flatMap((visitor) => visitor.parts)]
  const [first, ...rest] = parts
  if (!first) return undefined
  const part = rest.reduce((a, b) => rules.joinParts(a, b), first)
  const person: Person = {
    profileId: profileIdOf(
      source.root === undefined
        ? entityKey(source.project, 'visitor', source.visitors[0]?.id ?? '')
        : entityKey(source.project, 'user', source.root),
    ),
    userIds: keptUsers.map(({ id }) => id),
    anonymousIds: keptVisitors.map(({ id }) => id),
    traits: traitValues(part),
    firstSeen: part.firstSeen,
    lastSeen: part.lastSeen,
    ...(users.length + visitors.length > maxIds && { capped: 'too_many_ids' }),
  }
  return { person, part }
}

/** What a visitor says of this person, and not of others it belonged to. */
function createPartsOf({ root, users }: PersonSource): (visitor: { state: VisitorState }) => Part[] {
  const names = new Set(users.map(({ id }) => id))
  return ({ state }) =>
    Object.entries(state.parts).flatMap(([user, part]) => (root === undefined || names.has(user) ? [part] : []))
}

/** Whether some event says anything; aliases alone make nobody a person. */
export function isPerson(source: PersonSource): boolean {
  const partsOf = createPartsOf(source)
  return source.users.some(({ part }) => part) || source.visitors.some((visitor) => partsOf(visitor).length > 0)
}

const traitValues = (part: Part): JsonObject =>
  Object.fromEntries(Object.entries(part.traits).map(([name, trait]) => [name, trait.value]))

/** Why the ids of a person belong together, by time. */
export function linksOf(source: PersonSource, edges: readonly Edge[]): IdentityLink[] {
  const names = new Set(source.users.map(({ id }) => id))
  const links: IdentityLink[] = source.visitors.flatMap(({ id, state }) =>
    state.links
      .filter((link) => names.has(link.user))
      .map(({ user, at, undone }) => ({
        kind: 'visitor' as const,
        from: id,
        userId: user,
        timestamp: at[0],
        messageId: at[1],
        undone,
      })),
  )
  for (const { kind, from, user, at } of edges) {
    if (kind !== 'alias' || !(names.has(from) && names.has(user))) continue
    const undone = edges.some(
      (other) =>
        other.kind === 'unlink' && other.from === from && other.user === user && compareStamps(at, other.at) <= 0,
    )
    links.push({ kind, from, userId: user, timestamp: at[0], messageId: at[1], undone })
  }
  const name = (link: IdentityLink): string => JSON.stringify([link.kind, link.from, link.userId])
  return links.sort(
    (a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]) || (name(a) < name(b) ? -1 : 1),
  )
}

/** The run an event of the visitor falls into; the first one reaches back for ever. */
export function runAt(runs: readonly Run[], at: Stamp): Run | undefined {
  let found = runs[0]
  for (const run of runs) {
    if (compareStamps(run.from, at) > 0) break
    found = run
  }
  return found
}

export const ownerAt = (runs: readonly Run[], at: Stamp): string | null => runAt(runs, at)?.user ?? null

/** Touches of the earliest and of the latest session that has one. */
export function touchesOf(sessions: readonly Pick<SessionState, 'first' | 'touch'>[]): {
  firstTouch?: Touch
  lastTouch?: Touch
} {
  const touched = sessions.filter(({ touch }) => touch).sort((a, b) => compareStamps(a.first, b.first))
  const first = touched[0]?.touch
  const last = touched.at(-1)?.touch
  return { ...(first && { firstTouch: first.value }), ...(last && { lastTouch: last.value }) }
}

export const emailOf = (part: Part): string | undefined => {
  const email = part.traits.email?.value
  return typeof email === 'string' && email !== '' ? email.toLowerCase() : undefined
}
