import { type AppendChunk, openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { withFiles, withMongo } from './databases.ts'
import { arbitraryEvents, runs } from './generate.ts'
import { chunkOf, expectedWorld, noon, readAll, readWorld } from './worlds.ts'

const deps = { now: () => noon, log: silentLog }
const workerCount = 3

/** One delivery of a chunk to a worker, which may stitch after it. */
interface Drop {
  chunk: AppendChunk
  worker: number
  /** 0: it does not. */
  maxEvents: number
}

interface Storm {
  events: StoredEvent[]
  /** Sent again by clients: duplicates, in chunks of their own. */
  copies: StoredEvent[]
  drops: Drop[]
}

const arbitraryStorm: fc.Arbitrary<Storm> = arbitraryEvents({ minLength: 4, maxLength: 40, edges: true }).chain(
  (events) =>
    fc.record({ copies: fc.subarray(events), size: fc.integer({ min: 1, max: 8 }) }).chain(({ copies, size }) => {
      const chunks = [...cut(events, size), ...cut(copies, size)].map((own, index) => chunkOf(own, index + 1))
      const drop = (chunk: AppendChunk): fc.Arbitrary<Drop> =>
        fc.record({
          chunk: fc.constant(chunk),
          worker: fc.nat({ max: workerCount - 1 }),
          maxEvents: fc.nat({ max: 12 }),
        })
      const drops = fc.tuple(...chunks.map((chunk) => fc.array(drop(chunk), { minLength: 1, maxLength: 5 })))
      return drops
        .chain((all) => fc.shuffledSubarray(all.flat(), { minLength: all.flat().length }))
        .map((drops) => ({ events, copies, drops }))
    }),
)

const cut = (events: readonly StoredEvent[], size: number): StoredEvent[][] =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, index) => events.slice(index * size, (index + 1) * size))

/** All workers at once, each taking what it is dropped one by one; then what is left is stitched. */
async function endure(workers: readonly Store[], drops: readonly Drop[]): Promise<void> {
  const work = workers.map(async (store, index) => {
    for (const { chunk, worker, maxEvents } of drops) {
      if (worker !== index) continue
      await store.append([chunk])
      if (maxEvents > 0) await store.stitch(stitchRules, maxEvents)
    }
  })
  await Promise.all(work)
  for (let behind = 1; behind > 0; ) ({ behind } = await (workers[0] as Store).stitch(stitchRules, 25))
}

/** Every chunk comes 1 to 5 times, in any order, to any of three workers at once. */
async function holdTo(storm: Storm, url: string): Promise<void> {
  const workers = await Promise.all(Array.from({ length: workerCount }, () => openStore(url, deps)))
  await endure(workers, storm.drops)
  const [store] = workers as [Store]
  const stored = await readAll<StoredEvent>(store, { type: 'events', project: 'p' })
  expect(stored.map(({ messageId }) => messageId).sort()).toEqual(storm.events.map(({ messageId }) => messageId).sort())
  expect(await readWorld(store)).toEqual(await expectedWorld([[...storm.events, ...storm.copies]]))
  for (const worker of workers) await worker.close()
}

test(
  'a storm of redeliveries to three workers leaves each event once, and the answers of the reference store',
  {
    timeout: 3_600_000,
  },
  () =>
    withFiles((onNew) =>
      fc.assert(
        fc.asyncProperty(arbitraryStorm, (storm) => onNew((url) => holdTo(storm, url))),
        { numRuns: Math.ceil(runs / 10) },
      ),
    ),
)

test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', { timeout: 3_600_000 }, () =>
  withMongo((onNew) =>
    fc.assert(
      fc.asyncProperty(arbitraryStorm, (storm) => onNew((url) => holdTo(storm, url))),
      { numRuns: Math.ceil(runs / 20) },
    ),
  ),
)
