import { type Document, MongoClient } from 'mongodb'
import type { MongoCommand } from './mongo-wire.ts'

/** How many bodies of events lie in a database. */
export async function countBodies(url: string): Promise<number> {
  const client = new MongoClient(url)
  const count = await client.db().collection('events').countDocuments()
  await client.close()
  return count
}

/** What a server with time series answers; the tests' own server has none, and takes the documents all the same. */
export function asTimeSeries({ name, collection, body }: MongoCommand, refuses: boolean): Document | undefined {
  if (name === 'collMod') return { ok: 1 }
  if (name === 'delete' && collection === 'events' && refuses) return { ok: 0, code: 72, errmsg: '-' }
  if (name !== 'listCollections') return undefined
  const firstBatch = [{ name: 'events', type: 'timeseries' }]
  return { ok: 1, cursor: { id: 0n, ns: `${body.$db}.$cmd.listCollections`, firstBatch } }
}
