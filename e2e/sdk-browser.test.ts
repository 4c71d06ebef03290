import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { launchChromium } from './browser/chromium.ts'
import { type ArrivedEvent, type RunningCollector, startCollector } from './browser/collector.ts'
import { type Site, startSite } from './browser/site.ts'

/** Shop pages on one origin, the collector on another, as on real sites. */
const shopPage = (title: string): string => `<!doctype html><html lang="en">
<meta http-equiv="content-security-policy" content="${policy}"><title>${title}</title>
<script src="${collector.origin}/sdk/v1.js" data-write-key="${collector.writeKey}" data-endpoint="${endpoint}"></script>
<h1>${title}</h1></html>`

let browser: Browser
let collector: RunningCollector
let site: Site
let context: BrowserContext
/** Where the pages send events; the script always comes from the collector. */
let endpoint: string
let policy: string

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

beforeEach(async () => {
  collector = await startCollector()
  endpoint = collector.origin
  policy = ''
  site = await startSite((path) => (path === '/other-site' ? '<title>Elsewhere</title>' : shopPage(path)))
  context = await browser.newContext()
})
afterEach(async () => {
  await context.close()
  await site.close()
  await collector.close()
})

const named = (events: ArrivedEvent[], name: string): ArrivedEvent[] =>
  events.filter(({ event, type }) => (event ?? type) === name)
const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, index) => prefix + index)

/**
 * Waits for the events of these names, then answers everything that arrived, each event once by its messageId. After an
 * outage that takes a while: the server's pause, the jitter of retries and the slow timers of a hidden tab add up.
 */
async function arrivedOnce(wanted: string[]): Promise<ArrivedEvent[]> {
  await vi.waitFor(
    async () => {
      const events = await collector.arrived()
      const missing = wanted.filter((name) => named(events, name).length === 0)
      expect(missing).toEqual([])
    },
    { timeout: 90_000, interval: 100 },
  )
  return [...new Map((await collector.arrived()).map((event) => [event.messageId, event])).values()]
}

const trackTenAndLeave = (page: Page, size: number): Promise<unknown> =>
  page.evaluate((size) => {
    for (let index = 0; index < 10; index++) window.trailstitch?.track(`E${index}`, { text: 'x'.repeat(size) })
    location.href = '/next'
  }, size)

describe('a page with the script tag', () => {
  test('track, identify and the page view arrive, with the same visitor', async () => {
    const page = await context.newPage()
    await page.goto(`${site.origin}/?utm_source=news`)
    await page.evaluate(() => {
      window.trailstitch?.track('Signed Up', { plan: 'pro' })
      window.trailstitch?.identify('u-1', { email: 'ada@example.com' })
    })
    const events = await arrivedOnce(['page', 'Signed Up', 'identify'])
    expect(events).toHaveLength(3)
    expect(new Set(events.map(({ anonymousId }) => anonymousId)).size).toBe(1)
    expect(named(events, 'page')[0]).toMatchObject({
      context: { page: { path: '/', search: '?utm_source=news', title: '/' } },
    })
    expect(named(events, 'Signed Up')[0]).toMatchObject({ properties: { plan: 'pro' } })
    expect(named(events, 'identify')[0]).toMatchObject({ userId: 'u-1', traits: { email: 'ada@example.com' } })
  })

  test('no preflight and no request but for the script and the events', async () => {
    const page = await context.newPage()
    const requests: string[] = []
    page.on('request', (request) => requests.push(`${request.method()} ${new URL(request.url()).pathname}`))
    await page.goto(site.origin)
    await arrivedOnce(['page'])
    expect(requests).toEqual(['GET /', 'GET /sdk/v1.js', 'POST /v1/batch'])
  })

  test('it runs under the strictest content security policy', async () => {
    policy = `default-src 'none'; script-src ${collector.origin}; connect-src ${collector.origin}; require-trusted-types-for 'script'`
    const page = await context.newPage()
    const problems: string[] = []
    page.on('console', (message) => problems.push(message.text()))
    await page.goto(site.origin)
    await arrivedOnce(['page'])
    expect(problems).toEqual([])
  })

  test('pages of a single-page app are page views', async () => {
    const page = await context.newPage()
    await page.goto(site.origin)
    await page.evaluate(() => {
      history.pushState({}, '', '/tents')
      history.pushState({}, '', '/tents')
      history.pushState({}, '', '/cart')
    })
    await page.goBack()
    await arrivedOnce(['page'])
    await vi.waitFor(async () => expect(named(await collector.arrived(), 'page')).toHaveLength(4), { timeout: 10_000 })
    const paths = named(await collector.arrived(), 'page').map(
      ({ context }) => (context as { page: { path: string } }).page.path,
    )
    expect(paths.sort()).toEqual(['/', '/cart', '/tents', '/tents'])
  })
})

