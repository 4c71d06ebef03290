import type { StoredEvent } from '@trailstitch/protocol'
import { edgesOf, isEdgeEvent } from '../edges.ts'
import { compareStamps } from '../person.ts'
import type { Edge } from '../port.ts'
import type { Events } from './events.ts'
import { entityOf } from './keys.ts'
import type { Lane } from './lanes.ts'
import type { Tables } from './tables.ts'

/** Events to be folded in one round, sorted out by whose they are. */
export interface Batch {
  keys: string[]
  events: StoredEvent[]
  /** By visitor, sorted by stamp, without edge events; an empty list: fold the visitor again though nothing is new. */
  visitors: Map<string, StoredEvent[]>
  /** By user, events without a visitor. */
  users: Map<string, StoredEvent[]>
  edges: Edge[]
}

export async function readBatch(
  { timeline }: Tables,
  events: Events,
  { project }: Lane,
  maxEvents: number,
): Promise<Batch> {
  const docs = await timeline.find({ p: project, u: project }).sort({ _id: 1 }).limit(Math.max(1, maxEvents)).toArray()
  const bodies = await events.read(docs.map(({ _id, t }) => ({ key: _id, project, timestamp: t })))
  const batch: Batch = { keys: [], events: [], visitors: new Map(), users: new Map(), edges: [] }
  for (const { _id } of docs) {
    const event = bodies.get(_id)
    if (!event) continue // written before its timeline, so only a lagging secondary lacks it; a later round has it
    batch.keys.push(_id)
    add(batch, event)
  }
  for (const own of [...batch.visitors.values(), ...batch.users.values()])
    own.sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
  return batch
}

function add(batch: Batch, event: StoredEvent): void {
  batch.events.push(event)
  batch.edges.push(...edgesOf(event))
  const entity = entityOf(event)
  if (entity === null) return
  const isEdge = isEdgeEvent(event)
  if (event.anonymousId === undefined) {
    if (!isEdge) push(batch.users, entity, event)
  } else if (!isEdge) push(batch.visitors, entity, event)
  else if (!batch.visitors.has(entity)) batch.visitors.set(entity, [])
}

function push(map: Map<string, StoredEvent[]>, entity: string, event: StoredEvent): void {
  const known = map.get(entity)
  if (known) known.push(event)
  else map.set(entity, [event])
}
