import { afterEach, expect, test } from 'vitest'
import { createApi } from './support/api.ts'
import {
  adminToken,
  compareStored,
  makeFolder,
  noDifferences,
  readDerived,
  readStored,
  removeFolder,
  writeKey,
} from './support/data-folder.ts'
import { type Load, startLoad } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { createServices } from './support/services.ts'
import { until } from './support/until.ts'

/** What an orchestrator gives a service before it kills it. */
const maxStopMs = 30_000

const data = makeFolder()
const services = createServices()
let load: Load | undefined
afterEach(async () => {
  await load?.abandon()
  await services.killAll()
  removeFolder(data)
})

test('SIGTERM under load ends within 30 s and everything acknowledged is there after the next start', async () => {
  const flags = ['--data', data, '--port', '0', '--write-key', writeKey, '--admin-token', adminToken]
  const first = services.start('start', flags)
  load = startLoad({ urls: [await first.ready], random: createRandom(1), clients: 8, eventsPerSecond: 3_000 })
  const { acknowledged, sent } = load
  await until('load', 30_000, async () => acknowledged.size > 3_000)
  const askedAt = performance.now()
  expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null })
  const stopMs = performance.now() - askedAt
  expect(stopMs).toBeLessThan(maxStopMs)
  await load.abandon()

  const second = services.start('start', flags)
  const api = createApi(await second.ready)
  const ledger = await until('what was left in the queue is processed', 20_000, async () => {
    const now = await api.ledger()
    return now.inFlight === 0 && now.queue.waiting === 0 && now
  })
  expect(ledger).toMatchObject({ rejected: 0, dead: 0, balanced: true, holes: [] })
  const stored = await readStored(data)
  expect(compareStored(stored, { acknowledged, sent })).toEqual(noDifferences)
  expect(ledger.stored).toBe(stored.length)
  expect(await readDerived(data)).toMatchObject({ inSessions: stored.length, inOverview: stored.length })
  expect(first.log()).toBe('')
})
