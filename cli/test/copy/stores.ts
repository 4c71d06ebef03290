import { join } from 'node:path'
import { type AppendChunk, openStore, type Store, systemDeps } from '@trailstitch/backends'
import { stitchRules } from '@trailstitch/processor'
import type { Page, StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { onTestFinished } from 'vitest'
import { createMongoRun } from '../../../processor/test/mongo-run.ts'
import { arbitraryDeliveries, deliver } from '../../../processor/test/stitch/deliveries.ts'
import { readWorld } from '../../../processor/test/stitch/worlds.ts'
import { temporaryFolder } from '../run-cli.ts'

export const mongoServer = process.env.MONGO_URL ?? ''
/** To `test.skipIf(...)`: what the name of a skipped test says. */
export const needsMongo = '(skipped where MONGO_URL names no server)'

/** URLs of stores that are gone after the test. */
export function createStoreUrls(): { sqlite(name: string): string; mongo(name: string): string } {
  const folder = temporaryFolder()
  const run = createMongoRun(mongoServer)
  if (mongoServer !== '') onTestFinished(() => run.drop())
  return { sqlite: (name) => `sqlite:${join(folder, `${name}.db`)}`, mongo: run.url }
}

export async function withStore<T>(url: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(url, systemDeps)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}

export const minute = Date.UTC(2026, 0, 5, 10)

export const eventOf = (messageId: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  project: 'p',
  messageId,
  type: 'track',
  name: 'Tested',
  timestamp: minute + 1000,
  receivedAt: minute + 2000,
  anonymousId: 'a1',
  ...more,
})

/** A chunk of another collector than those that `fillStore` uses, unless `more` says so. */
export const chunkOf = (seq: number, events: readonly StoredEvent[], more: Partial<AppendChunk> = {}): AppendChunk => ({
  collector: 'c9',
  seq,
  voided: [],
  received: [{ project: 'p', minute, events: events.length + (more.rejected?.length ?? 0) }],
  events,
  rejected: [],
  ...more,
})

/** A chunk that `fillStore` has put into the store. */
export const knownChunk = chunkOf(7, [eventOf('known', { project: 'q', properties: { price: 1.5, 'ü.$x': [null] } })], {
  collector: 'c8',
  voided: [3],
  rejected: ['0:0', '0:1'].map((place) => ({
    project: 'p',
    place,
    code: 'too_deep',
    message: 'deep',
    receivedAt: minute + 5,
    body: `{"place":"${place}"}`,
  })),
})

/** Random people with merges and undos, late events, duplicates, rejected events, a void, holes, and two projects. */
export async function fillStore(url: string, seed: number): Promise<void> {
  const sampled = fc.sample(arbitraryDeliveries, { numRuns: 1, seed })
  await withStore(url, async (store) => {
    for (const [, given] of sampled) await deliver([store], given)
    await fillShort(store)
  })
}

/** Little, but of everything but people. */
export async function fillShort(store: Store): Promise<void> {
  await store.append([knownChunk, chunkOf(9, [eventOf('known', { project: 'q' })], { collector: 'c8' })])
  await store.markReplayed('c8:7:0:0', 77)
}

export async function stitchAll(store: Store): Promise<void> {
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 10_000))
}

/** All that can be asked of a store, but for the moments at which it took something in. */
export function readAnswers(url: string): Promise<unknown> {
  return withStore(url, async (store) => {
    await stitchAll(store)
    const { holes, ...books } = await store.query({ type: 'ledger' })
    const events = [...(await readEvents(store, 'p')), ...(await readEvents(store, 'q'))]
    return {
      world: await readWorld(store, 500),
      events: events.sort((a, b) => (a.messageId < b.messageId ? -1 : 1)),
      books,
      holes,
      rejected: (await store.query({ type: 'rejected', limit: 1000 })).items,
      people: (await store.query({ type: 'people', project: 'q' })).items,
    }
  })
}

async function readEvents(store: Store, project: string): Promise<StoredEvent[]> {
  const events: StoredEvent[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: Page<StoredEvent> = await store.query({
      type: 'events',
      project,
      limit: 1000,
      ...(cursor && { cursor }),
    })
    events.push(...page.items)
    cursor = page.nextCursor
  }
  return events
}
