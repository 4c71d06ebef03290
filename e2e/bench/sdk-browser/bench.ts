import { existsSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../../browser/chromium.ts'
import { startCollector } from '../../browser/collector.ts'
import { chromiumPath } from '../../browser/config.ts'
import { type BenchOptions, createRow, type Measured, type Row } from '../lib/result.ts'
import { median } from '../lib/statistics.ts'
import { installVendors } from '../lib/vendors.ts'
import { type Bundle, bundleForPage, measureSize, measureUnused } from './bundles.ts'
import { type Client, core, vendors, withPageViews } from './clients.ts'
import { type Fate, play, type Scenario, scenarios, type Target } from './delivery.ts'
import { type Shop, startShop } from './shop.ts'
import { measureStartUp, type Visited } from './start-up.ts'
import { passTo, respondToVendors, startWire, type WireRequest } from './wire.ts'

const answerDelayMs = 100
/** Visits that are played at once; most of their time is waiting. */
const visitsAtOnce = 3

export const sdkBrowserBench: Measured = {
  title: 'The client in the browser',
  how: [
    'Sizes: what esbuild makes, minified, of the three calls createAnalytics, track and identify with the built package, in gzip at level 9; without chunks that are loaded later. The goal is that of the client with page views.',
    'Start-up: in Chromium, slowed down four times, the page loads the client, starts it and tracks one event; figures of the browser (`Performance.getMetrics`, thread time) 3 seconds later, a new visitor each time, median of 7. Requests are those that reach the server before the one with the event.',
    `Delivery: ours sends to the real collector on its SQLite queue, the others to a server that notes what it is sent; every answer takes ${answerDelayMs} ms, that of a page too. "on leaving" is what had arrived 5 seconds after, on a page without any client; "in the end" is 15 seconds after coming back to one with it. In the outage the server answers 503, the tab is closed after 3 seconds, and the server is back when the visitor is. An event counts when its request was answered with success; each further time counts as a copy. Median of 3.`,
    'All clients with their defaults, except that they are told where the server is; the pages are on localhost; nothing else is reached, so what they would load from their makers is not there.',
  ],
  async run(options) {
    if (!existsSync(chromiumPath)) throw new Error('needs Chromium: apt-get install -y chromium, or CHROMIUM_PATH=…')
    const folder = await installVendors('sdk-browser-bench', new URL('./vendors/package.json', import.meta.url))
    const clients = [withPageViews, ...(folder ? vendors : [])]
    const bundles = new Map<string, Bundle>()
    for (const client of clients) bundles.set(client.name, await bundleForPage(client, folder))
    const shop = await startShop(bundles, answerDelayMs)
    const browser = await launchChromium()
    try {
      return [
        ...(await measureSizes(clients, folder)),
        ...(await startUps(browser, shop, clients, options)),
        ...(await deliveries(browser, shop, clients, options)),
      ]
    } finally {
      await browser.close()
      await shop.close()
    }
  },
}

async function measureSizes(clients: readonly Client[], folder: string | undefined): Promise<Row[]> {
  const [ours = core, ...others] = clients
  const beside = async (measure: (client: Client) => Promise<number>): Promise<Record<string, number>> => {
    const sizes: Record<string, number> = {}
    for (const client of others) sizes[client.name] = await measure(client)
    return sizes
  }
  const gzipOf = async (client: Client): Promise<number> => (await measureSize(client, folder)).gzip
  const unusedOf = (client: Client): Promise<number> => measureUnused(client, folder)
  return [
    createRow({ what: 'size without plugins, gzip', value: await gzipOf(core), unit: 'bytes' }),
    createRow({
      what: 'size with page views, gzip',
      value: await gzipOf(ours),
      unit: 'bytes',
      beside: await beside(gzipOf),
      goal: { atMost: 4_000 },
    }),
    createRow({
      what: 'what an unused import leaves',
      value: await unusedOf(ours),
      unit: 'bytes',
      beside: await beside(unusedOf),
      goal: { atMost: 0 },
    }),
  ]
}

async function startUps(
  browser: Browser,
  shop: Shop,
  clients: readonly Client[],
  options: BenchOptions,
): Promise<Row[]> {
  const targets: RunningTarget[] = []
  try {
    const visited: Visited[] = []
    for (const client of clients) {
      const target = await startTarget(client)
      targets.push(target)
      const { name } = client
      visited.push({ name, url: shop.pageOf(name, target.wire.origin), wire: target.wire })
    }
    return await measureStartUp(browser, [...visited, { name: 'empty page', url: shop.emptyPage }], options)
  } finally {
    for (const target of targets) await target.close()
  }
}

interface RunningTarget extends Target {
  close(): Promise<void>
}

/** The collector for ours, for others a server that takes everything. */
async function startTarget({ vendor }: Client): Promise<RunningTarget> {
  if (!vendor) {
    const collector = await startCollector()
    const wire = await startWire(passTo(collector.origin), answerDelayMs)
    return {
      wire,
      setDown: collector.setDown,
      async close() {
        await wire.close()
        const events = JSON.stringify(await collector.arrived())
        await collector.close()
        checkBooks(wire.requests, events)
      },
    }
  }
  let isDown = false
  const wire = await startWire((request, body) => {
    return isDown ? { status: 503, body: '' } : respondToVendors(request, body)
  }, answerDelayMs)
  const setDown = (next: boolean): void => {
    isDown = next
  }
  return { wire, setDown, close: wire.close }
}

/** What was seen on the wire must be what is in the collector's queue. */
function checkBooks(requests: readonly WireRequest[], events: string): void {
  const lost = requests
    .filter(({ isTaken }) => isTaken)
    .flatMap(({ marks }) => marks.filter((mark) => !events.includes(mark)))
  if (lost.length > 0) throw new Error(`the collector said it took ${lost.join(', ')}, and did not`)
}

async function deliveries(
  browser: Browser,
  shop: Shop,
  clients: readonly Client[],
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const rounds = Array.from({ length: quick ? 1 : 3 })
  const jobs = rounds.flatMap(() => scenarios.flatMap((scenario) => clients.map((client) => ({ scenario, client }))))
  const fates = new Map<string, Fate[]>()
  const keyOf = (scenario: Scenario, client: Client): string => `${scenario.name} ${client.name}`
  const queue = jobs.values()
  const work = async (): Promise<void> => {
    for (const { scenario, client } of queue) {
      progress.show(`delivery: ${keyOf(scenario, client)}`)
      const target = await startTarget(client)
      const fate = await play(browser, scenario, {
        url: shop.pageOf(client.name, target.wire.origin),
        emptyPage: shop.emptyPage,
        target,
      }).finally(target.close)
      const key = keyOf(scenario, client)
      fates.set(key, [...(fates.get(key) ?? []), fate])
    }
  }
  await Promise.all(Array.from({ length: visitsAtOnce }, work))
  return scenarios.flatMap((scenario) =>
    toRows(scenario, clients, (client) => fates.get(keyOf(scenario, client)) ?? []),
  )
}

function toRows(scenario: Scenario, clients: readonly Client[], fatesOf: (client: Client) => Fate[]): Row[] {
  const { what, events, maxRequests } = scenario
  const [ours = core, ...others] = clients
  const row = (
    figure: string,
    unit: string,
    of: (fate: Fate) => number,
    goal: { atLeast?: number; atMost?: number },
  ) => {
    const figureOf = (client: Client): number => median(fatesOf(client).map(of))
    const beside = Object.fromEntries(others.map((client) => [client.name, figureOf(client)]))
    return createRow({ what: `${what}: ${figure}`, value: figureOf(ours), unit, beside, goal })
  }
  const all = { atLeast: events }
  return [
    ...(maxRequests === undefined
      ? []
      : [
          row('arrived on leaving', 'events', ({ left }) => left, all),
          row('requests on leaving', 'requests', ({ requests }) => requests, { atMost: maxRequests }),
        ]),
    row('arrived in the end', 'events', ({ back }) => back, all),
    row('copies', 'events', ({ duplicates }) => duplicates, { atMost: 0 }),
  ]
}
