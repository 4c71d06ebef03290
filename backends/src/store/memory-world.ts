import type { PersonDetail, StoredEvent } from '@trailstitch/protocol'
import { edgesOf, isEdgeEvent } from './edges.ts'
import { pastTouches } from './expiry.ts'
import { buildPerson, compareStamps, linksOf, ownerAt, type PersonSource, touchesOf } from './person.ts'
import type { Edge, Part, PastStretch, Run, SessionState, StitchRules, VisitorState } from './port.ts'
import { isSourceOf } from './session-owner.ts'

/** Everything that follows from a set of events, worked out at once. */
export interface World {
  people: WorldPerson[]
  visitors: Map<string, WorldVisitor>
  /** Users that aliases joined, each with the one it is known under. */
  users: WorldUser[]
  sessions: WorldSession[]
  events: WorldEvent[]
  /** What was let go and shows in figures alone. */
  gone: { sessions: WorldSession[]; events: WorldEvent[] }
}
/** What is kept of events that were let go. */
export interface Kept {
  /** By {@link visitorKey}. */
  past: Map<string, PastStretch[]>
  /** Of users without a visitor, by {@link visitorKey}. */
  parts: Map<string, Part>
  edges: { project: string; edge: Edge }[]
  /** For figures. */
  events: StoredEvent[]
  sessions: WorldSession[]
  /** For figures, of people who were erased. */
  erased: World['gone']
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

export const visitorKey = (project: string, id: string): string => `${project}\0${id}`

export const noWorld = (): World => ({
  ...{ people: [], visitors: new Map(), users: [], sessions: [], events: [], gone: { sessions: [], events: [] } },
})

export function foldWorld(events: readonly StoredEvent[], kept: Kept, rules: StitchRules): World {
  const world = noWorld()
  for (const project of new Set([...events, ...kept.events].map((event) => event.project)))
    foldProject({ project, events: events.filter((event) => event.project === project), kept, rules }, world)
  world.gone.events.push(...kept.erased.events)
  world.gone.sessions.push(...kept.erased.sessions)
  return world
}

interface Given {
  project: string
  events: readonly StoredEvent[]
  kept: Kept
  rules: StitchRules
}

function foldProject({ project, events, kept, rules }: Given, world: World): void {
  const sorted = events.toSorted((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
  const keptEdges = kept.edges.flatMap((one) => (one.project === project ? [one.edge] : []))
  const edges = [...keptEdges, ...sorted.flatMap(edgesOf)].sort((a, b) => compareStamps(a.at, b.at))
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
  const ofUsers = groupBy(
    sorted.filter((event) => event.anonymousId === undefined && !isEdgeEvent(event)),
    (event) => event.userId,
  )
  for (const [id, own] of ofUsers) userOf(id).part = rules.foldPart(own)
  for (const [id, part] of ofProject(kept.parts, project)) {
    const user = userOf(id)
    user.part = user.part ? rules.joinParts(part, user.part) : part
  }
  const nobody: PersonSource[] = []
  const ofVisitors = groupBy(sorted, (event) => event.anonymousId)
  const past = ofProject(kept.past, project)
  for (const anonymousId of new Set([...past.keys(), ...ofVisitors.keys()])) {
    const mine = edges.filter((edge) => edge.from === anonymousId)
    const own = (ofVisitors.get(anonymousId) ?? []).filter((event) => !isEdgeEvent(event))
    const { state, sessions } = rules.foldVisitor(own, mine, past.get(anonymousId))
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
  describe({ project, sorted, edges, rootOf, sources: [...sources.values(), ...nobody], kept, rules, world })
}

interface Described {
  project: string
  sorted: readonly StoredEvent[]
  edges: readonly Edge[]
  rootOf(user: string): string
  sources: readonly PersonSource[]
  kept: Kept
  rules: StitchRules
  world: World
}

/** Names the person of every session and event, and lists the people. */
function describe({ project, sorted, edges, rootOf, sources, kept, rules, world }: Described): void {
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
  world.gone.sessions.push(...kept.sessions.filter((session) => session.project === project))
  for (const event of kept.events.filter((one) => one.project === project)) {
    const visitor = world.visitors.get(visitorKey(project, event.anonymousId ?? ''))
    const at = [event.timestamp, event.messageId] as const
    const user = visitor ? ownerAt(visitor.state.runs, at) : event.userId
    world.gone.events.push({ event, profileId: profileOf(event.anonymousId, user), session: undefined })
  }
  for (const { source, person, part } of built) {
    const touches = touchesOf([
      ...mine.filter(({ profileId }) => profileId === person.profileId).map(({ state }) => state),
      ...source.visitors.flatMap(({ state }) => pastTouches(state, (user) => isSourceOf(source, user))),
    ])
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

/** What is kept of a project, by id. */
function ofProject<T>(kept: ReadonlyMap<string, T>, project: string): Map<string, T> {
  const prefix = visitorKey(project, '')
  return new Map(
    [...kept].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  )
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
