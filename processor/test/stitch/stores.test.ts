import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withFiles, withMongo } from './databases.ts'
import { arbitraryDeliveries, type Delivery, deliver } from './deliveries.ts'
import { runs } from './generate.ts'
import { expectedWorld, noon, readWorld } from './worlds.ts'

const deps = { now: () => noon, log: silentLog }
/** A run over the network takes ten times as long. */
const mongoRuns = Math.ceil(runs / 10)

/** Brings the events to workers of one store as the delivery says, and compares what it answers. */
async function hold(url: string, [events, given, count]: [StoredEvent[], Delivery, number]): Promise<void> {
  const workers = await Promise.all(Array.from({ length: count }, () => openStore(url, deps)))
  await deliver(workers, given)
  expect(await readWorld(workers[0] as Store)).toEqual(await expectedWorld([[...events, ...given.copies]]))
  await Promise.all(workers.map((store) => store.close()))
}

test(
  'any order, repetition, batching and interleaving over 1 to 4 workers gives the answers of the reference store',
  {
    timeout: 3_600_000,
  },
  () =>
    withFiles((onNew) =>
      fc.assert(
        fc.asyncProperty(arbitraryDeliveries, async ([events, given, count]) => {
          await hold('memory:', [events, given, 1])
          await onNew((url) => hold(url, [events, given, count]))
        }),
        { numRuns: runs },
      ),
    ),
)

test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', { timeout: 3_600_000 }, () =>
  withMongo((onNew) =>
    fc.assert(
      fc.asyncProperty(arbitraryDeliveries, (given) => onNew((url) => hold(url, given))),
      { numRuns: mongoRuns },
    ),
  ),
)
