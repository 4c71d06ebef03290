import { openStore, type Store, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { afterAll, describe, expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { createMongoRun } from '../mongo-run.ts'
import { storedEvent } from '../support.ts'
import { proxyTo } from './mongo-proxy.ts'
import { asTimeSeries, countBodies } from './mongo-series.ts'
import { openFilled } from './mongo-worker.ts'
import { chunkOf, noon, readWorld } from './worlds.ts'

const server = process.env.MONGO_URL ?? ''
const [minuteMs, dayMs] = [60_000, 86_400_000]
const retention = { days: new Map([['p', 1]]), rules: stitchRules }
const clockAt = (ms: number) => ({ now: () => noon + ms, log: silentLog })

const at = (messageId: string, days: number, more: Partial<StoredEvent> = {}): StoredEvent => {
  const timestamp = noon - days * dayMs
  return storedEvent({ project: 'p', messageId, anonymousId: 'a1', timestamp, receivedAt: timestamp, ...more })
}
const events: readonly StoredEvent[] = [
  at('m1', 4, { touch: { channel: 'c1' } }),
  at('m2', 3, { type: 'identify', userId: 'u1', traits: { plan: 'free' } }),
  at('m3', 3, { anonymousId: 'a2', userId: 'u2' }),
  at('m4', 2, { userId: 'u2' }),
  at('m5', 2, { type: 'alias', userId: 'u2', previousId: 'u3' }),
  at('m6', 0.5, { path: '/kept' }),
]

async function fill(store: Store): Promise<void> {
  await store.append([chunkOf(events, 1)])
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 3))
}

async function maintainAll(store: Store): Promise<void> {
  for (let more = true; more; ) more = await store.maintain(retention)
}

async function expectedWorld(): Promise<unknown> {
  const oracle = await openStore('memory:', clockAt(0))
  await fill(oracle)
  await maintainAll(oracle)
  return readWorld(oracle)
}

describe.skipIf(server === '')('letting go in MongoDB', { timeout: 120_000 }, () => {
  const databases = createMongoRun(server)
  let round = 0
  afterAll(() => databases.drop())

  const open = () => openFilled(databases.url(`old${round++}`), clockAt(0), fill)

  test.each([false, true])(
    'is completed by the next worker after a kill at any change (delivered: %s)',
    async (delivered) => {
      const expected = await expectedWorld()
      for (let change = 1, ended = false; !ended; change++) {
        const { direct, proxy, worker } = await open()
        proxy.cutAt(proxy.changes() + change, delivered)
        await Promise.race([maintainAll(worker).catch(() => undefined), proxy.whenCut()])
        ended = !proxy.isCut()
        await worker.close()
        await proxy.close()
        const next = await openStore(direct, clockAt(minuteMs))
        await maintainAll(next)
        expect(await readWorld(next), `killed at change ${change}`).toEqual(expected)
        expect(await countBodies(direct)).toBe(1)
        await next.close()
        await databases.drop()
      }
    },
  )

  test('changes nothing any more when it wakes late, after others stitched and let go', async () => {
    const late = at('late', 0.4, { anonymousId: 'a2', path: '/late' })
    const oracle = await openStore('memory:', clockAt(0))
    await fill(oracle)
    await maintainAll(oracle)
    await oracle.append([chunkOf([late], 2)])
    await oracle.stitch(stitchRules, 1)
    const expected = await readWorld(oracle)
    for (let change = 1, ended = false; !ended; change++) {
      const { direct, proxy, worker } = await open()
      const asleep = proxy.holdAt(proxy.changes() + change).then(() => false)
      const work = maintainAll(worker).then(() => true)
      ended = await Promise.race([work, asleep])
      const next = await openStore(direct, clockAt(minuteMs))
      await maintainAll(next)
      await next.append([chunkOf([late], 2)])
      for (let behind = 1; behind > 0; ) ({ behind } = await next.stitch(stitchRules, 3))
      proxy.release()
      await work.catch(() => undefined)
      expect(await readWorld(next), `asleep at change ${change}`).toEqual(expected)
      await next.close()
      await worker.close()
      await proxy.close()
      await databases.drop()
    }
  })

  test('is done in pieces, and leaves nothing over', async () => {
    const direct = databases.url(`pieces${round++}`)
    const store = await openStore(direct, clockAt(0))
    // The first page: visitors with many events on later pages, and some who are nowhere else.
    const busy = Array.from({ length: 2_300 }, (_, index) => ({
      name: `b${index % 105}`,
      number: index + (index < 105 ? 0 : 30),
    }))
    const rare = Array.from({ length: 30 }, (_, index) => ({ name: `c${index}`, number: 105 + index }))
    const many = [...busy, ...rare].map(({ name, number }) =>
      at(`n${number}`, 3 - number / 10_000, { anonymousId: name }),
    )
    await store.append([chunkOf(many, 1)])
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 10_000))
    expect(await store.maintain(retention)).toBe(true)
    const left = await countBodies(direct)
    expect(left).toBeGreaterThan(100)
    expect(left).toBeLessThan(many.length - 1_999)
    await maintainAll(store)
    expect(await countBodies(direct)).toBe(0)
    expect((await store.query({ type: 'sessions', project: 'p' })).items).toEqual([])
    await store.close()
  })

  test.each([false, true])(
    'works in a time series, whether the server deletes from it or not (%s)',
    async (refuses) => {
      const direct = databases.url(`series${round++}`)
      const { proxy, url } = await proxyTo(direct)
      const told: unknown[] = []
      proxy.judge((command) => {
        if (command.name === 'collMod') told.push(command.body.expireAfterSeconds)
        return asTimeSeries(command, refuses)
      })
      const store = await openStore(url, clockAt(0))
      await fill(store)
      await maintainAll(store)
      expect(await readWorld(store)).toEqual(await expectedWorld())
      expect(await countBodies(direct)).toBe(refuses ? events.length : 1)
      // Once a project keeps its events for ever, the collection has to.
      await store.append([chunkOf([at('q1', 0, { project: 'q' })], 2)])
      await store.stitch(stitchRules, 3)
      await maintainAll(store)
      expect(told).toEqual([9 * 86_400, 'off'])
      await store.close()
      await proxy.close()
    },
  )
})
