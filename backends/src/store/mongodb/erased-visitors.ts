import { isEdgeEvent } from '../edges.ts'
import { isEdgeErased, isEventErased, isWhollyErased, pastLeft, sessionsHolding } from '../erasing.ts'
import { compareStamps } from '../person.ts'
import type { VisitorState } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { readEdges, toEdge } from './edges.ts'
import { clearEntity, dropEdges, type Piece, placeOf } from './erased-edges.ts'
import { entityId } from './keys.ts'
import { toProfile } from './people.ts'
import type { EntityDoc } from './tables.ts'
import { replaceVisitor, stateOf } from './visitors.ts'

const noState: VisitorState = { last: [0, ''], runs: [{ from: [0, ''], user: null }], links: [], parts: {} }

/** Erases what a visitor did as the person, and folds anew what is left: what others did, or what came later. */
export async function eraseVisitor(piece: Piece, visitor: EntityDoc): Promise<void> {
  const { round, request, erased, gone } = piece
  const { tables, project } = round
  const { name } = visitor
  const before = stateOf(visitor) ?? noState
  const docs = await tables.timeline.find({ p: project, e: visitor._id }).toArray()
  const bodies = await round.events.read(docs.map(placeOf))
  const isWhole = isWhollyErased(erased, name, before)
  const starting = await readEdges(tables, project, [name], false)
  const goneEdges = starting.filter(({ t }) => isWhole && t < request.before)
  const size = gone.size
  await dropEdges(piece, goneEdges)
  for (const doc of docs) {
    const event = bodies.get(doc._id)
    if (event && isEventErased(erased, name, before, event)) gone.set(doc._id, placeOf(doc))
  }
  const left = docs.flatMap((doc) => {
    const event = bodies.get(doc._id)
    return event && !gone.has(doc._id) ? [{ event, isFolded: doc.o !== undefined }] : []
  })
  const past = pastLeft(erased, name, before)
  if (gone.size === size && past.length === (before.past ?? []).length && left.length > 0) return
  const events = left.flatMap(({ event, isFolded }) => (isFolded && !isEdgeEvent(event) ? [event] : []))
  const edges = starting.filter((doc) => !goneEdges.includes(doc)).map(toEdge)
  const keptEdges = edges.filter((edge) => !isEdgeErased(erased, edge))
  await round.work.profiles.load([visitor._id])
  const sessions = await tables.sessions.find({ p: project, e: visitor._id }).toArray()
  rebuildOwners(piece, before.runs)
  if (events.length + past.length === 0) {
    for (const { _id } of sessions) round.removeSession(_id)
    round.work.profiles.remove(visitor._id)
    if (left.length + keptEdges.length === 0) leaveNumber(piece, visitor, before)
    else {
      const { _id, p, kind, n } = visitor
      round.work.entities.put(_id, { _id, p, kind, name, n, edges: keptEdges.length })
    }
    return
  }
  events.sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
  const old = sessions.map(({ state }) => unpackSession(state))
  const folded = request.rules.foldVisitor(events, keptEdges, past)
  const taken = sessionsHolding(
    old,
    left.map(({ event }) => event),
  )
  await replaceVisitor(round, round.work.entities.get(visitor._id) ?? visitor, { old, taken, left: folded })
  const nobody = folded.state.parts['']
  if (nobody) round.work.profiles.put(visitor._id, toProfile(visitor._id, project, nobody))
  else round.work.profiles.remove(visitor._id)
  rebuildOwners(piece, folded.state.runs)
}

/** Of a visitor with several of the person's users one stands for all: they are one person. */
function leaveNumber(piece: Piece, visitor: EntityDoc, { runs }: VisitorState): void {
  const user = runs.find((run) => run.user !== null)?.user
  const owner = user == null ? undefined : entityId(visitor.p, 'user', user)
  clearEntity(piece, visitor, { runs: 1, ...(owner !== undefined && { owner, owners: [owner] }) })
}

/** People other than the erased one who had a part in the visitor. */
function rebuildOwners({ round, rebuild, erased }: Piece, runs: VisitorState['runs']): void {
  for (const { user } of runs)
    if (user !== null && !erased.hasUser(user)) rebuild.add(entityId(round.project, 'user', user))
}
