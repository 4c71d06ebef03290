import type { PersonDetail, StoredEvent } from '@trailstitch/protocol'
import { edgesOf, isEdgeEvent } from './edges.ts'
import { buildPerson, compareStamps, linksOf, ownerAt, type PersonSource, touchesOf } from './person.ts'
import type { Edge, Run, SessionState, StitchRules, VisitorState } from './port.ts'

/** Everything that follows from a set of events, worked out at once. */
export interface World {
  people: WorldPerson[]
  visitors: Map<string, WorldVisitor>
  /** Users that aliases joined, each with the one it is known under. */
  users: WorldUser[]
  sessions: WorldSession[]
  events: WorldEvent[]
}
export interface WorldPerson {
  project: string
  detail: PersonDetail
  email: string | undefined
}
export interface WorldVisitor {
  project: string
  anonymousId: string
  state: VisitorState
}
export interface WorldUser {
  project: string
  userId: string
  root: string
}
export interface WorldSession {
  project: string
  anonymousId: string
  userId: string | null
  profileId: string
  state: SessionState
}
export interface WorldEvent {
  event: StoredEvent
  /** Undefined for an event that names nobody. */
  profileId: string | undefined
  session: WorldSession | undefined
}

const visitorKey = (project: string, id: string): string => `${project}\0${id}`

export function foldWorld(events: readonly StoredEvent[], rules: StitchRules): World {
  const world: World = { people: [], visitors: new Map(), users: [], sessions: [], events: [] }
  for (const project of new Set(events.map((event) => event.project))) {
    foldProject(
      project,
      events.filter((event) => event.project === project),
      rules,
      world,
    )
  }
  return world
}

function foldProject(project: string, events: readonly StoredEvent[], rules: StitchRules, world: World): void {
  const sorted = events.toSorted((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
  const edges = sorted.flatMap(edgesOf)
  const roots = rules.resolveAliases(edges)
  const rootOf = (user: string): string => roots.get(user) ?? user
  const sources = new Map<string, PersonSource>()
  const sourceOf = (root: string): PersonSource => {
    let source = sources.get(root)
    if (!source) {
      source = { project, root, users: [{ id: root, part: undefined }], visitors: [] }
      sources.set(root, source)
    }
    return source
  }
  const userOf = (id: string): PersonSource['users'][number] => {
    const source = sourceOf(rootOf(id))
    let user = source.users.find((other) => other.id === id)
    if (!user) {
      user = { id, part: undefined }
      source.users.push(user)
    }
    return user
  }
  for (const [userId, root] of roots) {
    userOf(userId)
    world.users.push({ project, userId, root })
  }
  for (const [id, own] of groupBy(
    sorted.filter((event) => event.anonymousId === undefined && !isEdgeEvent(event)),
    (event) => event.userId,
  )) {
    userOf(id).part = rules.foldPart(own)
  }
  const nobody: PersonSource[] = []
  for (const [anonymousId, own] of groupBy(sorted, (event) => event.anonymousId)) {
    const mine = edges.filter((edge) => edge.from === anonymousId)
    const { state, sessions } = rules.foldVisitor(
      own.filter((event) => !isEdgeEvent(event)),
      mine,
    )
    world.visitors.set(visitorKey(project, anonymousId), { project, anonymousId, state })
    for (const session of sessions)
      world.sessions.push({ project, anonymousId, userId: null, profileId: '', state: session })
    for (const owner of new Set(state.runs.map((run) => run.user))) {
      if (owner === null) nobody.push({ project, users: [], visitors: [{ id: anonymousId, state }] })
      else {
        userOf(owner)
        sourceOf(rootOf(owner)).visitors.push({ id: anonymousId, state })
      }
    }
  }
  for (const source of sources.values())
    source.visitors = [...new Map(source.visitors.map((visitor) => [visitor.id, visitor])).values()]
  describe({ project, sorted, edges, rootOf, sources: [...sources.values(), ...nobody], rules, world })
}

interface Described {
  project: string
  sorted: readonly StoredEvent[]
  edges: readonly Edge[]
  rootOf(user: string): string
  sources: readonly PersonSource[]
  rules: StitchRules
  world: World
}

/** Names the person of every session and event, and lists the people. */
function describe({ project, sorted, edges, rootOf, sources, rules, world }: Described): void {
  const idOfUser = new Map<string, string>()
  const idOfVisitor = new Map<string, string>()
  const built = sources.flatMap((source) => {
    const person = buildPerson(nobodyView(source), rules)
    if (!person) return []
    if (source.root !== undefined) idOfUser.set(source.root, person.person.profileId)
    else idOfVisitor.set(source.visitors[0]?.id ?? '', person.person.profileId)
    return [{ source, ...person }]
  })
  const profileOf = (anonymousId: string | undefined, user: string | null | undefined): string | undefined =>
    user != null ? idOfUser.get(rootOf(user)) : anonymousId === undefined ? undefined : idOfVisitor.get(anonymousId)

  const mine = world.sessions.filter((session) => session.project === project)
  for (const session of mine) {
    const runs = world.visitors.get(visitorKey(project, session.anonymousId))?.state.runs as Run[]
    session.userId = session.state.user ?? (runs.length > 1 ? null : ownerAt(runs, session.state.first))
    session.profileId = profileOf(session.anonymousId, session.userId) ?? ''
  }
  for (const event of sorted) {
    const visitor =
      event.anonymousId === undefined ? undefined : world.visitors.get(visitorKey(project, event.anonymousId))
    const at = [event.timestamp, event.messageId] as const
    const user = visitor ? ownerAt(visitor.state.runs, at) : event.userId
    const session = isEdgeEvent(event)
      ? undefined
      : mine.find(
          ({ anonymousId, state }) =>
            anonymousId === event.anonymousId &&
            compareStamps(state.first, at) <= 0 &&
            compareStamps(at, state.last) <= 0,
        )
    world.events.push({ event, profileId: profileOf(event.anonymousId, user), session })
  }
  for (const { source, person, part } of built) {
    const touches = touchesOf(mine.filter(({ profileId }) => profileId === person.profileId).map(({ state }) => state))
    const email = part.traits.email?.value
    const links = linksOf(source, edges)
    world.people.push({
      project,
      detail: { ...person, links, ...touches },
      email: typeof email === 'string' ? email.toLowerCase() : undefined,
    })
  }
}

/** Of a visitor with several owners, nobody's profile holds only what is nobody's. */
const nobodyView = (source: PersonSource): PersonSource =>
  source.root !== undefined
    ? source
    : {
        ...source,
        visitors: source.visitors.map(({ id, state }) => ({
          id,
          state: { ...state, parts: state.parts[''] ? { '': state.parts[''] } : {} },
        })),
      }

function groupBy(
  events: readonly StoredEvent[],
  keyOf: (event: StoredEvent) => string | undefined,
): Map<string, StoredEvent[]> {
  const groups = new Map<string, StoredEvent[]>()
  for (const event of events) {
    const key = keyOf(event)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  return groups
}
