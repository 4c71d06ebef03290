import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from 'mongodb'
import type { Deps } from '../../deps.ts'
import { BackendError } from '../../errors.ts'
import { createPlainEvents, createTimeSeriesEvents, type Events } from './events.ts'
import { indexes, type Tables } from './tables.ts'
import { insistUpsert, isDuplicate } from './writing.ts'

/** Grows with every migration. */
const schemaVersion = 5
const lockMs = 60_000
const pollMs = 100
const namespaceExists = 48

interface MetaDoc {
  _id: 'schema' | 'lock'
  version?: number
  until?: number
}

/**
 * Makes collections and indexes, or brings them up to date: one worker of many does it, the others wait. Rejects with
 * `schema_too_new` when a newer program was here.
 */
export async function migrate(db: Db, { now, log }: Deps): Promise<void> {
  const meta = db.collection<MetaDoc>('meta')
  const isDone = async (): Promise<boolean> => {
    const version = (await meta.findOne({ _id: 'schema' }))?.version ?? 0
    if (version > schemaVersion)
      throw new BackendError('schema_too_new', `It has schema ${version}, this program knows ${schemaVersion}.`)
    return version === schemaVersion
  }
  while (!(await isDone())) {
    if (!(await lock(db, now()))) {
      await sleep(pollMs)
      continue
    }
    // Somebody may have done it between our look and our lock.
    if (!(await isDone())) {
      log.info({ to: schemaVersion }, 'the store is being set up')
      await createCollections(db)
      await insistUpsert(() =>
        meta.updateOne({ _id: 'schema' }, { $set: { version: schemaVersion } }, { upsert: true }),
      )
    }
    await meta.deleteOne({ _id: 'lock' })
  }
}

async function lock(db: Db, now: number): Promise<boolean> {
  try {
    const filter = { _id: 'lock' as const, until: { $lt: now } }
    const update = { $set: { until: now + lockMs } }
    const { matchedCount, upsertedCount } = await db
      .collection<MetaDoc>('meta')
      .updateOne(filter, update, { upsert: true })
    return matchedCount + upsertedCount > 0
  } catch (error) {
    if (isDuplicate(error)) return false // it is there and has not ended
    throw error
  }
}

/** Doing it twice changes nothing: a lock that ran out while its holder was still at it does no harm. */
async function createCollections(db: Db): Promise<void> {
  await createEvents(db)
  for (const [name, specs] of Object.entries(indexes)) await db.collection(name).createIndexes([...specs])
}

/** Asks for a time-series collection. A server without them refuses, or makes an ordinary one. */
async function createEvents(db: Db): Promise<void> {
  const isThere = ({ code }: { code?: unknown }): boolean => code === namespaceExists
  try {
    await db.createCollection('events', { timeseries: { timeField: 't', metaField: 'p', granularity: 'seconds' } })
  } catch (error) {
    if (!isThere(error as { code?: unknown }))
      await db.createCollection('events').catch((again: { code?: unknown }) => {
        if (!isThere(again)) throw again
      })
  }
  // Newer servers make this one by themselves, under the same name.
  if (await isTimeSeries(db)) await db.collection('events').createIndex({ p: 1, t: 1 })
}

/** What the server answers decides, not its version: one without time series may have made an ordinary collection. */
async function isTimeSeries(db: Db): Promise<boolean> {
  const found = await db.listCollections().toArray()
  return found.some(({ name, type }) => name === 'events' && type === 'timeseries')
}

/** The bodies, by what the collection is. */
export async function openEvents(db: Db, tables: Tables, { log }: Deps): Promise<Events> {
  const isSeries = await isTimeSeries(db)
  log.info({ collection: isSeries ? 'time series' : 'ordinary' }, 'where events are kept')
  return isSeries ? createTimeSeriesEvents(db, tables) : createPlainEvents(tables)
}
