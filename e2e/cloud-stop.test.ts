import { describe, expect, test } from 'vitest'
import { post } from './support/api.ts'
import { whyNoCloud } from './support/breakable-cloud.ts'
import { type CloudRig, expectAllStored, setUpCloud } from './support/cloud-rig.ts'
import { isLongForm } from './support/config.ts'
import type { Load } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { type Exit, findFreePort, type Service } from './support/services.ts'
import { until } from './support/until.ts'

const reason = whyNoCloud()
/** What an orchestrator gives a service before it kills it. */
const maxStopMs = 30_000
/** How much later SQS hears of a request, and the collector of the answer: so long are requests under way. */
const slowMs = 500
/** Of an event. Five are more than all of the load's that are under way together. */
const largeBytes = 20_000

interface Running extends CloudRig {
  load: Load
  dashboard: Service
  /** Where the two collectors listen. */
  urls: readonly string[]
  services: Service[]
  /** How to start another one in the place of each service; the collectors come first. */
  starts: (() => Service)[]
}

/** Two collectors and a processor under load. */
async function setUp(): Promise<Running> {
  const rig = await setUpCloud()
  const ports = [await findFreePort(), await findFreePort()]
  const starts = [...ports.map((port) => () => rig.startCollector(port)), () => rig.startProcessor()]
  const services = starts.map((start) => start())
  const dashboard = rig.startDashboard()
  const [first = '', second = ''] = await Promise.all(services.map(({ ready }) => ready))
  const urls = [first, second]
  const load = rig.startLoad({ urls, random: createRandom(7), clients: 6, eventsPerSecond: 200 })
  await until('events are taken', 20_000, async () => load.acknowledged.size > 200)
  return { ...rig, load, dashboard, urls, services, starts }
}

/** Large events, one a request. Resolves once the collector holds them. */
async function sendSome(url: string, name: string): Promise<{ messageId: string; answer: Promise<unknown> }[]> {
  const sent = Array.from({ length: 5 }, (_, index) => {
    const messageId = `${name}-${index}`
    const properties = { text: 'x'.repeat(largeBytes) }
    const answer = post(url, 'track', { messageId, anonymousId: 'visitor-0', event: 'x', properties })
    return { messageId, answer: answer.catch((error: unknown) => error) }
  })
  await until('the collector holds them', 10_000, async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    const held = /^trailstitch_collector_in_flight_bytes\{held_by="sender"\} (\d+)$/m.exec(metrics)?.[1]
    return Number(held) >= sent.length * largeBytes
  })
  return sent
}

/** Resolves with how it ended. */
async function stop(service: Service): Promise<Exit> {
  const askedAt = performance.now()
  const exit = await service.end('SIGTERM')
  expect(performance.now() - askedAt).toBeLessThan(maxStopMs)
  return exit
}

describe.skipIf(reason)(`SIGTERM under load, on SQS, MongoDB, Redis and S3 (${reason ?? 'all there'})`, () => {
  test('each service in turn ends well and in time, what is under way is answered, and nothing is lost', async () => {
    const { cloud, load, dashboard, urls, services, starts } = await setUp()
    const besides: string[] = []
    for (const [index, service] of services.entries()) {
      const url = urls[index]
      if (url !== undefined) await cloud.sqs.set({ kind: 'delay', ms: slowMs })
      const underWay = url === undefined ? [] : await sendSome(url, `besides-${index}`)
      besides.push(...underWay.map(({ messageId }) => messageId))
      expect(await stop(service)).toEqual({ code: 0, signal: null })
      expect(service.log()).toBe('')
      for (const { answer } of underWay) expect(await answer).toMatchObject({ status: 200 })
      await cloud.sqs.set({ kind: 'none' })
      await starts[index]?.().ready
      const before = load.acknowledged.size
      await until('more events are taken', 20_000, async () => load.acknowledged.size > before + 50)
    }
    await expectAllStored(cloud, load, dashboard, besides)
  })

  // What hangs is waited for nearly as long as a stop may take.
  if (isLongForm)
    test('all end in time, though SQS and MongoDB hang', async () => {
      const { cloud, load, dashboard, services, starts } = await setUp()
      await Promise.all([cloud.sqs.set({ kind: 'hang' }), cloud.mongo.set({ kind: 'hang' })])
      const before = load.acknowledged.size
      await until('events go to the overflow', 20_000, async () => load.acknowledged.size > before)
      await Promise.all(services.map(stop))
      await Promise.all([cloud.sqs.set({ kind: 'none' }), cloud.mongo.set({ kind: 'none' })])
      await Promise.all(starts.map((start) => start().ready))
      await expectAllStored(cloud, load, dashboard)
    })
})
