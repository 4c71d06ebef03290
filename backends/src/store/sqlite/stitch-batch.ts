import type { StoredEvent } from '@trailstitch/protocol'
import { edgesOf, isEdgeEvent } from '../edges.ts'
import type { Edge } from '../port.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { entityOf } from './event-writer.ts'

/** New events, sorted out by whose they are. */
export interface StitchBatch {
  events: number
  lastBlock: number
  projects: Set<string>
  /** By visitor; an empty list asks to fold the visitor again though nothing of it is new. */
  visitors: Map<number, StoredEvent[]>
  /** By user, events without a visitor. */
  users: Map<number, { project: string; events: StoredEvent[] }>
  edges: { project: string; edge: Edge }[]
}

/** Reads blocks after `mark`, at least one and then up to about `maxEvents`; shows each event to `visit`. */
export function readStitchBatch(
  { blocks, entities }: { blocks: Blocks; entities: Entities },
  mark: number,
  maxEvents: number,
  visit: (event: StoredEvent, entity: number) => void,
): StitchBatch {
  const batch: StitchBatch = {
    ...{ events: 0, lastBlock: mark, projects: new Set(), visitors: new Map(), users: new Map(), edges: [] },
  }
  for (const { id, events } of blocks.after(mark, Math.max(1, maxEvents))) {
    if (batch.events > 0 && batch.events + events > maxEvents) break
    for (const event of blocks.read(id)) {
      if (!event) continue
      const entity = entityOf(entities, event)
      addEvent(batch, event, entity)
      if (!isEdgeEvent(event)) visit(event, entity)
    }
    batch.events += events
    batch.lastBlock = id
  }
  return batch
}

function addEvent(batch: StitchBatch, event: StoredEvent, entity: number): void {
  batch.projects.add(event.project)
  for (const edge of edgesOf(event)) batch.edges.push({ project: event.project, edge })
  if (event.anonymousId !== undefined) {
    const known = batch.visitors.get(entity)
    if (known) known.push(event)
    else batch.visitors.set(entity, [event])
  } else if (entity !== 0 && !isEdgeEvent(event)) {
    const known = batch.users.get(entity)
    if (known) known.events.push(event)
    else batch.users.set(entity, { project: event.project, events: [event] })
  }
}
