import { join } from 'node:path'
import { afterEach, describe, expect, onTestFailed, test } from 'vitest'
import { type Api, createApi, type LedgerRow, type Posted, post } from './support/api.ts'
import { isRoot } from './support/config.ts'
import { adminToken, compareStored, noDifferences, readStored, writeKey } from './support/data-folder.ts'
import { makePlace, mountDisk, type Place, whyNoDisk } from './support/disk.ts'
import { makeEvent } from './support/load.ts'
import { createRandom } from './support/random.ts'
import { createServices, type Service, type Services } from './support/services.ts'
import { until } from './support/until.ts'

const noDisk = whyNoDisk()
if (noDisk !== undefined)
  console.warn(
    `SKIPPED: what happens on a full disk. It takes a mount; run as root, with the right to mount. ${noDisk}`,
  )
const noReadOnly = noDisk !== undefined && isRoot
if (noReadOnly) console.warn('SKIPPED: a read-only data folder. Root that may not mount has no way to make one.')

const diskMebibytes = 12
const batchEvents = 20
/** Failing work is tried again after 10 s at most, and so is what was leased meanwhile. */
const recoveryMs = 60_000

let ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.reverse()) await end()
  ending = []
})

/** For use in one test, taken away after it. */
function use<P extends Place>(place: P): P {
  ending.push(async () => place.remove())
  return place
}

/** Called after `use`: what was made last is ended first, and a disk can't go while a service has files on it. */
function useServices(): Services {
  const services = createServices()
  ending.push(() => services.killAll())
  return services
}

const collectorFlags = (data: string): string[] => ['--data', data, '--port', '0', '--write-key', writeKey]

async function startDashboard(services: Services, data: string, flags: string[] = []): Promise<Api> {
  const own = ['--data', data, '--port', '0', '--admin-token', adminToken]
  return createApi(await services.start('dashboard', [...own, ...flags]).ready)
}

/** Sends batches one by one and remembers what was acknowledged. */
interface Sender {
  readonly sent: Set<string>
  readonly acknowledged: Set<string>
  send(): Promise<Posted>
}

function createSender(url: string): Sender {
  const random = createRandom(3)
  const sent = new Set<string>()
  const acknowledged = new Set<string>()
  let batches = 0
  return {
    sent,
    acknowledged,
    async send() {
      const number = ++batches
      const batch = Array.from({ length: batchEvents }, (_, place) => makeEvent(`${number}-${place}`, random))
      for (const { messageId } of batch) sent.add(messageId)
      const answer = await post(url, 'batch', { batch })
      if (answer.status === 200) for (const { messageId } of batch) acknowledged.add(messageId)
      return answer
    },
  }
}

async function sendAll(sender: Sender, batches: number): Promise<void> {
  for (let count = 0; count < batches; count++) expect(await sender.send()).toMatchObject({ status: 200 })
}

/** A client is told when to come again, and that nothing was taken. */
function expectRefused({ status, retryAfter, body }: Posted): void {
  expect({ status, body }).toMatchObject({ status: 503, body: { success: false, code: 'queue_unavailable' } })
  expect(Number(retryAfter)).toBeGreaterThan(0)
}

const settled = (api: Api): Promise<LedgerRow> =>
  until('everything is processed', recoveryMs, async () => {
    const ledger = await api.ledger()
    return ledger.inFlight === 0 && ledger.queue.waiting + ledger.queue.leased === 0 && ledger
  })

async function expectAllThere(data: string, sender: Sender, api: Api): Promise<void> {
  const ledger = await settled(api)
  expect(ledger).toMatchObject({ rejected: 0, dead: 0, inFlight: 0, balanced: true, holes: [] })
  const stored = await readStored(data)
  expect(compareStored(stored, sender)).toEqual(noDifferences)
  expect(ledger.stored).toBe(stored.length)
}

const failures = (processor: Service): number => processor.log().split('The disk is full').length - 1

describe.skipIf(noDisk !== undefined)('a full disk', () => {
  test('makes the collector answer 503 and lose nothing; both go on by themselves once there is space', async () => {
    const disk = use(mountDisk(diskMebibytes))
    const services = useServices()
    const collector = services.start('collector', collectorFlags(disk.folder))
    const processor = services.start('processor', ['--data', disk.folder])
    await processor.ready
    const sender = createSender(await collector.ready)
    await sendAll(sender, 10)

    disk.fill()
    const refused = await until('a full disk is noticed', 30_000, async () => {
      const answer = await sender.send()
      return answer.status !== 200 && answer
    })
    expectRefused(refused)
    for (let count = 0; count < 20; count++) {
      const answer = await sender.send()
      if (answer.status !== 200) expectRefused(answer)
    }

    disk.free()
    await until('events are taken again', 10_000, async () => (await sender.send()).status === 200)
    await sendAll(sender, 10)
    await expectAllThere(disk.folder, sender, await startDashboard(services, disk.folder))
  })

  test('of the store alone makes no dead letter of what waits for it', async () => {
    const disk = use(mountDisk(diskMebibytes))
    const storeDisk = use(mountDisk(diskMebibytes))
    const services = useServices()
    const storeFlags = ['--store-url', `sqlite:${join(storeDisk.folder, 'store.db')}`]
    const collector = services.start('collector', collectorFlags(disk.folder))
    const processor = services.start('processor', ['--data', disk.folder, ...storeFlags])
    onTestFailed(() => console.error(processor.log()))
    await processor.ready
    const sender = createSender(await collector.ready)
    await sendAll(sender, 10)

    storeDisk.fill()
    await sendAll(sender, 50)
    // More often than a chunk may be received before it is taken for poison.
    await until('the processor fails again and again', 60_000, async () => failures(processor) > 6)

    storeDisk.free()
    await sendAll(sender, 10)
    await expectAllThere(storeDisk.folder, sender, await startDashboard(services, disk.folder, storeFlags))
  })
})

describe.skipIf(noReadOnly)('a read-only data folder', () => {
  test('makes the collector answer 503; both go on by themselves once it is writable', async () => {
    const disk = use(noDisk === undefined ? mountDisk(diskMebibytes) : makePlace())
    const services = useServices()
    const first = services.start('collector', collectorFlags(disk.folder))
    const earlier = createSender(await first.ready)
    await sendAll(earlier, 10)
    await first.end('SIGTERM')

    disk.setReadOnly(true)
    const collector = services.start('collector', collectorFlags(disk.folder))
    const processor = services.start('processor', ['--data', disk.folder])
    const url = await collector.ready
    const sender = { ...createSender(url), sent: earlier.sent, acknowledged: earlier.acknowledged }
    for (let count = 0; count < 5; count++) expectRefused(await post(url, 'track', makeEvent('r', createRandom(4))))
    expect((await fetch(`${url}/readyz`)).status).toBe(503)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)

    disk.setReadOnly(false)
    const again = makeEvent('again', createRandom(4))
    await until('events are taken again', 10_000, async () => {
      return (await post(url, 'batch', { batch: [again] })).status === 200
    })
    for (const known of [sender.sent, sender.acknowledged]) known.add(again.messageId)
    await processor.ready
    await expectAllThere(disk.folder, sender, await startDashboard(services, disk.folder))
  })
})
