import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { readBacklog, whyNoCloud } from './support/breakable-cloud.ts'
import { expectAllStored, setUpCloud } from './support/cloud-rig.ts'
import { readStored } from './support/data-folder.ts'
import { createRandom } from './support/random.ts'
import { until } from './support/until.ts'

const reason = whyNoCloud()
/** Each way. A request to MongoDB takes about 1 ms without it. */
const delayMs = 50
/** What a worker has in hand at most, however much waits: two receives. */
const maxHeldChunks = 160
const leastWaitingChunks = 200
/** Of a processor, which takes 180 MB with nothing to do. A net below the count of chunks: chunks may be of any size. */
const maxRssBytes = 512 * 1024 * 1024

const readRssBytes = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024

describe.skipIf(reason)(`with a MongoDB that gets a hundred times slower (${reason ?? 'all there'})`, () => {
  test('collectors do not notice, the queue grows, the processor does not, and all is taken in once it is over', async () => {
    const { cloud, startCollector, startProcessor, startDashboard, startLoad } = await setUpCloud()
    // Two, as a collector sends some 30 chunks a second at most before they get larger.
    const collectors = [startCollector(0), startCollector(0)]
    const processor = startProcessor('--log-level', 'error')
    const dashboard = startDashboard()
    await processor.ready
    const urls = await Promise.all(collectors.map(({ ready }) => ready))
    const rate = { batch: { min: 1, max: 3 }, clients: 8, eventsPerSecond: 300 }
    const load = startLoad({ urls, random: createRandom(3), ...rate })
    await until('events are stored', 20_000, async () => (await readStored(cloud.storeUrl)).length > 100)

    const most = { held: 0, overflowed: 0, rssBytes: 0 }
    const look = async (): Promise<number> => {
      const { waiting, leased, overflowed } = await readBacklog(cloud)
      most.held = Math.max(most.held, leased)
      most.overflowed = Math.max(most.overflowed, overflowed)
      most.rssBytes = Math.max(most.rssBytes, readRssBytes(processor.pid))
      return waiting
    }
    await cloud.mongo.set({ kind: 'delay', ms: delayMs })
    await until('the queue grows', 30_000, async () => (await look()) >= leastWaitingChunks)
    await cloud.mongo.set({ kind: 'none' })
    await load.finish()
    await until('nothing waits', 40_000, async () => (await look()) === 0)

    expect(await expectAllStored(cloud, load, dashboard)).toMatchObject({ received: load.accepted })
    expect(collectors.map((collector) => collector.log())).toEqual(['', ''])
    expect([load.unsure, most.overflowed]).toEqual([0, 0])
    expect(most.held).toBeGreaterThan(0)
    expect(most.held).toBeLessThanOrEqual(maxHeldChunks)
    expect(most.rssBytes).toBeLessThan(maxRssBytes)
  })
})
