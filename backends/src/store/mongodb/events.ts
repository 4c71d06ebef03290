import type { StoredEvent } from '@trailstitch/protocol'
import type { Collection, Db } from 'mongodb'
import { receiptOf } from './keys.ts'
import type { EventDoc, Tables } from './tables.ts'
import { insertNew, insist, isRefused, pieces } from './writing.ts'

const daySeconds = 86_400

/** Where an event's body lies. */
export interface EventPlace {
  key: string
  project: string
  timestamp: number
}

/** Under which times a body may lie in a time series: see {@link createTimeSeriesEvents}, and before that its own. */
const timesOf = ({ key, timestamp }: EventPlace): number[] => [timestamp, Math.max(timestamp, receiptOf(key))]

/** The bodies of events, written once and never again. */
export interface Events {
  /** Writes those that are not there yet. */
  insert(events: readonly { key: string; event: StoredEvent }[]): Promise<void>
  /** By key. One that is missing was never written, or was let go. */
  read(places: readonly EventPlace[]): Promise<Map<string, StoredEvent>>
  remove(places: readonly EventPlace[]): Promise<void>
  /** What nobody finds any more of a project: bodies whose writer was killed. Only a time series can tell. */
  removeProject(project: string): Promise<void>
  /** Tells the server how many days bodies are needed at most; undefined: for ever. Only a time series makes use of it. */
  keepFor(days: number | undefined): Promise<void>
}

const toDoc = (event: StoredEvent): Omit<EventDoc, '_id' | 'k'> => ({
  p: event.project,
  t: new Date(event.timestamp),
  j: JSON.stringify(event),
})

/** In a collection with unique ids: the key is the `_id`. */
export function createPlainEvents({ events }: Tables): Events {
  return {
    async insert(rows) {
      await insertNew(
        events,
        rows.map(({ key, event }) => ({ _id: key, ...toDoc(event) })),
      )
    },
    async read(places) {
      const found = new Map<string, StoredEvent>()
      for (const piece of pieces(places)) {
        const docs = events.find({ _id: { $in: piece.map(({ key }) => key) } })
        for await (const { _id, j } of docs) found.set(_id, JSON.parse(j) as StoredEvent)
      }
      return found
    },
    async remove(places) {
      for (const piece of pieces(places))
        await insist(() => events.deleteMany({ _id: { $in: piece.map(({ key }) => key) } }))
    },
    async removeProject() {},
    async keepFor() {},
  }
}

/**
 * In a time-series collection, which knows no unique key: what is there already is asked for first. Two workers on one
 * chunk may still write an event twice. That does no harm, as events are only ever read by key, and by a key each counts
 * once. Time and project (the meta field) lead to the buckets. The time is the later one of the event's own and that of its
 * receipt, by which it is past its time: so the collection may let go of it by itself.
 */
export function createTimeSeriesEvents(db: Db, { events }: Tables): Events {
  let told: number | 'off' | undefined
  const filterOf = (piece: readonly EventPlace[]) => ({
    p: { $in: [...new Set(piece.map(({ project }) => project))] },
    t: { $in: [...new Set(piece.flatMap(timesOf))].map((time) => new Date(time)) },
    k: { $in: piece.map(({ key }) => key) },
  })
  const find = (piece: readonly EventPlace[]) => events.find(filterOf(piece))
  return {
    async insert(rows) {
      for (const piece of pieces(rows)) {
        const places = piece.map(({ key, event }) => ({ key, project: event.project, timestamp: event.timestamp }))
        const known = new Set<string | undefined>()
        for await (const { k } of find(places).project<{ k: string }>({ k: 1 })) known.add(k)
        const docs = piece.flatMap(({ key, event }) =>
          known.has(key) ? [] : { k: key, ...toDoc(event), t: new Date(Math.max(event.timestamp, event.receivedAt)) },
        )
        // The server gives each an `_id` of its own.
        if (docs.length > 0) await (events as unknown as Collection).insertMany(docs, { ordered: false })
      }
    },
    async read(places) {
      const found = new Map<string, StoredEvent>()
      for (const piece of pieces(places))
        for await (const { k, j } of find(piece)) found.set(k as string, JSON.parse(j) as StoredEvent)
      return found
    },
    async remove(places) {
      for (const piece of pieces(places)) {
        try {
          await insist(() => events.deleteMany(filterOf(piece)))
        } catch (error) {
          // Servers before 7.0 delete whole projects of a time series and nothing less. Nobody reads these bodies any
          // more; they go when the collection's own time is up.
          if (!isRefused(error)) throw error
        }
      }
    },
    async removeProject(project) {
      await insist(() => events.deleteMany({ p: project }))
    },
    async keepFor(days) {
      // Longer than our own time, so that what is kept of events is always worked out before their bodies go. A session
      // that has to stay holds up what comes after it.
      const expireAfterSeconds = days === undefined ? 'off' : (2 * days + 7) * daySeconds
      if (expireAfterSeconds === told) return
      try {
        await db.command({ collMod: 'events', expireAfterSeconds })
      } catch (error) {
        if (!isRefused(error)) throw error
      }
      told = expireAfterSeconds
    },
  }
}

/**
 * Keeps the youngest bodies at hand: the worker that wrote events is mostly the one that folds them, a moment later. What
 * is written never changes, so what is kept is never stale.
 */
export function keepRecent(events: Events, maxEvents = 20_000): Events {
  const recent = new Map<string, StoredEvent>()
  return {
    async insert(rows) {
      await events.insert(rows)
      for (const { key, event } of rows) recent.set(key, event)
      for (const key of recent.keys()) {
        if (recent.size <= maxEvents) break
        recent.delete(key)
      }
    },
    async read(places) {
      const found = new Map<string, StoredEvent>()
      const others = places.filter(({ key }) => {
        const event = recent.get(key)
        if (event) found.set(key, event)
        return !event
      })
      for (const [key, event] of others.length > 0 ? await events.read(others) : []) found.set(key, event)
      return found
    },
    keepFor: (days) => events.keepFor(days),
    removeProject(project) {
      for (const [key, event] of recent) if (event.project === project) recent.delete(key)
      return events.removeProject(project)
    },
    remove(places) {
      for (const { key } of places) recent.delete(key)
      return events.remove(places)
    },
  }
}