describe('nothing is lost', () => {
  test('10 events and a change of location in the same click', async () => {
    const page = await context.newPage()
    await page.goto(site.origin)
    await arrivedOnce(['page'])
    await trackTenAndLeave(page, 10)
    const events = await arrivedOnce(names('E', 10))
    for (const name of names('E', 10)) expect(named(events, name)).toHaveLength(1)
  })

  test('150 KB of events and a change of location: what does not fit follows from the next page', async () => {
    const page = await context.newPage()
    await page.goto(site.origin)
    await arrivedOnce(['page'])
    await trackTenAndLeave(page, 15_000)
    const events = await arrivedOnce(names('E', 10))
    for (const name of names('E', 10)) expect(named(events, name)).toHaveLength(1)
  })

  test('a person who leaves for another site', async () => {
    const page = await context.newPage()
    await page.goto(site.origin)
    await page.evaluate(() => {
      window.trailstitch?.track('Last words')
      location.href = '/other-site'
    })
    await arrivedOnce(['page', 'Last words'])
  })

  test('an outage, in which the tab is closed: everything arrives when the person comes back', async () => {
    collector.setDown(true)
    const page = await context.newPage()
    await page.goto(site.origin)
    const failed = page.waitForResponse((response) => response.status() === 503)
    await page.evaluate(() => {
      for (let index = 0; index < 10; index++) window.trailstitch?.track(`E${index}`)
    })
    await failed
    await page.close()
    collector.setDown(false)
    const again = await context.newPage()
    await again.goto(site.origin)
    const events = await arrivedOnce(names('E', 10))
    for (const name of names('E', 10)) expect(named(events, name)).toHaveLength(1)
  })

  test('a tab that is closed in an outage while another stays open: the other delivers', async () => {
    collector.setDown(true)
    const [stays, closes] = [await context.newPage(), await context.newPage()]
    await stays.goto(site.origin)
    await closes.goto(site.origin)
    const failed = closes.waitForResponse((response) => response.status() === 503)
    await closes.evaluate(() => window.trailstitch?.track('From the closed tab'))
    await failed
    await closes.close()
    collector.setDown(false)
    await arrivedOnce(['From the closed tab', 'page'])
    expect(named(await collector.arrived(), 'From the closed tab')).toHaveLength(1)
  })
})

describe('nothing goes over the wire twice', () => {
  /** Everything that reached the collector, copies included. */
  const tracked = async (): Promise<number> => (await collector.arrived()).filter(({ type }) => type === 'track').length
  const stored = (page: Page): Promise<string[]> =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(':q:')))

  test.each([
    ['10 events', 10, 10],
    ['150 KB in 100 events', 100, 1_400],
  ])('%s and a change of location, though the page hears no answer', async (_name, count, size) => {
    const page = await context.newPage()
    const requests: string[] = []
    page.on('request', (request) => request.method() === 'POST' && requests.push(request.url()))
    await page.goto(site.origin)
    await arrivedOnce(['page'])
    requests.length = 0
    await page.evaluate(
      ({ count, size }) => {
        for (let index = 0; index < count; index++) window.trailstitch?.track(`E${index}`, { text: 'x'.repeat(size) })
        location.href = '/next'
      },
      { count, size },
    )
    await arrivedOnce(names('E', count))
    await vi.waitFor(async () => expect(await stored(page)).toEqual([]), { timeout: 15_000, interval: 100 })
    expect(await tracked()).toBe(count)
    expect(requests.length).toBeLessThanOrEqual(5)
  })
})
