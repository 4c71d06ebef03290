import { openDirectory, openStore, silentLog } from '@trailstitch/backends'
import { createDashboardApp, makeSetupLink } from '@trailstitch/dashboard'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createOptions } from '../dashboard/test/server/scripted.ts'
import { launchChromium } from './browser/chromium.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const deps = { now: Date.now, log: silentLog }
const cheap = { memoryKiB: 8, passes: 1, lanes: 1 }

/** A dashboard without an owner, the link that was printed, and a page of a browser that was never there. */
async function open(): Promise<{ page: Page; origin: string; link: string; problems: string[] }> {
  const directory = await openDirectory('memory:', deps)
  const store = await openStore('memory:', deps)
  let origin = ''
  const accounts = { directory, secret: 'a secret of the tests', baseUrl: () => origin, passwordCost: cheap }
  const app = await createDashboardApp({ ...createOptions({}), deps, store, accounts })
  origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const context = await browser.newContext()
  onTestFinished(async () => {
    await context.close()
    await app.close()
  })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', ({ message }) => problems.push(message))
  return { page, origin, link: await makeSetupLink(directory, origin, deps), problems }
}

const password = 'correct horse battery'
const heading = (page: Page) => page.locator('h1').first()

test('who opens the set-up link becomes an owner, stays signed in, signs out and in again', async () => {
  const { page, origin, link, problems } = await open()
  await page.goto(link)
  expect(await heading(page).textContent()).toBe('Set up')
  expect(page.url()).toBe(`${origin}/setup`)
  await page.fill('[name=name]', 'Ada')
  await page.fill('[name=email]', 'ada@example.com')
  await page.fill('[name=password]', password)
  await page.click('button.primary')
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  expect(await page.locator('#project option').allTextContents()).toEqual(['Shop', 'Blog'])
  await page.reload()
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()

  await page.click('#leave')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.fill('#email', 'ada@example.com')
  await page.fill('#password', 'not the password')
  await page.click('#account button')
  await page.locator('.alert:not([hidden])').waitFor()
  await page.fill('#password', password)
  await page.click('#account button')
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  expect(await page.evaluate(() => [document.cookie, sessionStorage.length])).toEqual(['', 0])
  expect(problems).toEqual([])
})

test('a set-up link works once', async () => {
  const { page, link } = await open()
  for (const [email, name] of [
    ['ada@example.com', 'Ada'],
    ['eve@example.com', 'Eve'],
  ] as const) {
    await page.context().clearCookies()
    await page.goto('about:blank')
    await page.goto(link)
    await page.fill('[name=name]', name)
    await page.fill('[name=email]', email)
    await page.fill('[name=password]', password)
    await page.click('button.primary')
    if (name === 'Ada') await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  }
  await page.locator('.alert:not([hidden])').waitFor()
  expect(await heading(page).textContent()).toBe('Set up')
})

test('the admin token opens the page as before, from a link and from the form', async () => {
  const { page, origin } = await open()
  await page.goto(`${origin}/#token=a-token-of-some-length`)
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
  expect(page.url()).toBe(`${origin}/`)
  await page.click('#leave')
  await page.click('summary')
  await page.fill('#token', 'a-token-of-some-length')
  await page.click('#operator button')
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor()
})
