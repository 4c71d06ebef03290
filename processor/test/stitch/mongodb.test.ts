import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun, type MongoRun } from '../mongo-run.ts'
import { arbitraryEvents } from './generate.ts'
import { type MongoProxy, proxyTo } from './mongo-proxy.ts'
import { chunkOf, expectedWorld, noon, readWorld } from './worlds.ts'

const server = process.env.MONGO_URL ?? ''
const minuteMs = 60_000
/** A clock that is ahead of a lease: whoever has it takes every lease for one that has run out. */
const clockAt = (ms: number) => ({ now: () => noon + ms, log: silentLog })

const arbitraryHalves = fc.tuple(
  arbitraryEvents({ minLength: 8, maxLength: 14, edges: true }),
  arbitraryEvents({ minLength: 4, maxLength: 8, edges: true }).map((events) =>
    events.map((event) => ({ ...event, messageId: `late-${event.messageId}` })),
  ),
)

async function stitchAll(store: Store, maxEvents = 5): Promise<void> {
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, maxEvents))
}

/** A worker whose messages go through a proxy. It gives up at once when it is cut off. */
async function openProxied(databases: MongoRun, name: string): Promise<{ worker: Store; proxy: MongoProxy }> {
  const options = 'serverSelectionTimeoutMS=100&retryWrites=false&retryReads=false'
  const { proxy, url } = await proxyTo(databases.url(name), options)
  return { worker: await openStore(url, clockAt(0)), proxy }
}

describe.skipIf(server === '')('workers in MongoDB', { timeout: 180_000 }, () => {
  const databases = createMongoRun(server)
  let round = 0
  afterAll(() => databases.drop())

  test.each([false, true])(
    'that are killed at any change, the server having it or not (%s), leave what the next one puts right',
    async (delivered) => {
      const [first, second] = fc.sample(arbitraryHalves, { numRuns: 1, seed: 7 })[0] as [StoredEvent[], StoredEvent[]]
      const expected = await expectedWorld([first, second])
      const live = async (worker: Store): Promise<void> => {
        await worker.append([chunkOf(first, 1)])
        await stitchAll(worker)
        await worker.append([chunkOf(second, 2)])
        await stitchAll(worker)
      }
      for (let change = 1, ended = false; !ended; change++) {
        const name = `kill${round++}`
        const { worker, proxy } = await openProxied(databases, name)
        const before = proxy.changes()
        proxy.cutAt(before + change, delivered)
        await live(worker).catch(() => undefined)
        ended = !proxy.isCut() // there were not that many changes
        await worker.close()
        await proxy.close()
        const next = await openStore(databases.url(name), clockAt(minuteMs))
        await live(next)
        expect(await readWorld(next), `killed at change ${change}`).toEqual(expected)
        await next.close()
        await databases.drop()
      }
    },
  )

  test('that fall asleep at any change, while others go on, change nothing when they wake', async () => {
    const [first, second] = fc.sample(arbitraryHalves, { numRuns: 1, seed: 11 })[0] as [StoredEvent[], StoredEvent[]]
    const expected = await expectedWorld([first, second])
    for (let change = 1, ended = false; !ended; change++) {
      const name = `sleep${round++}`
      const { worker, proxy } = await openProxied(databases, name)
      const asleep = proxy.holdAt(proxy.changes() + change).then(() => false)
      const work = (async () => {
        await worker.append([chunkOf(first, 1)])
        await stitchAll(worker)
        return true
      })()
      ended = await Promise.race([work, asleep])
      const next = await openStore(databases.url(name), clockAt(minuteMs))
      await next.append([chunkOf(first, 1)])
      await stitchAll(next)
      await next.append([chunkOf(second, 2)])
      await stitchAll(next)
      proxy.release()
      await work.catch(() => undefined)
      await stitchAll(next)
      expect(await readWorld(next), `asleep at change ${change}`).toEqual(expected)
      await next.close()
      await worker.close()
      await proxy.close()
      await databases.drop()
    }
  })

  test('that stitch the same people at once, each taking the other’s lease for ended, lose no update', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHalves, async ([first, second]) => {
        const expected = await expectedWorld([first, second])
        const url = databases.url(`race${round++}`)
        const workers = await Promise.all([0, 1, 2].map((index) => openStore(url, clockAt(index * minuteMs))))
        const [a, b] = workers as [Store, Store]
        await Promise.all([
          a.append([chunkOf(first, 1)]),
          b.append([chunkOf(second, 2)]),
          b.append([chunkOf(first, 1)]),
        ])
        await Promise.all(workers.map((worker) => stitchAll(worker, 3)))
        expect(await readWorld(a)).toEqual(expected)
        await Promise.all(workers.map((worker) => worker.close()))
        await databases.drop()
      }),
      { numRuns: 15 },
    )
  })
})
