import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun } from '../mongo-run.ts'
import { arbitraryEvents } from './generate.ts'
import { type MongoProxy, proxyTo } from './mongo-proxy.ts'
import { chunkOf, expectedWorld, noon, readWorld } from './worlds.ts'

const server = process.env.MONGO_URL ?? ''
const minuteMs = 60_000
/** A clock that is ahead of a lease: whoever has it takes every lease for one that has run out. */
const clockAt = (ms: number) => ({ now: () => noon + ms, log: silentLog })

const arbitraryHalves = fc.tuple(
  arbitraryEvents({ minLength: 6, maxLength: 14, edges: true }),
  arbitraryEvents({ minLength: 2, maxLength: 8, edges: true }).map((events) =>
    events.map((event) => ({ ...event, messageId: `late-${event.messageId}` })),
  ),
)

async function stitchTimes(store: Store, times: number, maxEvents: number): Promise<void> {
  for (let time = 0; time < times; time++) await store.stitch(stitchRules, maxEvents)
}

async function stitchAll(store: Store): Promise<void> {
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 5))
}

describe.skipIf(server === '')('two workers that stitch the same people', { timeout: 180_000 }, () => {
  const databases = createMongoRun(server)
  let round = 0
  afterAll(() => databases.drop())

  /** Workers on one new database: two behind proxies, the second one's clock past the first one's leases, and a third. */
  async function openWorkers() {
    const direct = databases.url(`race${round++}`)
    const [a, b] = await Promise.all([proxyTo(direct), proxyTo(direct)])
    const stores = await Promise.all([openStore(a.url, clockAt(0)), openStore(b.url, clockAt(minuteMs))])
    const last = await openStore(direct, clockAt(2 * minuteMs))
    const close = async (): Promise<void> => {
      for (const store of [...stores, last]) await store.close()
      for (const { proxy } of [a, b]) await proxy.close()
      await databases.drop()
    }
    return { first: stores[0], second: stores[1], third: last, proxies: [a.proxy, b.proxy] as const, close }
  }

  test.each([
    [5, 1],
    [1, 5],
    [5, 5],
  ])(
    'and work out the same round, of %i and of %i events: one is decided, the other is thrown away',
    async (one, other) => {
      const [events] = fc.sample(arbitraryHalves, { numRuns: 1, seed: 3 })[0] as [StoredEvent[], StoredEvent[]]
      const { first, second, third, proxies, close } = await openWorkers()
      await third.append([chunkOf(events, 1)])
      const { held, release } = holdDecision(proxies[0])
      const late = first.stitch(stitchRules, one)
      await held
      expect(await second.stitch(stitchRules, other)).toMatchObject({ events: other })
      release()
      expect(await late).toMatchObject({ events: 0 })
      await stitchAll(third)
      expect(await readWorld(third)).toEqual(await expectedWorld([events]))
      await close()
    },
  )

  test('each held at any of its changes until the other is in the middle of its own, lose no update', async () => {
    let bothHeld = 0
    await fc.assert(
      fc.asyncProperty(
        arbitraryHalves,
        fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 24 })),
        fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
        async ([early, late], [at, otherAt], [budget, otherBudget]) => {
          const { first, second, third, proxies, close } = await openWorkers()
          await third.append([chunkOf(early, 1)])
          const held = holdOne(proxies[0], at)
          const one = stitchTimes(first, 2, budget)
          const isHeld = await Promise.race([held.then(() => true), one.then(() => false)])
          // What the first worker has read is no longer all there is.
          await third.append([chunkOf(late, 2)])
          const otherHeld = holdOne(proxies[1], otherAt)
          const other = stitchTimes(second, 2, otherBudget)
          const isOtherHeld = await Promise.race([otherHeld.then(() => true), other.then(() => false)])
          if (isHeld && isOtherHeld) bothHeld++
          proxies[0].release()
          await one
          proxies[1].release()
          await other
          await stitchAll(third)
          expect(await readWorld(third)).toEqual(await expectedWorld([early, late]))
          await close()
        },
      ),
      { numRuns: 40 },
    )
    expect(bothHeld).toBeGreaterThan(20)
  })
})

/** Keeps the worker from deciding a round that it has worked out, until `release`. */
function holdDecision(proxy: MongoProxy): { held: Promise<void>; release(): void } {
  const held = Promise.withResolvers<void>()
  const released = Promise.withResolvers<undefined>()
  proxy.judge(({ name, collection }) => {
    if (name !== 'insert' || collection !== 'rounds') return undefined
    held.resolve()
    return released.promise
  })
  return { held: held.promise, release: () => released.resolve(undefined) }
}

/** Holds everything from the change of that number on, counted from now. */
const holdOne = (proxy: MongoProxy, change: number): Promise<void> => proxy.holdAt(proxy.changes() + change)
