import { openStore, silentLog } from '@trailstitch/backends'
import { MongoClient } from 'mongodb'
import { afterAll, describe, expect, test } from 'vitest'
import { stitchRules } from '../src/stitch/index.ts'
import { createMongoRun } from './mongo-run.ts'
import { proxyTo } from './stitch/mongo-proxy.ts'
import { chunkOf, noon } from './stitch/worlds.ts'
import { storedEvent } from './support.ts'

const server = process.env.MONGO_URL ?? ''
const deps = { now: () => noon, log: silentLog }

describe.skipIf(server === '')('the store in MongoDB', () => {
  const databases = createMongoRun(server)
  afterAll(() => databases.drop())

  test('is set up once, though many workers come at the same time', async () => {
    const url = databases.url('setup')
    const infos: string[] = []
    const log = { ...silentLog, info: (_fields: object, message: string) => void infos.push(message) }
    const workers = await Promise.all(Array.from({ length: 6 }, () => openStore(url, { ...deps, log })))
    expect(infos.filter((message) => message.includes('set up'))).toHaveLength(1)
    const found = await workers[0]?.diagnose?.()
    expect(found?.find(({ name }) => name === 'mongodb indexes')).toMatchObject({ level: 'ok' })
    await Promise.all(workers.map((worker) => worker.close()))
  })

  test('refuses a database that a newer program wrote', async () => {
    const url = databases.url('newer')
    const client = new MongoClient(url)
    await client.db().collection<{ _id: string; version: number }>('meta').insertOne({ _id: 'schema', version: 99 })
    await client.close()
    await expect(openStore(url, deps)).rejects.toMatchObject({ code: 'schema_too_new' })
  })

  test('refuses an address that is none, and does not repeat it', async () => {
    const url = 'mongodb://user:secret@'
    const error = await openStore(url, deps).catch((caught: Error) => caught)
    expect(error).toMatchObject({ code: 'invalid_url' })
    expect(String(error)).not.toContain('secret')
  })

  test('opens while the server is away, fails calls with a code, and works once it is back', async () => {
    const { proxy, url } = await proxyTo(databases.url('away'), 'serverSelectionTimeoutMS=200')
    proxy.cutAt(0, false)
    const store = await openStore(url, deps)
    const chunk = chunkOf([storedEvent({ project: 'p', messageId: 'm1', anonymousId: 'a1' })], 1)
    await expect(store.append([chunk])).rejects.toMatchObject({ code: 'unreachable', retryable: true })
    proxy.mend()
    expect(await store.append([chunk])).toMatchObject([{ stored: 1 }])
    await store.stitch(stitchRules, 10)
    expect((await store.query({ type: 'people', project: 'p' })).items).toHaveLength(1)
    await store.close()
    await proxy.close()
  })

  test('orders ids as the reference store does, whatever characters they are made of', async () => {
    const store = await openStore(databases.url('order'), deps)
    const ids = ['a', 'z', '\u{1F600}', '\uFF01', '\uE000', '\uD7FF', '\u{10FFFF}', 'é']
    const events = ids.map((messageId) =>
      storedEvent({ project: 'p', messageId, anonymousId: 'a1', timestamp: noon, receivedAt: noon }),
    )
    await store.append([chunkOf(events, 1)])
    await store.stitch(stitchRules, 100)
    const [person] = (await store.query({ type: 'people', project: 'p' })).items
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await store.query({
        type: 'journey',
        project: 'p',
        profileId: person?.profileId ?? '',
        limit: 3,
        ...(cursor && { cursor }),
      })
      seen.push(...page.items.map(({ messageId }) => messageId))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(ids.toSorted((a, b) => (a < b ? -1 : 1)))
    await store.close()
  })

  test('passes over the marks of profiles that became somebody else’s', async () => {
    const store = await openStore(databases.url('marks'), deps)
    const of = (messageId: string, at: number, more: object) =>
      storedEvent({ project: 'p', messageId, timestamp: noon + at, ...more })
    await store.append([chunkOf([of('m1', 0, { anonymousId: 'a1' }), of('m2', 1, { anonymousId: 'a2' })], 1)])
    await store.stitch(stitchRules, 10)
    const before = (await store.query({ type: 'people', project: 'p' })).items
    expect(before.map(({ anonymousIds }) => anonymousIds)).toEqual([['a2'], ['a1']])
    await store.append([chunkOf([of('m3', 2, { anonymousId: 'a1', userId: 'u1' })], 2)])
    await store.stitch(stitchRules, 10)
    expect(await store.query({ type: 'people', project: 'p', limit: 2 })).toMatchObject({
      items: [{ userIds: ['u1'] }, { anonymousIds: ['a2'] }],
      nextCursor: null,
    })
    const profileId = before[1]?.profileId ?? ''
    expect(await store.query({ type: 'person', project: 'p', profileId })).toMatchObject({ userIds: ['u1'] })
    expect((await store.query({ type: 'journey', project: 'p', profileId })).items).toHaveLength(2)
    await store.close()
  })

  test('exports each event once, though events are folded between two pages', async () => {
    const store = await openStore(databases.url('export'), deps)
    const events = Array.from({ length: 25 }, (_, index) =>
      storedEvent({ project: 'p', messageId: `m${index}`, anonymousId: `a${index % 3}`, receivedAt: noon + index }),
    )
    await store.append([chunkOf(events, 1)])
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await store.query({ type: 'events', project: 'p', limit: 4, ...(cursor && { cursor }) })
      seen.push(...page.items.map(({ messageId }) => messageId))
      cursor = page.nextCursor
      await store.stitch(stitchRules, 5)
    }
    expect(seen.toSorted()).toEqual(events.map(({ messageId }) => messageId).toSorted())
    await store.close()
  })
})
