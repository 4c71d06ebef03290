import { type EraseRequest, eraseKey, openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { afterAll, describe, expect, test } from 'vitest'
import { collectionsWith } from '../../../backends/test/fixtures/mongo-text.ts'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun } from '../mongo-run.ts'
import { storedEvent } from '../support.ts'
import { proxyTo } from './mongo-proxy.ts'
import { brittle, openFilled } from './mongo-worker.ts'
import { chunkOf, noon, readWorld } from './worlds.ts'

const server = process.env.MONGO_URL ?? ''
const [minuteMs, dayMs] = [60_000, 86_400_000]
const clockAt = (ms: number) => ({ now: () => noon + ms, log: silentLog })

const [user, before, device, shared] = ['mona.lisa@louvre', 'mona.before', 'device-of-mona', 'device-of-all']
const trait = 'violet-narwhal'
const request: EraseRequest = {
  ...{ id: 'e1', project: 'p', before: noon, rules: stitchRules },
  keys: [
    ...[user, before].map((id) => eraseKey('p', 'user', id)),
    ...[device, shared].map((id) => eraseKey('p', 'visitor', id)),
  ],
}

const at = (messageId: string, days: number, more: Partial<StoredEvent> = {}): StoredEvent => {
  const timestamp = noon - days * dayMs
  return storedEvent({ project: 'p', messageId, anonymousId: device, timestamp, receivedAt: timestamp, ...more })
}
/** Somebody with a device, an earlier id and a share of a device that another one uses, too. */
const events: readonly StoredEvent[] = [
  at('m1', 8, { touch: { channel: 'c1' } }),
  at('m2', 7, { type: 'identify', userId: user, traits: { pet: trait } }),
  at('m3', 6, { anonymousId: shared, userId: user, properties: { note: trait } }),
  at('m4', 6, { type: 'alias', userId: user, previousId: before }),
  at('o1', 5, { anonymousId: shared, userId: 'u2' }),
  at('o2', 4, { anonymousId: 'a2', userId: 'u2' }),
]

async function fill(store: Store): Promise<void> {
  const rejected = ['0:0', '0:1'].map((place, index) => ({
    ...{ project: 'p', place, code: 'too_deep' as const, message: 'deep', receivedAt: noon - dayMs },
    body: JSON.stringify({ userId: index === 0 ? user : 'u2', traits: { pet: index === 0 ? trait : 'cat' } }),
  }))
  await store.append([{ ...chunkOf(events, 1), rejected }])
  await stitchAll(store)
}

async function stitchAll(store: Store): Promise<void> {
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 3))
}

/** In the smallest pieces that there are. */
async function eraseAll(store: Store): Promise<void> {
  for (let more = true; more; ) ({ more } = await store.erase(request, 1))
}

const late = at('late', -0.1, { anonymousId: 'a2', path: '/late' })
const addLate = async (store: Store): Promise<void> => {
  await store.append([chunkOf([late], 2)])
  await stitchAll(store)
}

async function expectedWorld(add: (store: Store) => Promise<void> = async () => {}): Promise<unknown> {
  const oracle = await openStore('memory:', clockAt(0))
  await fill(oracle)
  await eraseAll(oracle)
  await add(oracle)
  return readWorld(oracle)
}

describe.skipIf(server === '')('erasing in MongoDB', { timeout: 120_000 }, () => {
  const databases = createMongoRun(server)
  let round = 0
  afterAll(() => databases.drop())

  const open = () => openFilled(databases.url(`erase${round++}`), clockAt(0), fill)

  const names = [user, before, device, trait]

  test('the person is all over the collections before, and in none after', async () => {
    const { direct, proxy, worker } = await open()
    expect((await collectionsWith(direct, names)).length).toBeGreaterThan(3)
    await eraseAll(worker)
    expect(await collectionsWith(direct, names)).toEqual([])
    expect(await readWorld(worker)).toEqual(await expectedWorld())
    await worker.close()
    await proxy.close()
  })

  test.each([false, true])(
    'leaves nothing of the person in what a worker left that was killed while it stitched (delivered: %s)',
    async (delivered) => {
      let changes = 0
      for (let ended = false; !ended; ) {
        changes++
        const direct = databases.url(`erase${round++}`)
        const { proxy, url } = await proxyTo(direct, brittle)
        const worker = await openStore(url, clockAt(0))
        await worker.append([chunkOf(events, 1)])
        proxy.cutAt(proxy.changes() + changes, delivered)
        await Promise.race([stitchAll(worker).catch(() => undefined), proxy.whenCut()])
        ended = !proxy.isCut()
        await worker.close()
        await proxy.close()
        const next = await openStore(direct, clockAt(minuteMs))
        await stitchAll(next)
        await eraseAll(next)
        expect(await collectionsWith(direct, names), `killed at change ${changes}`).toEqual([])
        await next.close()
        await databases.drop()
      }
      expect(changes).toBeGreaterThan(5)
    },
  )

  test.each([false, true])(
    'is completed by the next worker after a kill at any change (delivered: %s)',
    async (delivered) => {
      const expected = await expectedWorld()
      let changes = 0
      for (let ended = false; !ended; ) {
        changes++
        const { direct, proxy, worker } = await open()
        proxy.cutAt(proxy.changes() + changes, delivered)
        await Promise.race([eraseAll(worker).catch(() => undefined), proxy.whenCut()])
        ended = !proxy.isCut()
        await worker.close()
        await proxy.close()
        const next = await openStore(direct, clockAt(minuteMs))
        await eraseAll(next)
        expect(await readWorld(next), `killed at change ${changes}`).toEqual(expected)
        expect(await collectionsWith(direct, names), `killed at change ${changes}`).toEqual([])
        await next.close()
        await databases.drop()
      }
      expect(changes).toBeGreaterThan(10)
    },
  )

  test('changes nothing any more when it wakes late, after others erased and stitched', async () => {
    const expected = await expectedWorld(addLate)
    for (let change = 1, ended = false; !ended; change++) {
      const { direct, proxy, worker } = await open()
      const asleep = proxy.holdAt(proxy.changes() + change).then(() => false)
      const work = eraseAll(worker).then(() => true)
      ended = await Promise.race([work, asleep])
      const next = await openStore(direct, clockAt(minuteMs))
      await eraseAll(next)
      await addLate(next)
      proxy.release()
      await work.catch(() => undefined)
      expect(await readWorld(next), `asleep at change ${change}`).toEqual(expected)
      expect(await collectionsWith(direct, names), `asleep at change ${change}`).toEqual([])
      await next.close()
      await worker.close()
      await proxy.close()
      await databases.drop()
    }
  })
})
