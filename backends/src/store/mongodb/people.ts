import { buildPerson, emailOf, type PersonSource } from '../person.ts'
import type { Part, StitchRules, VisitorState } from '../port.ts'
import type { EntityDoc, ProfileDoc, Stored, Tables } from './tables.ts'
import { findByIds, pieces } from './writing.ts'

export function toProfile(_id: string, p: string, part: Part): ProfileDoc {
  const email = emailOf(part)
  return {
    _id,
    p,
    first: part.firstSeen,
    last: part.lastSeen,
    ...(email !== undefined && { email }),
    ...(Object.keys(part.traits).length > 0 && { traits: JSON.stringify(part.traits) }),
  }
}

export const partOfProfile = ({ first, last, traits }: ProfileDoc): Part => ({
  firstSeen: first,
  lastSeen: last,
  traits: traits === undefined ? {} : (JSON.parse(traits) as Part['traits']),
})

export const partOfUser = ({ state }: EntityDoc): Part | undefined =>
  state === undefined ? undefined : (JSON.parse(state) as Part)

/** A profile worked out anew; undefined when no event says anything of the person. */
export function buildProfile(_id: string, source: PersonSource, rules: StitchRules): ProfileDoc | undefined {
  const built = buildPerson(source, rules)
  return built && toProfile(_id, source.project, built.part)
}

/** All entities that people are made of: those named, users aliased into them, and the visitors of all these users. */
export async function readPeople(
  { entities }: Pick<Tables, 'entities'>,
  project: string,
  ids: readonly string[],
): Promise<Stored<EntityDoc>[]> {
  const found = new Map<string, Stored<EntityDoc>>()
  const keep = (docs: readonly Stored<EntityDoc>[]): void => {
    for (const doc of docs) if (doc.gone === undefined) found.set(doc._id, doc)
  }
  keep(await findByIds(entities as never, ids))
  for (const piece of pieces(ids)) keep(await entities.find({ p: project, root: { $in: piece } }).toArray())
  const users = [...found.values()].flatMap(({ _id, kind }) => (kind === 'user' ? [_id] : []))
  for (const piece of pieces(users)) keep(await entities.find({ p: project, owners: { $in: piece } }).toArray())
  return [...found.values()]
}

/** What a person is made of. Undefined when the entity leads on to another one or is unknown. */
export type SourceOf = (id: string) => PersonSource | undefined

/** Over entities at hand: all that {@link readPeople} gave for the ids asked for. */
export function createSources(docs: Iterable<EntityDoc>): SourceOf {
  const byId = new Map<string, EntityDoc>()
  const aliased = new Map<string, EntityDoc[]>()
  const visitors = new Map<string, EntityDoc[]>()
  const push = (map: Map<string, EntityDoc[]>, id: string, doc: EntityDoc): void => {
    const list = map.get(id)
    if (list) list.push(doc)
    else map.set(id, [doc])
  }
  for (const doc of docs) {
    byId.set(doc._id, doc)
    if (doc.root !== undefined) push(aliased, doc.root, doc)
    for (const owner of doc.owners ?? []) push(visitors, owner, doc)
  }
  return (id) => {
    const entity = byId.get(id)
    if (!entity || entity.root !== undefined) return undefined
    return entity.kind === 'visitor' ? sourceOfVisitor(entity) : sourceOfUser(entity, aliased, visitors)
  }
}

/** Of a visitor with several owners, nobody's profile holds only what is nobody's. */
function sourceOfVisitor({ p, name, state: text }: EntityDoc): PersonSource {
  if (text === undefined) return { project: p, users: [], visitors: [] }
  const state = JSON.parse(text) as VisitorState
  const parts = state.parts[''] ? { '': state.parts[''] } : {}
  return { project: p, users: [], visitors: [{ id: name, state: { ...state, parts } }] }
}

function sourceOfUser(
  entity: EntityDoc,
  aliased: ReadonlyMap<string, readonly EntityDoc[]>,
  visitors: ReadonlyMap<string, readonly EntityDoc[]>,
): PersonSource {
  const users = [entity, ...(aliased.get(entity._id) ?? [])]
  const mine = new Map<string, VisitorState>()
  for (const user of users)
    for (const { name, state } of visitors.get(user._id) ?? [])
      if (state !== undefined) mine.set(name, JSON.parse(state) as VisitorState)
  return {
    project: entity.p,
    root: entity.name,
    users: users.map((user) => ({ id: user.name, part: partOfUser(user) })),
    visitors: [...mine].map(([id, state]) => ({ id, state })),
  }
}
