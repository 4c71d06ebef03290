import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startPluginSite } from './browser/all-plugins.ts'
import { launchChromium } from './browser/chromium.ts'
import { type RunningCollector, startCollector } from './browser/collector.ts'
import type { Site } from './browser/site.ts'

let browser: Browser
let collector: RunningCollector
let [shop, help]: Site[] = []

/** The same server by names that share no cookies. */
const at = (site: Site | undefined, host: string): string => `${site?.origin}/`.replace('127.0.0.1', host)

beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())
beforeEach(async () => {
  collector = await startCollector()
  const attributes = 'data-cross-domain="shop.localhost help.localhost"'
  help = await startPluginSite(collector, { attributes })
  const html = `<a id="same" href="${at(help, 'help.localhost')}faq?a=1#top">Help</a>
    <a id="new" target="_blank" href="${at(help, 'help.localhost')}">Help</a> <a id="other" href="${at(help, 'other.localhost')}">Other</a>`
  shop = await startPluginSite(collector, { attributes, html })
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await shop?.close()
  await help?.close()
  await collector.close()
})

const visitorAt = (page: Page): Promise<string | undefined> => page.evaluate(() => window.trailstitch?.anonymousId())

test('a link from one site to the other keeps the visitor, and the address looks as it was', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(at(shop, 'shop.localhost'))
  const visitor = await visitorAt(page)
  await page.locator('#same').click()
  await page.waitForURL('**/faq**')
  expect(page.url()).toBe(`${at(help, 'help.localhost')}faq?a=1#top`)
  expect(await visitorAt(page)).toBe(visitor)
  await page.goto(at(help, 'help.localhost'))
  expect(await visitorAt(page)).toBe(visitor)
})

test('so does one that opens a tab; one to a site that is not listed does not', async () => {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(at(shop, 'shop.localhost'))
  const visitor = await visitorAt(page)
  const [tab] = await Promise.all([context.waitForEvent('page'), page.locator('#new').click()])
  await tab.waitForURL('**/help.localhost**')
  await tab.waitForLoadState()
  expect(await visitorAt(tab)).toBe(visitor)
  await page.locator('#other').click()
  await page.waitForURL('**/other.localhost**')
  expect(await visitorAt(page)).not.toBe(visitor)
})

test('a link that was passed on is nothing in another browser', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.goto(at(shop, 'shop.localhost'))
  const visitor = await visitorAt(page)
  const address = await page.locator('#same').evaluate((link: HTMLAnchorElement) => {
    link.addEventListener('click', (event) => event.preventDefault())
    link.click()
    return link.href
  })
  expect(address).toContain('_tsid=')
  const elsewhere = await (await browser.newContext({ userAgent: 'Other/1.0' })).newPage()
  await elsewhere.goto(address)
  expect(await visitorAt(elsewhere)).not.toBe(visitor)
  expect(elsewhere.url()).not.toContain('_tsid')
})
