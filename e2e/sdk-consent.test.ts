import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { arrivedWith, startPluginSite } from './browser/all-plugins.ts'
import { launchChromium } from './browser/chromium.ts'
import { type RunningCollector, startCollector } from './browser/collector.ts'
import type { Site } from './browser/site.ts'

let browser: Browser
let collector: RunningCollector
let site: Site
/** Requests of all pages that did not go to the site itself. */
let requests: string[]

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  collector = await startCollector()
  site = await startPluginSite(collector, {
    attributes: 'data-consent data-clicks',
    html: '<button data-track="Buy">Buy</button>',
  })
  requests = []
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await site.close()
  await collector.close()
})

async function newPage(): Promise<Page> {
  const page = await (browser.contexts()[0] ?? (await browser.newContext())).newPage()
  page.on('request', (request) => request.url().startsWith(site.origin) || requests.push(request.url()))
  await page.goto(site.origin)
  return page
}
/** What is left in the browser, of whatever kind a page can see. */
const tracesIn = (page: Page): Promise<unknown> =>
  page.evaluate(async () => ({
    cookie: document.cookie,
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).length,
    caches: await caches.keys(),
  }))
const nothing = { cookie: '', local: [], session: [], databases: 0, caches: [] }
const denied = { ...nothing, local: ['trailstitch:wk-browser:consent'] }

test('before consent nothing is stored and nothing is requested, though the page is used and left', async () => {
  const page = await newPage()
  await page.getByRole('button').click()
  await page.evaluate(() => {
    window.trailstitch?.track('One')
    window.trailstitch?.identify('u-1')
    return window.trailstitch?.flush()
  })
  expect(await tracesIn(page)).toEqual(nothing)
  await page.goto(`${site.origin}/next`)
  expect(await tracesIn(page)).toEqual(nothing)
  expect(requests).toEqual([])
})

test('after a yes the calls that waited arrive with their time, and later pages start at once', async () => {
  const page = await newPage()
  const before = await page.evaluate(() => {
    window.trailstitch?.track('Early')
    return Date.now()
  })
  await page.waitForTimeout(1_500)
  await page.evaluate(() => window.trailstitch?.optIn?.())
  const early = (await arrivedWith(collector, ['Early', 'page'])).find(({ name }) => name === 'Early')
  expect(Math.abs(Date.parse(`${early?.event.timestamp}`) - before)).toBeLessThan(1_000)
  expect(await page.evaluate(() => document.cookie)).toContain('trailstitch_id=')
  await page.goto(`${site.origin}/next`)
  await page.getByRole('button').click()
  await arrivedWith(collector, ['Buy'])
})

test('after a no all that was stored is gone, also in another tab, and nothing more is requested', async () => {
  const [page, other] = [await newPage(), await newPage()]
  await page.evaluate(() => window.trailstitch?.optIn?.())
  await arrivedWith(collector, ['page'])
  await expect.poll(() => other.evaluate(() => window.trailstitch?.anonymousId())).not.toBe('')
  await page.evaluate(() => {
    window.trailstitch?.track('Not sent yet')
    window.trailstitch?.optOut?.()
  })
  await expect.poll(() => other.evaluate(() => window.trailstitch?.anonymousId())).toBe('')
  requests.length = 0
  for (const each of [page, other]) {
    await each.getByRole('button').click()
    await each.evaluate(() => window.trailstitch?.flush())
    expect(await tracesIn(each)).toEqual(denied)
    await each.goto(`${site.origin}/next`)
    await each.getByRole('button').click()
    expect(await tracesIn(each)).toEqual(denied)
  }
  expect(requests).toEqual([])
  expect((await collector.arrived()).map(({ event }) => event)).not.toContain('Not sent yet')
})

test('Global Privacy Control is a no', async () => {
  const context = await browser.newContext()
  await context.addInitScript(() => Object.defineProperty(navigator, 'globalPrivacyControl', { value: true }))
  const page = await newPage()
  await page.evaluate(() => window.trailstitch?.track('One'))
  expect(await page.evaluate(() => window.trailstitch?.consent?.())).toBe(false)
  expect(await tracesIn(page)).toEqual(nothing)
  expect(requests).toEqual([])
})
