import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSender, openQueue, openStore, type Queue, silentLog, systemDeps } from '@trailstitch/backends'
import { createProjects } from '@trailstitch/protocol'
import { afterAll, expect, test } from 'vitest'
import { createFaultProxy } from '../../backends/test/fixtures/fault-proxy.ts'
import { createProcessor } from '../src/index.ts'
import { createMongoRun } from './mongo-run.ts'

const server = process.env.MONGO_URL ?? ''
const databases = createMongoRun(server)
afterAll(() => databases.drop())

const projects = createProjects([{ id: 'p', name: 'P', writeKeys: ['k'] }])
const requests = 60
const maxChunks = 4
/** A message takes a fraction of a millisecond else. */
const slowMs = 25

/** The queue, how many messages have been in a worker's hands at once, and the moment when so many are acked. */
function countInHand(queue: Queue, total: number): { queue: Queue; most(): number; allAcked: Promise<void> } {
  const allAcked = Promise.withResolvers<void>()
  let inHand = 0
  let most = 0
  let acked = 0
  const counted: Queue = {
    ...queue,
    async receive(options) {
      const deliveries = await queue.receive(options)
      inHand += deliveries.length
      most = Math.max(most, inHand)
      return deliveries
    },
    async ack(receipts) {
      await queue.ack(receipts)
      inHand -= receipts.length
      acked += receipts.length
      if (acked === total) allAcked.resolve()
    },
    async nack(receipts, delayMs) {
      await queue.nack(receipts, delayMs)
      inHand -= receipts.length
    },
  }
  return { queue: counted, most: () => most, allAcked: allAcked.promise }
}

test.skipIf(server === '')(
  'a slow store makes the queue grow, and neither the memory of workers nor the wait of senders',
  {
    timeout: 120_000,
  },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'backpressure-'))
    const direct = databases.url('slow')
    const url = new URL(direct)
    const proxy = await createFaultProxy({ host: url.hostname, port: Number(url.port || 27017) })
    url.port = String(proxy.port)
    url.search = '?directConnection=true'
    const deps = { now: Date.now, log: silentLog }
    const store = await openStore(url.href, deps)
    const onlooker = await openStore(direct, deps)
    const queue = await openQueue(`sqlite:${join(folder, 'queue.db')}`, systemDeps)
    const sender = createSender({ queue, deps })
    const { queue: counted, most, allAcked } = countInHand(queue, requests)
    const stored = async (): Promise<number> => (await onlooker.query({ type: 'ledger', project: 'p' })).stored
    const stop = new AbortController()
    try {
      await proxy.set({ kind: 'delay', ms: slowMs })
      const running = createProcessor({ queue: counted, store, projects, deps, maxChunks }).run(stop.signal)
      const waiting: number[] = []
      for (let sent = 0; sent < requests; sent++) {
        const event = { type: 'track', event: 'Slowed', messageId: `m${sent}`, anonymousId: `a${sent % 7}` }
        await sender.send(
          { project: 'p', kind: 'track', receivedAt: deps.now(), encoding: 'identity', events: 1 },
          Buffer.from(JSON.stringify(event)),
        )
        waiting.push((await queue.depth()).waiting)
      }
      // All senders have had their yes, each request by itself, and next to nothing is stored.
      expect(await stored()).toBeLessThan(requests / 2)
      expect(waiting[requests - 1]).toBeGreaterThan(requests / 2 - 2 * maxChunks)
      expect(waiting[requests - 1]).toBeGreaterThan(waiting[requests / 2] as number)

      await proxy.set({ kind: 'none' })
      await allAcked
      stop.abort()
      await running
      expect(most()).toBeLessThanOrEqual(2 * maxChunks) // those it works on, and those fetched meanwhile
      expect(await onlooker.query({ type: 'ledger', project: 'p' })).toMatchObject({
        ...{ received: requests, stored: requests, duplicate: 0, rejected: 0, holes: [] },
      })
      expect(await queue.depth()).toMatchObject({ waiting: 0, leased: 0, dead: 0 })
      const { totals } = await onlooker.query({ type: 'overview', project: 'p', from: 0, to: Date.now() })
      expect(totals).toMatchObject({ events: requests, people: 7 })
    } finally {
      stop.abort()
      await sender.close()
      await queue.close()
      await store.close()
      await onlooker.close()
      await proxy.close()
      rmSync(folder, { recursive: true, force: true })
    }
  },
)
