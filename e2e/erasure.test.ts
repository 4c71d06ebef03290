import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, type TestContext, test } from 'vitest'
import { createMongoRun } from '../backends/test/fixtures/mongo-run.ts'
import { collectionsWith } from '../backends/test/fixtures/mongo-text.ts'
import { createApi, post } from './support/api.ts'
import { cloudServers } from './support/config.ts'
import {
  adminToken,
  compareStored,
  drainAfterLeases,
  makeFolder,
  noDifferences,
  readStored,
  removeFolder,
  writeKey,
} from './support/data-folder.ts'
import { startLoad } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { createServices, type Service } from './support/services.ts'
import { until } from './support/until.ts'

const user = 'mona.lisa@louvre.example'
const trait = 'violet-narwhal-1789'
/** So many that an erasure takes several pieces, each device as a whole. */
const person = { devices: 20, eventsOfDevice: 300 }
const deviceOf = (number: number): string => `mona-device-${number}`
const batchOf = 200
/** What a run has to have seen, so that one which killed next to nothing does not pass for a test. */
const least = { kills: 3, events: 200 }

/** Who all the devices belong to. */
const ties = () =>
  Array.from({ length: person.devices }, (_, number) => ({
    ...{ type: 'identify', messageId: `tie-${number}`, anonymousId: deviceOf(number), userId: user },
    traits: { pet: trait },
  }))

const looks = (count: number, name: string) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ type: 'track', event: 'Looked', messageId: `${name}-${index}`, anonymousId: deviceOf(index % person.devices) },
    timestamp: new Date(Date.now() - 3_600_000 - index * 1_000).toISOString(),
    properties: { note: trait },
  }))

type OnTestFinished = TestContext['onTestFinished']

/** Services of their own on a data folder, with the store there or elsewhere. */
function setUp(storeUrl: string | undefined, onTestFinished: OnTestFinished) {
  const data = makeFolder()
  onTestFinished(() => removeFolder(data))
  const services = createServices()
  onTestFinished(() => services.killAll())
  const env = storeUrl === undefined ? {} : { TRAILSTITCH_STORE_URL: storeUrl }
  const start = (command: 'collector' | 'processor' | 'dashboard', ...flags: string[]) =>
    services.start(command, ['--data', data, ...flags], env)
  return { data, services, start, place: storeUrl ?? data }
}

/** One processor after the other, each killed a little later than the one before, until the erasure is done. */
async function killProcessors(start: () => Service, isDone: () => Promise<boolean>): Promise<number> {
  let kills = 0
  for (const aliveMs of [30, 90, 180, 300, 500]) {
    const processor = start()
    await processor.ready
    await sleep(aliveMs)
    expect((await processor.end('SIGKILL')).signal).toBe('SIGKILL')
    if (await isDone()) break
    kills++
  }
  return kills
}

/** Files of the data folder and collections that have something of the person in them. */
async function placesWith(data: string, storeUrl: string | undefined): Promise<string[]> {
  const texts = [user, trait, 'mona-device']
  const files = readdirSync(data)
    .filter((name) => name.includes('.db'))
    .filter((name) => texts.some((text) => readFileSync(join(data, name)).includes(text)))
  const collections = storeUrl === undefined ? [] : await collectionsWith(storeUrl, texts)
  // The directory has the audit log, which tells whom this test searched for.
  return [...files, ...collections].filter((name) => !name.startsWith('directory'))
}

async function run(storeUrl: string | undefined, onTestFinished: OnTestFinished): Promise<void> {
  const { data, services, start, place } = setUp(storeUrl, onTestFinished)
  const startProcessor = () => start('processor', '--workers', '1')
  const url = await start('collector', '--port', '0', '--write-key', writeKey).ready
  const dashboard = await start('dashboard', '--port', '0', '--admin-token', adminToken).ready
  const api = createApi(dashboard)
  const isDone = async () => (await api.get<{ items: { state: string }[] }>('/erasures')).items[0]?.state === 'done'
  const send = async (batch: readonly object[]): Promise<void> => {
    for (let at = 0; at < batch.length; at += batchOf)
      expect((await post(url, 'batch', { batch: batch.slice(at, at + batchOf) })).status).toBe(200)
  }

  const first = startProcessor()
  const stored = [...ties(), ...looks(person.devices * person.eventsOfDevice, 'mona')]
  await send(stored)
  const profileId = await until('the person is put together', 60_000, async () => {
    const { queue, stored: count } = await api.ledger()
    const found = (await api.people(user)).items[0]
    const isWhole = count === stored.length && queue.leased === 0 && found?.anonymousIds.length === person.devices
    return isWhole && found.profileId
  })
  await first.end('SIGKILL')
  expect((await placesWith(data, storeUrl)).length).toBeGreaterThan(0)

  // What waits in the queue when the erasure is asked for, and comes out of it later.
  const waiting = looks(2 * batchOf, 'mona-waiting')
  await send(waiting)
  const load = startLoad({ urls: [url], random: createRandom(7), clients: 2, eventsPerSecond: 150 })
  onTestFinished(() => load.abandon().catch(() => {}))
  const asked = await fetch(`${dashboard}/api/v1/people/${profileId}/erase`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ confirm: user }),
  })
  expect(asked.status).toBe(202)
  await sleep(10_000)
  expect(await killProcessors(startProcessor, isDone)).toBeGreaterThanOrEqual(least.kills)
  const last = startProcessor()
  await until('the person is erased', 60_000, isDone)
  await load.finish()
  expect(load.sent.size).toBeGreaterThanOrEqual(least.events)
  await until('the processor takes up what waits', 20_000, async () => (await api.ledger()).queue.waiting === 0)
  await last.end('SIGTERM')
  await drainAfterLeases(data, place)

  for (const search of [user, deviceOf(3)]) expect((await api.people(search)).items).toEqual([])
  expect(compareStored(await readStored(place), load)).toEqual(noDifferences)
  const ledger = await api.ledger()
  const events = stored.length + waiting.length + load.sent.size
  expect(ledger).toMatchObject({ stored: events, rejected: 0, dead: 0, inFlight: 0, balanced: true, holes: [] })
  expect(ledger.received).toBe(ledger.stored + ledger.duplicate)
  await services.killAll()
  expect(await placesWith(data, storeUrl)).toEqual([])
}

const name = 'kill -9 of processors in the middle of an erasure leaves nothing of the person, and the books balance'
const stores = { 'in SQLite': undefined, 'in MongoDB': cloudServers.MONGO_URL }

// Side by side: an erasure begins ten seconds after it was asked for.
describe.concurrent.each(Object.entries(stores))('%s', (_name, server) => {
  test.skipIf(server === '')(name, async ({ onTestFinished }) => {
    if (server === undefined) return run(undefined, onTestFinished)
    const databases = createMongoRun(server)
    onTestFinished(() => databases.drop())
    return run(databases.url('erasure'), onTestFinished)
  })
})
