import { openStore, type StoreOptions, silentLog } from '@trailstitch/backends'
import { storeContract } from '@trailstitch/backends/store-contract'
import type { Query } from '@trailstitch/protocol'
import fc from 'fast-check'
import { MongoClient } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import { indexes, type Tables } from '../../backends/src/store/mongodb/tables.ts'
import { stitchRules } from '../src/stitch/index.ts'
import { equalitiesOf, isServed, isServedBy, type MongoQuery, queriesOf, shapeOf } from './mongo-queries.ts'
import { createMongoRun, type MongoRun } from './mongo-run.ts'
import { arbitraryDeliveries, deliver } from './stitch/deliveries.ts'
import { arbitraryChunks, arbitraryQuery } from './stitch/generate-queries.ts'
import { proxyTo } from './stitch/mongo-proxy.ts'
import type { MongoCommand } from './stitch/mongo-wire.ts'
import { noon, readWorld } from './stitch/worlds.ts'

const server = process.env.MONGO_URL ?? ''

/** Collections whose documents carry their project as `p`, by which they are sharded. */
const byProject = new Set<string>([
  ...(['events', 'timeline', 'ledger', 'rejected', 'rounds'] satisfies (keyof Tables)[]),
  ...(['entities', 'sessions', 'profiles', 'rollups', 'edges'] satisfies (keyof Tables)[]),
])

const isEmpty = 'a copy asks for one document, whether its target is empty'

/** Queries that ask all shards, and why that does not matter. */
const ofAllProjects = {
  'timeline: u $gt by u': 'which project has something to fold; the index holds what is not folded alone',
  'timeline: u $gt': 'how much is not folded',
  'ledger: minute $gte $lt': 'the books of all projects, for an operator',
  'rejected: all by at, _id': 'rejected events of all projects, for an operator',
  'rejected: (at $lt | at, _id $lt) by at, _id': 'the next page of them',
  'rounds: at $lt': 'once an hour: rounds of more than a day ago',
  'sessions: gone $lt': 'once an hour: marks of more than a day ago',
  'profiles: gone $lt': 'once an hour: marks of more than a day ago',
  'entities: gone $lt': 'once an hour: marks of more than a day ago',
  'edges: gone $lt': 'once an hour: marks of more than a day ago',
  'rollups: gone $lt': 'once an hour: marks of more than a day ago',
  'ledger: minute $gte by minute': 'a copy reads the books of all projects',
  'timeline: e $ne': 'a copy counts both sides',
  'timeline: all': isEmpty,
  'ledger: all': isEmpty,
  'rejected: all': isEmpty,
}

/** Queries that no index leads to straight, and why that does not matter. */
const withoutIndex = {
  'collectors: all': 'one document a collector',
  'collectors: _id $gt by _id': 'one document a collector',
  'lanes: all': 'one document a project',
  'lanes: all by _id': 'one document a project',
  'chunks: all': isEmpty,
  'timeline: all': isEmpty,
  'ledger: all': isEmpty,
  'rejected: all': isEmpty,
  'journal: p, r $lte': 'it holds the rounds that are being written, and what killed workers left within a day',
  'rollups: p, hour $gte $lt': 'dimensions come before the hour in the index, and there are few of them',
  'rollups: p, hour $gte $lt, (bot | bot, dim)':
    'dimensions come before the hour in the index, and there are few of them',
}

const indexesOf = (collection: string): string[][] => [
  ['_id'],
  // A time series has buckets by project and time, which are opened to find the key.
  ...(collection === 'events' ? [['p', 't', 'k']] : []),
  ...(indexes[collection as keyof Tables] ?? []).map(({ key }) => Object.keys(key)),
]

