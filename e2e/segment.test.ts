import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Analytics } from '@segment/analytics-node'
import { openKv, openQueue, type Queue, systemDeps } from '@trailstitch/backends'
import { createCollectorApp } from '@trailstitch/collector'
import { type ChunkPart, createProjects, decodeChunk, parseBody } from '@trailstitch/protocol'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { launchChromium } from './browser/chromium.ts'

const writeKey = 'wk-segment'
const projects = createProjects([{ id: 'shop', name: 'Shop', writeKeys: [writeKey] }])

interface Arrived {
  part: ChunkPart
  event: Record<string, unknown>
}

let folder: string
let queue: Queue
let url: string
let stop: () => Promise<void>

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'segment-'))
  queue = await openQueue(`sqlite:${join(folder, 'queue.db')}`, systemDeps)
  const kv = await openKv('memory:', systemDeps)
  const app = await createCollectorApp({ queue, kv, projects, deps: systemDeps })
  url = await app.listen({ port: 0, host: '127.0.0.1' })
  stop = async () => {
    await app.close()
    await queue.close()
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
afterEach(() => stop())

/** Receives until `count` events have come, the way the processor does. */
async function receiveEvents(count: number): Promise<Arrived[]> {
  const arrived: Arrived[] = []
  const giveUpAt = Date.now() + 20_000
  while (arrived.length < count && Date.now() < giveUpAt) {
    const deliveries = await queue.receive({ max: 10, waitMs: 500, leaseMs: 60_000 })
    for (const { body } of deliveries) arrived.push(...readChunk(body))
    await queue.ack(deliveries.map(({ receipt }) => receipt))
  }
  return arrived
}

function readChunk(chunk: Uint8Array): Arrived[] {
  const { header, bodies } = decodeChunk(chunk)
  return header.parts.flatMap((part, index) =>
    parseBody(bodies[index] ?? new Uint8Array(), part.kind).events.map((event) => ({
      part,
      event: event as Arrived['event'],
    })),
  )
}

const byType = (arrived: Arrived[]): Record<string, Arrived['event']> =>
  Object.fromEntries(arrived.map(({ event }) => [String(event.type), event]))

test("Segment's Node library delivers every call, unmodified", async () => {
  const analytics = new Analytics({ writeKey, host: url, flushAt: 3 })
  const errors: unknown[] = []
  analytics.on('error', (error) => errors.push(error))
  analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { revenue: 39.95, items: ['a', 'b'] } })
  analytics.identify({ userId: 'u-1', traits: { email: 'ada@example.com' } })
  analytics.page({ anonymousId: 'a-1', name: 'Home', properties: { path: '/' } })
  analytics.screen({ anonymousId: 'a-1', name: 'Start' })
  analytics.group({ userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } })
  analytics.alias({ userId: 'u-1', previousId: 'a-1' })
  await analytics.closeAndFlush({ timeout: 10_000 })
  expect(errors).toEqual([])

  const arrived = await receiveEvents(6)
  expect(arrived).toHaveLength(6)
  expect(arrived.every(({ part }) => part.kind === 'batch' && part.project === 'shop' && !part.refused)).toBe(true)
  expect(byType(arrived)).toMatchObject({
    track: { userId: 'u-1', event: 'Order Completed', properties: { revenue: 39.95, items: ['a', 'b'] } },
    identify: { userId: 'u-1', traits: { email: 'ada@example.com' } },
    page: { anonymousId: 'a-1', name: 'Home', properties: { path: '/' } },
    screen: { anonymousId: 'a-1', name: 'Start' },
    group: { userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } },
    alias: { userId: 'u-1', previousId: 'a-1' },
  })
  for (const { event } of arrived)
    expect(event).toMatchObject({ messageId: expect.any(String), timestamp: expect.any(String) })
})

/** A page of another origin than the collector, with Segment's library as its makers publish it. */
async function servePage(): Promise<{ server: Server; address: string }> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { AnalyticsBrowser } from '@segment/analytics-next'\nwindow.AnalyticsBrowser = AnalyticsBrowser`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    logLevel: 'error',
  })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : '<!doctype html><title>Shop</title><script src="/page.js"></script>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, address: `http://localhost:${(server.address() as AddressInfo).port}` }
}

/** What the page does; runs in the browser. `batching` chooses the library's other way of sending. */
const visit = `async ({ cdnURL, writeKey, batching }) => {
  const options = batching ? { integrations: { 'Segment.io': { deliveryStrategy: { strategy: 'batching', config: { size: 5, timeout: 500 } } } } } : {}
  const [analytics] = await window.AnalyticsBrowser.load({ writeKey, cdnURL }, options)
  const sent = [
    await analytics.page('Home'),
    await analytics.track('Product Viewed', { sku: 'abc', price: 12.5 }),
    await analytics.identify('u-1', { email: 'ada@example.com' }),
    await analytics.group('g-1', { name: 'Acme' }),
    await analytics.alias('u-2', 'a-0'),
  ]
  // The library's own record of each event, before it is sent.
  return JSON.parse(JSON.stringify(sent.map(({ event }) => event)))
}`

for (const batching of [false, true]) {
  test(`Segment's browser library boots from our settings and delivers every call, ${batching ? 'in batches' : 'one by one'}`, async () => {
    const { server, address } = await servePage()
    let browser: Browser | undefined
    try {
      browser = await launchChromium()
      const page = await browser.newPage()
      const problems: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error' && !message.location().url.endsWith('favicon.ico')) problems.push(message.text())
      })
      await page.goto(`${address}/?utm_source=mail`)
      const argument = JSON.stringify({ cdnURL: url, writeKey, batching })
      const sent = await page.evaluate<Arrived['event'][]>(`(${visit})(${argument})`)
      const arrived = await receiveEvents(5)
      expect(problems).toEqual([])
      expect(arrived).toHaveLength(5)
      expect(arrived.every(({ part }) => part.project === 'shop' && !part.refused)).toBe(true)
      expect(new Set(arrived.map(({ part }) => part.kind === 'batch'))).toEqual(new Set([batching]))
      expect(arrived[0]?.part.userAgent).toContain('Chrome')
      // alias: once somebody is signed in, the library sends their id, whatever it was given as the new one.
      expect(byType(arrived)).toMatchObject({
        page: { name: 'Home', context: { page: { search: '?utm_source=mail', title: 'Shop' } } },
        track: { event: 'Product Viewed', properties: { sku: 'abc', price: 12.5 } },
        identify: { userId: 'u-1', traits: { email: 'ada@example.com' } },
        group: { userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } },
        alias: { previousId: 'a-0' },
      })
      expect(arrived.map(({ event }) => event)).toMatchObject(sent)
      expect(new Set(arrived.map(({ event }) => event.anonymousId))).toEqual(new Set([expect.any(String)]))
    } finally {
      await browser?.close()
      await new Promise((resolve) => server.close(resolve))
    }
  })
}
