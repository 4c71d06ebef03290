import { type AppendChunk, openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { MongoClient } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun } from '../mongo-run.ts'
import { storedEvent } from '../support.ts'
import { proxyTo } from './mongo-proxy.ts'
import { asTimeSeries, countBodies } from './mongo-series.ts'
import { openFilled } from './mongo-worker.ts'
import { chunkOf as chunkOfOne, noon, readWorld } from './worlds.ts'

const server = process.env.MONGO_URL ?? ''
const [minuteMs, dayMs] = [60_000, 86_400_000]
const clockAt = (ms: number) => ({ now: () => noon + ms, log: silentLog })

const eventsOf = (project: string): StoredEvent[] => {
  const at = (messageId: string, more: Partial<StoredEvent>): StoredEvent =>
    storedEvent({ project, messageId, anonymousId: 'a1', timestamp: noon, receivedAt: noon, ...more })
  return [
    at('m1', { touch: { channel: 'c1' } }),
    at('m2', { type: 'identify', userId: 'u1', traits: { plan: 'free' } }),
    at('m3', { type: 'alias', userId: 'u2', previousId: 'u3' }),
  ]
}
const chunkOf = (events: readonly StoredEvent[], seq: number): AppendChunk => ({
  ...chunkOfOne(events, seq),
  received: events.map(({ project }) => ({ project, minute: noon, events: 1 })),
})
/** Readings of worlds are about `p`, which stays. */
const [kept, gone] = [eventsOf('p'), eventsOf('gone')]

async function fill(store: Store, events: readonly StoredEvent[]): Promise<void> {
  await store.append([chunkOf(events, 1)])
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 3))
}

async function removeAll(store: Store): Promise<void> {
  for (let more = true; more; ) ({ more } = await store.removeProject('gone', 2))
}

/** Documents that name the project, by collection: all but marks without a name, and the numbers of its rounds. */
async function namedIn(url: string): Promise<Record<string, number>> {
  const client = new MongoClient(url)
  const found: Record<string, number> = {}
  for (const collection of await client.db().collections()) {
    if (collection.collectionName === 'rounds') continue
    const count = await collection.countDocuments({ p: 'gone', gone: { $exists: false } })
    if (count > 0) found[collection.collectionName] = count
  }
  await client.close()
  return found
}

describe.skipIf(server === '')('removing a project in MongoDB', { timeout: 120_000 }, () => {
  const databases = createMongoRun(server)
  let round = 0
  afterAll(() => databases.drop())

  async function expectedWorld(): Promise<unknown> {
    const oracle = await openStore('memory:', clockAt(0))
    await fill(oracle, kept)
    return readWorld(oracle)
  }

  const open = () =>
    openFilled(databases.url(`removed${round++}`), clockAt(0), (store) => fill(store, [...kept, ...gone]))

  test.each([false, true])(
    'is completed by the next worker after a kill at any change (delivered: %s)',
    async (delivered) => {
      const expected = await expectedWorld()
      let changes = 0
      for (let ended = false; !ended; ) {
        const { direct, proxy, worker } = await open()
        proxy.cutAt(proxy.changes() + ++changes, delivered)
        await Promise.race([removeAll(worker).catch(() => undefined), proxy.whenCut()])
        ended = !proxy.isCut()
        await worker.close()
        await proxy.close()
        const next = await openStore(direct, clockAt(minuteMs))
        await removeAll(next)
        expect(await namedIn(direct), `killed at change ${changes}`).toEqual({})
        expect(await readWorld(next)).toEqual(expected)
        expect(await countBodies(direct)).toBe(kept.length)
        await next.close()
        await databases.drop()
      }
      expect(changes).toBeGreaterThan(10)
    },
  )

  test('brings nothing back when it wakes late, after others have finished', async () => {
    const expected = await expectedWorld()
    for (let change = 1, ended = false; !ended; change++) {
      const { direct, proxy, worker } = await open()
      // It takes in what is there once more, as a worker that knows of no removal does.
      const late = gone.map((event) => ({ ...event, messageId: `late ${event.messageId}` }))
      await worker.append([chunkOf(late, 2)])
      const asleep = proxy.holdAt(proxy.changes() + change).then(() => false)
      const work = worker.stitch(stitchRules, 10).then(() => true)
      ended = await Promise.race([work, asleep])
      const next = await openStore(direct, clockAt(minuteMs))
      await removeAll(next)
      proxy.release()
      await work.catch(() => undefined)
      expect(await namedIn(direct), `asleep at change ${change}`).toEqual({})
      expect(await readWorld(next)).toEqual(expected)
      await next.close()
      await worker.close()
      await proxy.close()
      await databases.drop()
    }
  })

  test('leaves the number of its rounds for a day, and then nothing', async () => {
    const { direct, proxy, worker } = await open()
    await removeAll(worker)
    await worker.close()
    await proxy.close()
    const client = new MongoClient(direct)
    const marks = () => client.db().collection<{ _id: string }>('entities').countDocuments({ p: 'gone' })
    const lane = () => client.db().collection<{ _id: string; gone?: number }>('lanes').findOne({ _id: 'gone' })
    expect([await marks(), (await lane())?.gone]).toEqual([expect.any(Number), noon])
    expect(await marks()).toBeGreaterThan(0)
    const next = await openStore(direct, clockAt(dayMs + 2))
    await next.maintain()
    expect([await marks(), await lane()]).toEqual([0, null])
    expect(await client.db().collection('rounds').countDocuments({ p: 'gone' })).toBe(0)
    expect(await readWorld(next)).toEqual(await expectedWorld())
    await next.close()
    await client.close()
  })

  test.each([false, true])('takes bodies out of a time series, as a whole where it must (%s)', async (refuses) => {
    const direct = databases.url(`series${round++}`)
    const { proxy, url } = await proxyTo(direct)
    proxy.judge((command) => {
      const [first] = (command.body.deletes ?? []) as { q: object }[]
      // Servers before 7.0 delete by the project alone.
      const isWhole = first !== undefined && Object.keys(first.q).join() === 'p'
      return asTimeSeries(command, refuses && !isWhole)
    })
    const store = await openStore(url, clockAt(0))
    await fill(store, [...kept, ...gone])
    await removeAll(store)
    expect(await countBodies(direct)).toBe(kept.length)
    expect(await readWorld(store)).toEqual(await expectedWorld())
    await store.close()
    await proxy.close()
  })
})
