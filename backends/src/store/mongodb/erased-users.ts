import { isEdgeEvent } from '../edges.ts'
import { isBefore, isEdgeErased } from '../erasing.ts'
import { loadComponents, readEdges, toEdge } from './edges.ts'
import { clearEntity, dropEdges, type Piece, placeOf } from './erased-edges.ts'
import { entityId } from './keys.ts'
import type { EntityDoc } from './tables.ts'
import { pieces } from './writing.ts'

/** Erases users whose visitors are erased already, in this round or in an earlier one. */
export async function eraseUsers(piece: Piece, users: readonly EntityDoc[]): Promise<void> {
  const { round, request, erased, gone, rebuild } = piece
  const { tables, project } = round
  const names = users.map(({ name }) => name)
  const touching = await readEdges(tables, project, names, true)
  const unique = [...new Map(touching.map((doc) => [doc._id, doc])).values()]
  const goneEdges = unique.filter((doc) => isEdgeErased(erased, toEdge(doc)))
  const leftEdges = unique.filter((doc) => !goneEdges.includes(doc))
  await dropEdges(piece, goneEdges)
  const cleared = new Map<string, string>()
  const kept: string[] = []
  for (const user of users) {
    const docs = await tables.timeline.find({ p: project, e: user._id }).toArray()
    const bodies = await round.events.read(docs.map(placeOf))
    const later = docs
      .filter(({ _id }) => !gone.has(_id))
      .filter((doc) => {
        const event = bodies.get(doc._id)
        return event !== undefined && !isBefore(erased, event)
      })
    for (const doc of docs) if (!later.includes(doc)) gone.set(doc._id, placeOf(doc))
    const folded = later.flatMap(({ _id, o }) => {
      const event = bodies.get(_id)
      return event && o !== undefined && !isEdgeEvent(event) ? [event] : []
    })
    const isOwner = [...round.work.entities.all()].some((one) => one.name !== '' && one.owners?.includes(user._id))
    const isNamed =
      later.length > 0 || isOwner || leftEdges.some(({ from, user: to }) => from === user.name || to === user.name)
    await round.work.profiles.load([user._id])
    round.work.profiles.remove(user._id)
    const { state: _state, ...bare } = round.work.entities.get(user._id) as EntityDoc
    if (!isNamed) cleared.set(user._id, clearEntity(piece, user))
    else {
      const state = folded.length > 0 ? { state: JSON.stringify(request.rules.foldPart(folded)) } : {}
      round.work.entities.put(user._id, { ...bare, ...state })
      kept.push(user.name)
      rebuild.add(user._id)
    }
  }
  await pointAnew(piece, users, cleared)
  const others = goneEdges.flatMap(({ from, user }) => [from, user]).filter((name) => !names.includes(name))
  await resolveRoots(piece, new Set([...kept, ...others]), new Set(goneEdges.map(({ _id }) => _id)))
}

/** What is left of visitors and aliased users counts as what is left of their user. */
async function pointAnew(
  { round }: Piece,
  users: readonly EntityDoc[],
  cleared: ReadonlyMap<string, string>,
): Promise<void> {
  const { tables, project, work } = round
  for (const owned of pieces([...cleared.keys()]))
    work.entities.know(await tables.entities.find({ p: project, owners: { $in: owned } }).toArray())
  for (const doc of [...work.entities.all()]) {
    if (doc.name !== '' || doc.owner === undefined) continue
    const owner = cleared.get(doc.owner)
    if (owner !== undefined) work.entities.put(doc._id, { ...doc, owner, owners: [owner] })
  }
  for (const { _id, root } of users) {
    const id = cleared.get(_id)
    const after = root === undefined ? undefined : cleared.get(root)
    if (id !== undefined && after !== undefined)
      work.entities.put(id, { ...(work.entities.get(id) as EntityDoc), root: after })
  }
}

/** Gives those whom an edge tied to somebody the roots that are left. */
async function resolveRoots(
  { round, request, rebuild }: Piece,
  names: ReadonlySet<string>,
  goneEdges: ReadonlySet<string>,
): Promise<void> {
  const { project, work } = round
  const known = await readEdges(round.tables, project, [...names], true)
  const next = known.flatMap(({ from, user }) => [from, user])
  await loadComponents(round.tables, project, [...names, ...next], {
    ...round.edges,
    add: (docs) => round.edges.add([...docs].filter(({ _id }) => !goneEdges.has(_id))),
  })
  for (const name of names) {
    const component = round.edges.component(name)
    const root = request.rules.resolveAliases(component).get(name) ?? name
    const [id, to] = [entityId(project, 'user', name), entityId(project, 'user', root)]
    await work.entities.load([id, to])
    const doc = work.entities.get(id)
    if (!doc) continue
    const { root: before, ...bare } = doc
    rebuild.add(before ?? id).add(to)
    if ((before ?? id) !== to) work.entities.put(id, to === id ? bare : { ...bare, root: to })
  }
}
