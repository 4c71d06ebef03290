import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFailed, test } from 'vitest'
import { createApi, readJourneys } from './support/api.ts'
import { type BreakableCloud, countInMongo, readBacklog, whyNoCloud } from './support/breakable-cloud.ts'
import { expectAllStored, setUpCloud } from './support/cloud-rig.ts'
import { cloudKill, killSeed } from './support/config.ts'
import { readDerived, withStore } from './support/data-folder.ts'
import { startKiller } from './support/killer.ts'
import type { Load } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { findFreePort } from './support/services.ts'
import { until } from './support/until.ts'

const reason = whyNoCloud()
/** What a round has to have seen, so that one which killed or sent next to nothing does not pass for a test. */
const least = { kills: 6, events: 2_000, overflowed: 2, withoutOverflow: 50 }
/** For that, on a machine that is slow. */
const enoughMs = 60_000
/** Between kills. Each costs the start of a process, of which the machine has to have some to spare. */
const pauseMs = { min: 700, max: 1_700 }
/** For a round: the long form's outage is long. */
const roundLimitMs = 400_000

/** Everything below the services fails in turn. Resolves with the most chunks that were seen to wait outside the queue. */
async function breakParts(cloud: BreakableCloud, load: Load): Promise<number> {
  const { sqs, s3, mongo, redisServer, mongoServer } = cloud
  let overflowed = 0
  const passing = async (ms: number): Promise<void> => {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(100))
      overflowed = Math.max(overflowed, (await readBacklog(cloud)).overflowed)
  }
  await passing(1_000)
  await sqs.set({ kind: 'hang' })
  await passing(cloudKill.outageMs)
  await sqs.set({ kind: 'refuse' })
  await passing(cloudKill.outageMs / 2)
  await sqs.set({ kind: 'none' })
  await passing(2_000)

  for (const kind of ['lose-answer', 'refuse', 'hang'] as const) {
    await mongo.set({ kind })
    await passing(400)
    await mongo.set({ kind: 'none' })
    await passing(800)
  }
  await mongoServer.kill()
  await passing(500)
  await mongoServer.restart()

  await s3.set({ kind: 'hang' })
  const before = load.acknowledged.size
  await sleep(2_000)
  await until('events go into the queue while S3 hangs', enoughMs, async () => {
    return load.acknowledged.size >= before + least.withoutOverflow
  })
  await s3.set({ kind: 'none' })
  await passing(1_000)

  // Last of all: with it goes the lease of a re-driver that was killed, which the others would wait for.
  await redisServer.kill()
  await passing(1_500)
  await redisServer.restart()
  return overflowed
}

async function runRound(seed: number): Promise<void> {
  const { cloud, startCollector, startProcessor, startDashboard, startLoad } = await setUpCloud()
  const ports = [await findFreePort(), await findFreePort()]
  const collectors = ports.map((port) => ({ name: `collector ${port}`, start: () => startCollector(port) }))
  const processors = [1, 2, 3].map((number) => ({
    name: `processor ${number}`,
    start: () => startProcessor('--log-level', 'error'),
  }))
  const killer = await startKiller([...collectors, ...processors], createRandom(seed), pauseMs)
  const dashboard = startDashboard()
  const urls = ports.map((port) => `http://127.0.0.1:${port}`)
  const load = startLoad({ urls, random: createRandom(seed + 1), clients: 4, eventsPerSecond: 250 })
  const overflowed = await breakParts(cloud, load)
  expect(overflowed).toBeGreaterThanOrEqual(least.overflowed)
  await until('enough is sent and killed', enoughMs, async () => {
    const kills = Object.values(killer.kills).reduce((sum, count) => sum + count, 0)
    return kills >= least.kills && load.acknowledged.size >= least.events
  })
  await killer.stop()

  const ledger = await expectAllStored(cloud, load, dashboard)
  expect(ledger.duplicate).toBeGreaterThan(0)
  const count = load.sent.size
  for (const collection of ['events', 'timeline', 'claims'])
    expect(await countInMongo(cloud.storeUrl, collection), collection).toBe(count)
  await until('everything is stitched', 20_000, async () => {
    return (await readDerived(cloud.storeUrl)).inOverview === count
  })
  expect((await readDerived(cloud.storeUrl)).inSessions).toBe(count)
  const shown = await readJourneys(createApi(await dashboard.ready))
  expect(shown.toSorted()).toEqual([...load.sent].toSorted())
  // Where a queue cannot be searched, the dashboard calls a gap a hole only after minutes. Nothing is under way here.
  const books = await withStore(cloud.storeUrl, (store) => store.query({ type: 'ledger', from: 0, to: 0 }))
  expect(books.holes).toEqual([])
  expect(await readBacklog(cloud)).toMatchObject({ overflowed: 0, waiting: 0, leased: 0, dead: 0 })
}

describe.skipIf(reason)(`services on SQS, MongoDB, Redis and S3 (${reason ?? 'all there'})`, () => {
  for (let round = 0; round < cloudKill.rounds; round++) {
    const seed = killSeed + round
    const name = `lose, double and unbalance nothing under kill -9 while all of these fail in turn, round ${round + 1}`
    test(name, { timeout: roundLimitMs }, async () => {
      onTestFailed(() => console.error(`run it again with TRAILSTITCH_KILL_SEED=${seed}`))
      await runRound(seed)
    })
  }
})
