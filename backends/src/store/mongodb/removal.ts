import type { Collection } from 'mongodb'
import type { RemoveOutcome } from '../port.ts'
import type { EventPlace, Events } from './events.ts'
import type { Lanes, Puts } from './lanes.ts'
import type { Tables } from './tables.ts'
import { insist } from './writing.ts'

interface Parts {
  tables: Tables
  events: Events
  lanes: Lanes
}

/** Documents of one collection that one call takes away. */
const pageDocs = 2_000

/** By what documents of a project are found that are more than the mark of one that is gone. */
const shown = {
  entities: { n: { $gte: 0 } },
  sessions: { start: { $gte: -8.64e15 } },
  profiles: { last: { $gte: -8.64e15 } },
  rollups: { dim: { $gte: '' } },
  edges: { from: { $gte: '' } },
} as const

const nothing: Puts = { entities: [], sessions: [], profiles: [], rollups: [], edges: [] }

/**
 * Removes a project, a round of its lane a call: events first, folded or not, then what follows from them. So whoever was
 * asleep in an older round finds marks and brings nothing back, and a kill in between is made good. At last go rejected
 * events and books, and the lane is retired.
 */
export function createRemoval({
  tables,
  events,
  lanes,
}: Parts): (project: string, maxEvents: number) => Promise<RemoveOutcome> {
  return async (project, maxEvents) => {
    const lane = await lanes.takeOf(project)
    if (!lane) return { more: true, events: 0 } // another worker is at it
    let isOver = false
    try {
      const gone = await readPlaces(tables, project, maxEvents)
      const puts = gone.length > 0 ? nothing : await readDocs(tables, project)
      if (gone.length > 0 || Object.values(puts).some((list) => list.length > 0)) {
        const isOurs = await lanes.commit(lane, { events: [], numbers: lane.numbers, puts, gone })
        return { more: true, events: isOurs ? gone.length : 0 }
      }
      const rows = [await removeRows(tables.rejected, project), await removeRows(tables.ledger, project)]
      if (rows.includes(true)) return { more: true, events: 0 }
      await events.removeProject(project)
      await lanes.forget(lane)
      isOver = true
      return { more: false, events: 0 }
    } finally {
      await (isOver ? lanes.retire(lane) : lanes.release(lane))
    }
  }
}

async function readPlaces({ timeline }: Tables, project: string, limit: number): Promise<EventPlace[]> {
  const docs = await timeline.find({ p: project }).limit(limit).toArray()
  return docs.map(({ _id, p, t }) => ({ key: _id, project: p, timestamp: t }))
}

async function readDocs(tables: Tables, project: string): Promise<Puts> {
  const read = async (table: keyof typeof shown): Promise<[string, null][]> => {
    const collection = tables[table] as unknown as Collection<{ _id: string; p: string }>
    const docs = await collection
      .find({ p: project, ...shown[table] })
      .project<{ _id: string }>({ _id: 1 })
      .limit(pageDocs)
      .toArray()
    return docs.map(({ _id }) => [_id, null])
  }
  return {
    entities: await read('entities'),
    sessions: await read('sessions'),
    profiles: await read('profiles'),
    rollups: await read('rollups'),
    edges: await read('edges'),
  }
}

/** True where there were any. */
async function removeRows(table: Tables['rejected'] | Tables['ledger'], project: string): Promise<boolean> {
  const collection = table as unknown as Collection<{ _id: string; p: string }>
  const docs = await collection.find({ p: project }).project<{ _id: string }>({ _id: 1 }).limit(pageDocs).toArray()
  const ids = docs.map(({ _id }) => _id)
  if (ids.length > 0) await insist(() => collection.deleteMany({ p: project, _id: { $in: ids } }))
  return ids.length > 0
}
