import { globSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createApi } from './support/api.ts'
import {
  adminToken,
  compareStored,
  drainAfterLeases,
  makeFolder,
  noDifferences,
  readDerived,
  readStored,
  removeFolder,
  writeKey,
} from './support/data-folder.ts'
import { startLoad } from './support/load.ts'
import { lockFile } from './support/lock.ts'
import { createRandom } from './support/random.ts'
import { createServices } from './support/services.ts'
import { until } from './support/until.ts'

/** Enough that the re-driver is at it for a while. */
const leastOverflowed = 300

let ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.reverse()) await end()
  ending = []
})

/** Files of chunks that wait outside the queue. */
const overflowIn = (data: string): string[] => globSync(join(data, 'blobs', 'overflow~', '*', '*'))

test('clients hear yes while the queue is locked; a kill -9 while the overflow is brought back changes nothing', async () => {
  const data = makeFolder()
  ending.push(async () => removeFolder(data))
  const services = createServices()
  ending.push(() => services.killAll())
  const collector = services.start('collector', ['--data', data, '--port', '0', '--write-key', writeKey])
  const startProcessor = () => services.start('processor', ['--data', data, '--log-level', 'error'])
  const processor = startProcessor()
  const dashboard = services.start('dashboard', ['--data', data, '--port', '0', '--admin-token', adminToken])
  await processor.ready
  const load = startLoad({ urls: [await collector.ready], random: createRandom(5), clients: 6, eventsPerSecond: 1_200 })
  ending.push(() => load.abandon().catch(() => {}))
  await until('events are taken', 10_000, async () => load.acknowledged.size > 100)

  const lock = await lockFile(join(data, 'queue.db'))
  ending.push(() => lock.release())
  await until('many chunks overflow', 60_000, async () => overflowIn(data).length >= leastOverflowed)
  const waited = overflowIn(data)
  await lock.release()

  const left = (): string[] => {
    const files = new Set(overflowIn(data))
    return waited.filter((file) => files.has(file))
  }
  while (left().length === waited.length) await sleep(1)
  await processor.end('SIGKILL')
  expect(left().length).toBeGreaterThan(0)

  await startProcessor().ready
  await until('the collector uses the queue again', 30_000, async () => collector.log().includes('takes chunks again'))
  await load.finish()
  await until('everything is in the queue', 60_000, async () => overflowIn(data).length === 0)
  const api = createApi(await dashboard.ready)
  await until('the processor takes up what waits', 60_000, async () => (await api.ledger()).queue.waiting === 0)
  await drainAfterLeases(data)

  expect(load.unsure).toBe(0)
  expect(load.acknowledged).toEqual(load.sent)
  const stored = await readStored(data)
  expect(compareStored(stored, load)).toEqual(noDifferences)
  const ledger = await api.ledger()
  expect(ledger).toMatchObject({ stored: load.sent.size, rejected: 0, dead: 0, inFlight: 0, balanced: true, holes: [] })
  // Chunks that went both ways, or were sent twice, count once.
  expect(ledger.received).toBe(load.accepted)
  expect(await readDerived(data)).toMatchObject({ inSessions: stored.length, inOverview: stored.length })
  expect(collector.log().split('chunks go to the overflow')).toHaveLength(2)
})
