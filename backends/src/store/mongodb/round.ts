import { createEdgeSet, type EdgeSet } from './edges.ts'
import { createEntities, type Entities } from './entities.ts'
import type { Events } from './events.ts'
import type { Lane, Puts } from './lanes.ts'
import { createRollups, type Rollups } from './rollups.ts'
import type { EdgeDoc, EntityDoc, ProfileDoc, RollupDoc, SessionDoc, Tables } from './tables.ts'
import { createWork, type Work } from './work.ts'

/** A round of stitching while it is worked out: what was read, and what is to be written. Nothing is written yet. */
export interface Round {
  readonly project: string
  readonly tables: Tables
  readonly events: Events
  readonly work: { entities: Work<EntityDoc>; profiles: Work<ProfileDoc>; rollups: Work<RollupDoc> }
  readonly entities: Entities
  readonly edges: EdgeSet
  readonly rollups: Rollups
  putSession(doc: SessionDoc): void
  removeSession(id: string): void
  putEdge(doc: EdgeDoc): void
  removeEdge(id: string): void
  puts(): Puts
}

export function openRound(tables: Tables, events: Events, lane: Lane): Round {
  const work = {
    entities: createWork<EntityDoc>(tables.entities),
    profiles: createWork<ProfileDoc>(tables.profiles),
    rollups: createWork<RollupDoc>(tables.rollups),
  }
  const sessions = new Map<string, SessionDoc | null>()
  const edges = new Map<string, EdgeDoc | null>()
  return {
    project: lane.project,
    tables,
    events,
    work,
    entities: createEntities(work.entities, lane),
    edges: createEdgeSet(),
    rollups: createRollups(lane.project),
    putSession: (doc) => void sessions.set(doc._id, doc),
    removeSession: (id) => void sessions.set(id, null),
    putEdge: (doc) => void edges.set(doc._id, doc),
    removeEdge: (id) => void edges.set(id, null),
    puts: () => ({
      entities: work.entities.puts(),
      profiles: work.profiles.puts(),
      // JSON knows no bytes, see lanes.ts.
      rollups: work.rollups.puts().map(([id, doc]) => [id, doc && packPeople(doc)]),
      sessions: [...sessions],
      edges: [...edges],
    }),
  }
}

const packPeople = ({ people, ...doc }: RollupDoc): object =>
  people ? { ...doc, people: Buffer.from(people).toString('base64') } : doc
