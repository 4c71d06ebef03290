import { afterEach, expect, test } from 'vitest'
import { createApi } from './support/api.ts'
import {
  adminToken,
  compareStored,
  deliverTwice,
  makeFolder,
  noDifferences,
  readDerived,
  readStored,
  removeFolder,
  writeKey,
} from './support/data-folder.ts'
import { startLoad } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { createServices } from './support/services.ts'
import { until } from './support/until.ts'

const data = makeFolder()
const services = createServices()
afterEach(async () => {
  await services.killAll()
  removeFolder(data)
})

test('four workers in two processes on one store take each event in once, and stitch all of them, though chunks come twice', async () => {
  const collector = services.start('collector', ['--data', data, '--port', '0', '--write-key', writeKey])
  const url = await collector.ready
  // A backlog first, so that all workers have something to take from the start.
  const load = startLoad({ urls: [url], random: createRandom(2), clients: 8, eventsPerSecond: 4_000 })
  await until('a backlog', 30_000, async () => load.acknowledged.size > 1_000)
  expect(await deliverTwice(data)).toBeGreaterThan(10)
  const processors = [
    services.start('processor', ['--data', data, '--workers', '3']),
    services.start('processor', ['--data', data]),
  ]
  await Promise.all(processors.map(({ ready }) => ready))
  const dashboard = services.start('dashboard', ['--data', data, '--port', '0', '--admin-token', adminToken])
  const api = createApi(await dashboard.ready)
  const backlog = load.acknowledged.size
  await until('more load', 30_000, async () => load.acknowledged.size > backlog + 2_000)
  await load.finish()

  const ledger = await until('everything is processed', 20_000, async () => {
    const now = await api.ledger()
    return now.inFlight === 0 && now.queue.waiting + now.queue.leased === 0 && now
  })
  expect(ledger).toMatchObject({ stored: load.sent.size, rejected: 0, dead: 0, balanced: true, holes: [] })
  expect(ledger.received).toBe(load.accepted)
  expect(ledger.duplicate).toBe(load.accepted - load.sent.size)
  const stored = await readStored(data)
  expect(compareStored(stored, load)).toEqual(noDifferences)
  const derived = await until('everything is stitched', 20_000, async () => {
    const now = await readDerived(data)
    return now.inOverview === stored.length && now
  })
  const visitors = new Set(stored.map(({ anonymousId }) => anonymousId)).size
  expect(derived).toEqual({ inSessions: stored.length, inOverview: stored.length, visitors })
  for (const processor of processors) {
    expect(await processor.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(processor.log()).toBe('')
  }
})
