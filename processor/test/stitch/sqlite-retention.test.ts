import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openStore, type Store, type StoreOptions, silentLog } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { expect, onTestFinished, test } from 'vitest'
import { createFolder } from '../../../backends/test/fixtures/folder.ts'
import { stitchRules } from '../../src/stitch/index.ts'
import { storedEvent } from '../support.ts'
import { chunkOf, noon } from './worlds.ts'

const dayMs = 86_400_000
const keep = (days: number) => ({ days: new Map([['p', days]]), rules: stitchRules })

const old = (messageId: string, days: number, more: Partial<StoredEvent> = {}): StoredEvent => {
  const timestamp = noon - days * dayMs
  return storedEvent({ project: 'p', messageId, anonymousId: 'a1', timestamp, receivedAt: timestamp, ...more })
}

async function openFile(options: StoreOptions = {}): Promise<{ store: Store; count(sql: string): unknown }> {
  const folder = createFolder()
  const path = join(folder.path, 'store.db')
  const store = await openStore(`sqlite:${path}`, { now: () => noon, log: silentLog }, options)
  const db = new DatabaseSync(path, { readOnly: true })
  onTestFinished(async () => {
    db.close()
    await store.close()
    folder.remove()
  })
  return { store, count: (sql) => db.prepare(`SELECT count(*) AS n FROM ${sql}`).get()?.n }
}

async function take(store: Store, chunks: readonly (readonly StoredEvent[])[]): Promise<void> {
  await store.append(chunks.map((events, index) => chunkOf(events, index + 1)))
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 10_000))
}

test('an SQLite store lets go in pieces, and of blocks whose events are all gone only the newest stays, empty', async () => {
  const { store, count } = await openFile()
  const events = Array.from({ length: 15_000 }, (_, index) =>
    old(`m${index}`, 40, { anonymousId: `a${index % 3_000}` }),
  )
  await take(store, [events])
  expect(count('blocks')).toBe(235)
  expect(await store.maintain(keep(30))).toBe(true)
  expect(count('blocks')).toBeGreaterThan(1)
  expect(count('blocks')).toBeLessThan(235)
  for (let more = true; more; ) more = await store.maintain(keep(30))
  expect([count('blocks'), count('blocks WHERE events > 0'), count('timeline'), count('sessions')]).toEqual([
    1, 0, 0, 0,
  ])
  // The next block does not take over the number of one that was stitched.
  await store.append([chunkOf([old('late', 1)], 2)])
  expect(await store.stitch(stitchRules, 10)).toEqual({ events: 1, behind: 0 })
})

test('it looks at all blocks anew when a project keeps things for another time, and else at none that is not due', async () => {
  const { store, count } = await openFile()
  await take(store, [[old('m1', 40), old('q1', 40, { project: 'q' })], [old('m2', 20, { anonymousId: 'a2' })]])
  const ids = async (): Promise<string[]> =>
    (await store.query({ type: 'events', project: 'p' })).items.map(({ messageId }) => messageId)
  await store.maintain(keep(100))
  expect(await ids()).toEqual(['m1', 'm2'])
  expect(count(`dues WHERE due > ${noon + 50 * dayMs}`)).toBe(count('blocks'))
  await store.maintain(keep(30))
  expect(await ids()).toEqual(['m2'])
  await store.maintain(keep(10))
  expect(await ids()).toEqual([])
  // What is left is a project's that keeps it for ever.
  expect(count('dues')).toBe(0)
  expect((await store.query({ type: 'events', project: 'q' })).items).toHaveLength(1)
})

test('reports leave out what was let go of, whether it had been packed for them or not', async () => {
  const { store, count } = await openFile({ segmentEvents: 100 })
  const events = Array.from({ length: 450 }, (_, index) =>
    old(`m${index}`, index % 3 === 0 ? 5 : 40, { anonymousId: `a${index}` }),
  )
  await take(store, [events.slice(0, 200), events.slice(200, 400), events.slice(400)])
  const total = async (): Promise<number | null | undefined> => {
    const range = { project: 'p', from: noon - 90 * dayMs, to: noon }
    const series = [{ measure: 'events' as const }]
    return (await store.query({ type: 'trend', ...range, interval: 'month', series })).rows[0]?.total
  }
  expect([await total(), count('segments WHERE stale = 0')]).toEqual([450, 2])
  for (let more = true; more; ) more = await store.maintain(keep(30))
  expect([await total(), count('segments WHERE stale = 1')]).toEqual([150, 2])
  expect(count('segment_columns')).toBe(0)
  for (let round = 0; round < 3; round++) await store.stitch(stitchRules, 10)
  expect([await total(), count('segments WHERE stale = 1')]).toEqual([150, 0])
})
