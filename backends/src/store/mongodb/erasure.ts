import { type Erased, erasedBy, isBodyErased } from '../erasing.ts'
import type { EraseOutcome, EraseRequest } from '../port.ts'
import type { Piece } from './erased-edges.ts'
import { eraseUsers } from './erased-users.ts'
import { eraseVisitor } from './erased-visitors.ts'
import type { Events } from './events.ts'
import { receiptOf } from './keys.ts'
import type { Lanes } from './lanes.ts'
import { buildProfile, createSources, readPeople } from './people.ts'
import { openRound } from './round.ts'
import type { EntityDoc, Tables } from './tables.ts'
import { insist } from './writing.ts'

interface Parts {
  tables: Tables
  events: Events
  lanes: Lanes
}

/** Rejected events looked at in one call. */
const pageRejected = 500

/**
 * Erases people, a round of their project's lane a call: visitors first, as they are found by their users, then the users
 * with their edges, and then rejected events. Of an entity that somebody's figures count a document is left that has its
 * number, and another id and no name.
 */
export function createErasure({
  tables,
  events,
  lanes,
}: Parts): (request: EraseRequest, maxEvents: number) => Promise<EraseOutcome> {
  const seen = new Map<string, readonly [at: number, id: string]>()
  return async (request, maxEvents) => {
    const lane = await lanes.takeOf(request.project)
    if (!lane) return { more: true, events: 0 } // another worker is at it
    try {
      const round = openRound(tables, events, lane)
      const docs = (await readPeople(tables, request.project, request.keys)).filter(
        ({ p, name }) => p === request.project && name !== '',
      )
      if (await isUnfolded(tables, request, docs)) return { more: true, events: 0 }
      round.work.entities.know(docs)
      const users = docs.filter(({ kind }) => kind === 'user')
      const erased = erasedBy({ ...request, keys: [...request.keys, ...users.map(({ _id }) => _id)] })
      const piece: Piece = { round, request, erased, gone: new Map(), rebuild: new Set() }
      let more = false
      for (const visitor of docs.filter(({ kind }) => kind === 'visitor')) {
        more = piece.gone.size >= maxEvents
        if (more) break
        await eraseVisitor(piece, visitor)
      }
      if (!more) await eraseUsers(piece, users)
      await rebuildPeople(piece)
      await round.rollups.flush(round.work.rollups)
      const puts = round.puts()
      const isChanged = piece.gone.size > 0 || Object.values(puts).some((list) => list.length > 0)
      const gone = [...piece.gone.values()]
      if (isChanged && !(await lanes.commit(lane, { events: [], numbers: round.entities.numbers(), puts, gone })))
        return { more: true, events: 0 }
      const rejected = await eraseRejected(tables, request, { erased, seen })
      more ||= rejected.more
      if (!more) await lanes.forget(lane)
      return { more, events: gone.length + rejected.events }
    } finally {
      await lanes.release(lane)
    }
  }
}

/** Whether something that is to go waits to be folded. */
async function isUnfolded(
  { timeline }: Tables,
  { project, before }: EraseRequest,
  docs: readonly EntityDoc[],
): Promise<boolean> {
  const ids = docs.map(({ _id }) => _id)
  for await (const doc of timeline.find({ p: project, u: project }).sort({ _id: 1 })) {
    if (receiptOf(doc._id) >= before) return false // keys are in the order of receipt
    if (doc.e !== null && (ids.length === 0 || ids.includes(doc.e))) return true
  }
  return false
}

async function rebuildPeople({ round, request, rebuild }: Piece): Promise<void> {
  const { work, tables, project } = round
  if (rebuild.size === 0) return
  await work.entities.load(rebuild)
  const ids = [...new Set([...rebuild].map((id) => work.entities.get(id)?.root ?? id))]
  await work.profiles.load(ids)
  // Both as they were and as this round has them: what it changed wins.
  work.entities.know(await readPeople(tables, project, ids))
  const sourceOf = createSources(work.entities.all())
  for (const id of ids) {
    const source = sourceOf(id)
    const profile = source && buildProfile(id, source, request.rules)
    if (profile) work.profiles.put(id, profile)
    else work.profiles.remove(id)
  }
}

/** Looks at a page of a project's rejected events a call; a new process begins at the first one again. */
async function eraseRejected(
  { rejected }: Tables,
  { id: name, project, before }: EraseRequest,
  { erased, seen }: { erased: Erased; seen: Map<string, readonly [at: number, id: string]> },
): Promise<EraseOutcome> {
  const [at, id] = seen.get(name) ?? [before, '']
  const docs = await rejected
    .find({ p: project, at: { $lt: before }, $or: [{ at: { $lt: at } }, { at, _id: { $lt: id } }] })
    .sort({ at: -1, _id: -1 })
    .limit(pageRejected)
    .toArray()
  const gone = docs.filter(({ body }) => isBodyErased(erased, body)).map(({ _id }) => _id)
  if (gone.length > 0) await insist(() => rejected.deleteMany({ p: project, _id: { $in: gone } }))
  const last = docs.at(-1)
  if (last) seen.set(name, [last.at, last._id])
  return { more: docs.length === pageRejected, events: gone.length }
}
