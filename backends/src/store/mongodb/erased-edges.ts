import { randomBytes } from 'node:crypto'
import { isEdgeEvent } from '../edges.ts'
import type { Erased } from '../erasing.ts'
import type { EraseRequest } from '../port.ts'
import { readEdges } from './edges.ts'
import type { EventPlace } from './events.ts'
import { entityId } from './keys.ts'
import { orderKey } from './order-key.ts'
import type { Round } from './round.ts'
import type { EdgeDoc, EntityDoc, TimelineDoc } from './tables.ts'

/** What a call works with. */
export interface Piece {
  round: Round
  request: EraseRequest
  erased: Erased
  /** Events that go, by key. */
  gone: Map<string, EventPlace>
  /** People that are to be worked out anew. */
  rebuild: Set<string>
}

/** The events that edges come from, which may lie in anybody's timeline. */
export async function dropEdges({ round, gone }: Piece, docs: readonly EdgeDoc[]): Promise<void> {
  const { tables, project } = round
  for (const { _id, from, user, t, m } of docs) {
    const beside = (await readEdges(tables, project, [user], true)).filter((one) => one.t === t && one.m === m)
    const owners = [entityId(project, 'user', user), ...beside.map((one) => entityId(project, 'visitor', one.from))]
    const found = await tables.timeline.find({ p: project, e: { $in: owners }, t }).toArray()
    const mine = found.filter((doc) => doc.m === orderKey(m))
    const bodies = await round.events.read(mine.map(placeOf))
    for (const doc of mine) {
      const event = bodies.get(doc._id)
      if (event && isEdgeEvent(event)) gone.set(doc._id, placeOf(doc))
    }
    round.removeEdge(_id)
    const start = entityId(project, 'visitor', from)
    await round.work.entities.load([start])
    const visitor = round.work.entities.get(start)
    if (!visitor) continue
    const edges = Math.max(0, visitor.edges - 1)
    // An edge makes a visitor of whatever it starts at.
    if (edges === 0 && visitor.state === undefined) round.work.entities.remove(start)
    else round.work.entities.put(start, { ...visitor, edges })
  }
}

export const placeOf = ({ _id, p, t }: TimelineDoc): EventPlace => ({ key: _id, project: p, timestamp: t })

/** Leaves a number that names nobody. */
export function clearEntity({ round }: Piece, { _id, p, kind, n }: EntityDoc, more: Partial<EntityDoc> = {}): string {
  const id = randomBytes(16).toString('base64url')
  round.work.entities.remove(_id)
  round.work.entities.put(id, { _id: id, p, kind, name: '', n, edges: 0, ...more })
  return id
}
