import { createHash } from 'node:crypto'
import { snippet, stub } from '@trailstitch/sdk/snippet'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { arrivedWith } from './browser/all-plugins.ts'
import { launchChromium } from './browser/chromium.ts'
import { type RunningCollector, startCollector } from './browser/collector.ts'
import { type Site, startSite } from './browser/site.ts'

let browser: Browser
let collector: RunningCollector
let site: Site
/** What the page's own script does, right after the snippet. */
let own: string

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  collector = await startCollector()
  const { origin, writeKey } = collector
  const hash = createHash('sha256').update(stub).digest('base64')
  const policy = `default-src 'none'; script-src 'self' ${origin} 'sha256-${hash}'; connect-src ${origin}; require-trusted-types-for 'script'`
  const html = `<!doctype html><html lang="en"><meta http-equiv="content-security-policy" content="${policy}"><title>Shop</title>
${snippet({ src: `${origin}/sdk/v1.js`, writeKey })}<script src="/own.js"></script></html>`
  site = await startSite((path) => (path === '/own.js' ? { script: own } : html))
})
afterEach(async () => {
  await site.close()
  await collector.close()
})

async function newPage(): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  page.on('console', (message) => problems.push(message.text()))
  return { page, problems }
}

test('calls of before the script was there arrive with their time, and who holds the stub holds the client', async () => {
  own = `const early = trailstitch
    early.track('Early', { a: 1 })
    early.identify('u-1')
    early.ready(() => early.track('Ready'))
    addEventListener('load', () => setTimeout(() => early.track('Late'), 100))`
  const { page, problems } = await newPage()
  await page.route('**/v1.js', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    await route.continue()
  })
  await page.goto(site.origin)
  const events = await arrivedWith(collector, ['Early', 'identify', 'Ready', 'Late', 'page'])
  expect(events).toHaveLength(5)
  const at = (wanted: string): number => Date.parse(`${events.find(({ name }) => name === wanted)?.event.timestamp}`)
  expect(at('page') - at('Early')).toBeGreaterThan(1_000)
  expect(events.find(({ name }) => name === 'Late')?.event).toMatchObject({ userId: 'u-1' })
  expect(await page.evaluate(() => [window.trailstitch?.q, window.trailstitch?.anonymousId()])).toEqual([
    undefined,
    events[0]?.event.anonymousId,
  ])
  expect(problems).toEqual([])
})

test('where the script is blocked the page goes on', async () => {
  own = `trailstitch.track('One'); trailstitch.flush().then(() => { document.title = 'went on' + trailstitch.anonymousId() })`
  const { page, problems } = await newPage()
  await page.route('**/v1.js', (route) => route.abort('blockedbyclient'))
  await page.goto(site.origin)
  await expect.poll(() => page.title()).toBe('went on')
  expect(problems).toEqual([expect.stringContaining('ERR_BLOCKED_BY_CLIENT')])
})