describe.skipIf(server === '')('commands that the store in MongoDB sends', { timeout: 120_000 }, () => {
  const commands: MongoCommand[] = []
  let databases: MongoRun | undefined
  let now = noon
  let stop: (() => Promise<void>) | undefined
  const open = (run: MongoRun, name: string, options?: StoreOptions) =>
    openStore(run.url(name), { now: () => now, log: silentLog }, options)
  afterAll(() => stop?.())

  storeContract('mongodb: through a recorder of commands', stitchRules, async () => {
    const { proxy, url } = await proxyTo(server)
    proxy.judge((command) => {
      commands.push(command)
      return undefined
    })
    const run = createMongoRun(url)
    databases = run
    stop = async () => {
      await run.drop()
      await proxy.close()
    }
    const elapse = async (ms: number): Promise<void> => {
      now += ms
    }
    return { open: (name, options) => open(run, name, options), elapse, now: () => now, stop: async () => undefined }
  })

  /** One query of each shape. */
  const recorded = (): Map<string, MongoQuery> =>
    new Map(commands.flatMap(queriesOf).map((query) => [shapeOf(query), query]))

  test('are recorded of random events and of random queries, too', async () => {
    const samples = fc.sample(fc.tuple(arbitraryDeliveries, arbitraryChunks), { numRuns: 6, seed: 1 })
    for (const [index, [[, given], chunks]] of samples.entries()) {
      const store = await open(databases as MongoRun, `random${index}`)
      await deliver([store], given)
      await readWorld(store)
      await store.append(chunks.map((chunk) => ({ ...chunk, collector: 'c2' })))
      await store.stitch(stitchRules, 1_000)
      for (const query of fc.sample(arbitraryQuery, { numRuns: 150, seed: index })) {
        const answer = (await store.query(query)) as { nextCursor?: string | null } | undefined
        const cursor = answer?.nextCursor
        if (cursor) await store.query({ ...query, cursor } as Query)
      }
      await store.maintain()
      await store.close()
    }
    expect(recorded().size).toBeGreaterThan(50)
  })

  test('look for nothing that no index leads to', () => {
    const found = [...recorded()].filter(([, query]) => !isServed(query, indexesOf(query.collection)))
    expect(found.map(([shape]) => shape).sort()).toEqual(Object.keys(withoutIndex).sort())
  })

  test('name the project or an _id, so that a shard can tell what is its own', () => {
    const found = [...recorded()].filter(([, { collection, filter, upsert }]) => {
      const named = equalitiesOf(filter)
      return byProject.has(collection) && !named.has('p') && (upsert || !named.has('_id'))
    })
    expect(found.map(([shape]) => shape).sort()).toEqual(Object.keys(ofAllProjects).sort())
  })

  test('make use of every index', () => {
    const queries = [...recorded().values()]
    for (const [collection, specs] of Object.entries(indexes))
      for (const { name, key } of specs)
        expect(
          queries.some((query) => query.collection === collection && isServedBy(query, Object.keys(key))),
          `${collection}.${name}`,
        ).toBe(true)
  })

  test('write to a majority, and go on past a document that fails', () => {
    const writes = commands.filter(({ name }) => ['insert', 'update', 'delete', 'findAndModify'].includes(name))
    expect(writes.length).toBeGreaterThan(100)
    expect(writes.filter(({ body }) => body.writeConcern?.w !== 'majority')).toEqual([])
    const bulks = writes.filter(({ body }) => (body.documents ?? body.updates ?? body.deletes ?? []).length > 1)
    expect(bulks.length).toBeGreaterThan(20)
    expect(bulks.filter(({ body }) => body.ordered !== false)).toEqual([])
  })

  test('are planned with an index, where the server explains its plans', async (context) => {
    const url = (databases as MongoRun).url('random0')
    const client = new MongoClient(url)
    try {
      const explain = ({ collection, filter, sort }: MongoQuery) =>
        client.db().command({ explain: { find: collection, filter, ...(sort && { sort }) }, verbosity: 'queryPlanner' })
      const [first] = recorded().values()
      if (!(await explain(first as MongoQuery).catch(() => undefined)))
        return context.skip('this server explains no plans')
      for (const [shape, query] of recorded())
        if (!(shape in withoutIndex) || shape.startsWith('rollups'))
          expect(JSON.stringify(await explain(query)), shape).not.toContain('COLLSCAN')
    } finally {
      await client.close()
    }
  })
})
