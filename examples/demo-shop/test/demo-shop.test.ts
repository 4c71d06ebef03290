import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { launchChromium } from '../../../e2e/browser/chromium.ts'
import { type ArrivedEvent, type RunningCollector, startCollector } from '../../../e2e/browser/collector.ts'
import { buyTent, purchaseEvents } from '../../../e2e/browser/purchase.ts'
import { startShop } from '../../../e2e/browser/shop.ts'
import type { Site } from '../../../e2e/browser/site.ts'

let browser: Browser
let collector: RunningCollector
let shop: Site

beforeAll(async () => {
  collector = await startCollector()
  shop = await startShop(collector)
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await shop.close()
  await collector.close()
})

/** A page whose errors, broken policies included, fail the test. */
async function newPage(): Promise<{ page: Page; problems: string[] }> {
  const page = await (await browser.newContext()).newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  return { page, problems }
}

async function openShop(address: string): Promise<{ page: Page; problems: string[] }> {
  const opened = await newPage()
  await opened.page.goto(`${shop.origin}${address}`)
  await opened.page.locator('h1').waitFor()
  return opened
}

const nameOf = ({ type, event }: ArrivedEvent): string => event ?? type

test('from an advertisement to an order: every step arrives as an event of one visitor', async () => {
  const { page, problems } = await newPage()
  await buyTent(page, shop.origin, { name: 'Ada', email: 'ada@example.com' })
  expect(await page.locator('#cart-count').textContent()).toBe('0')
  expect(await page.locator('#user').textContent()).toBe('ada@example.com')
  const visitor = await page.locator('#visitor').textContent()
  expect(await page.locator('#journey-link').getAttribute('href')).toContain(visitor)

  await vi.waitFor(
    async () => expect((await collector.arrived()).map(nameOf).sort()).toEqual([...purchaseEvents].sort()),
    { timeout: 10_000 },
  )
  const events = await collector.arrived()
  expect(new Set(events.map(({ anonymousId }) => anonymousId))).toEqual(new Set([visitor]))
  expect(events.find((event) => nameOf(event) === 'Order Completed')).toMatchObject({
    userId: 'ada@example.com',
    properties: { total: 289, currency: 'EUR', products: [{ product_id: 'ridge-tent', quantity: 1 }] },
  })
  expect(problems).toEqual([])
})

test('signing in and out, the newsletter and an empty cart work, on a small screen', async () => {
  const { page, problems } = await openShop('/demo/?view=account')
  await page.setViewportSize({ width: 360, height: 740 })
  await page.locator('#main').getByLabel('Name').fill('Grace')
  await page.locator('#main').getByLabel('E-mail').fill('grace@example.com')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Things for long walks' }).waitFor()
  const before = await page.locator('#visitor').textContent()
  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  expect(await page.locator('#visitor').textContent()).not.toBe(before)
  await page.locator('#newsletter-email').fill('grace@example.com')
  await page.getByRole('button', { name: 'Join' }).click()
  await page.getByRole('link', { name: /^Cart/ }).click()
  await page.getByRole('heading', { name: 'Your cart is empty' }).waitFor()
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  expect(problems).toEqual([])
})

test('with the package in place of the script tag the same events arrive', async () => {
  const { page, problems } = await openShop('/demo/?sdk=npm')
  await page.getByRole('link', { name: /Ridge tent/ }).click()
  await page.getByRole('button', { name: 'Add to cart' }).click()
  const visitor = await page.locator('#visitor').textContent()
  expect(await page.evaluate(() => 'trailstitch' in window)).toBe(false)
  await vi.waitFor(
    async () => {
      const mine = (await collector.arrived()).filter(({ anonymousId }) => anonymousId === visitor)
      expect(mine.map(nameOf).sort()).toEqual(['Product Added', 'Product Viewed', 'page', 'page'])
    },
    { timeout: 10_000 },
  )
  expect(problems).toEqual([])
})

test('the shop works when its script is blocked', async () => {
  const page = await (await browser.newContext()).newPage()
  await page.route('**/sdk/v1.js', (route) => route.abort())
  await page.goto(`${shop.origin}/demo/?product=compass`)
  await page.getByRole('button', { name: 'Add to cart' }).click()
  expect(await page.locator('#cart-count').textContent()).toBe('1')
  expect(await page.locator('#visitor').textContent()).toBe('tracking is blocked')
})
