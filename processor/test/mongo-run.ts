import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'

/** Databases of one test run on a server that others use, too. */
export interface MongoRun {
  /** The address of a database, by a name of ours. */
  url(name: string): string
  drop(): Promise<void>
}

/** `server` is an address such as `mongodb://127.0.0.1:27017`; a database in it is not used. */
export function createMongoRun(server: string): MongoRun {
  const prefix = `test_${randomUUID().slice(0, 8)}_`
  const names = new Set<string>()
  return {
    url(name) {
      names.add(name)
      const url = new URL(server)
      url.pathname = `/${prefix}${name}`
      return url.href
    },
    async drop() {
      const client = new MongoClient(server)
      for (const name of names) await client.db(prefix + name).dropDatabase()
      names.clear()
      await client.close()
    },
  }
}
