import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Site, startSite } from './browser/site.ts'
import { pressOn, typeInto } from './dashboard/keyboard.ts'
import { inspect } from './dashboard/looks.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { ordered, sendShop, shopEvents } from './dashboard/shop.ts'
import { adminToken } from './support/data-folder.ts'

const sent = shopEvents(Date.now())
const hostile = 'Funnel "><img src=x onerror=alert(1)>'
let rig: Rig
let site: Site
/** What somebody pasted into their page. */
let pasted = ''

const countPeople = (name: string): number =>
  new Set(sent.filter(({ event, type }) => (event ?? type) === name).map(({ anonymousId }) => anonymousId)).size

async function saveReport(name: string, page: string, question: object): Promise<void> {
  const search = `?period=month&${new URLSearchParams(
    Object.entries(question).map(([key, value]) => [key, JSON.stringify(value)]),
  )}`
  const response = await fetch(`${rig.url}/api/v1/projects/default/reports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, page, search, description: '' }),
  })
  expect(response.status).toBe(200)
}

beforeAll(async () => {
  rig = await createRig()
  await sendShop(rig.url, sent)
  const steps = [{ event: 'page' }, { event: 'Signed up' }, { event: 'Ordered' }]
  await saveReport(hostile, '/funnels', { q: { steps } })
  await saveReport('Sign-ups', '/events', { q: { series: [{ event: 'Signed up', measure: 'people' }] } })
  await saveReport('Who comes back', '/retention', {})
  await saveReport('Everybody', '/people', {})
  site = await startSite((path) =>
    path === '/'
      ? `<!doctype html><html lang="en"><head><title>App</title><link rel="icon" href="data:,"></head>
         <body><main><h1>App</h1>${pasted}</main></body></html>`
      : undefined,
  )
})
afterAll(async () => {
  await rig.close()
  await site.close()
})

const path = '/settings?tab=embed'
const closing = async (page: Page): Promise<void> => page.context().close()

/** Fills the form; answers the HTML it tells. */
async function makeHtml(page: Page, name: string, charts: readonly string[]): Promise<string> {
  await page.getByLabel('Name', { exact: true }).fill(name)
  for (const chart of charts) await page.getByRole('checkbox', { name: chart, exact: true }).check()
  await page.getByLabel('Sites').fill(`${site.origin}/some/page`)
  await page.getByRole('button', { name: 'Make the HTML' }).click()
  const made = page.getByRole('status').filter({ hasText: `HTML for “${name}”` })
  return (await made.locator('pre').textContent()) ?? ''
}

async function visit() {
  const context = await rig.browser.newContext({ timezoneId: 'UTC' })
  const page = await context.newPage()
  const problems = collectProblems(page)
  await page.goto(site.origin)
  return { page, problems }
}

test('an admin chooses charts, pastes the HTML into a page of the site, and ends it again', async () => {
  const admin = await rig.open(path)
  await admin.getByText('No other page shows charts.').waitFor()
  expect(await admin.getByRole('checkbox', { name: 'Everybody' }).count()).toBe(0)
  pasted = await makeHtml(admin, 'Customer area', ['Visitors as a number', hostile, 'Sign-ups', 'Who comes back'])
  const row = admin.getByRole('row', { name: /^Customer area/ })
  await row.getByText(site.origin, { exact: true }).waitFor()
  await row.getByText('5', { exact: true }).waitFor()

  const { page, problems } = await visit()
  const sumOf = async (name: string) => {
    const table = page.getByRole('table', { name })
    await table.waitFor({ state: 'attached' })
    const cells = await table.locator('tbody td').allTextContents()
    return cells.reduce((sum, text) => sum + Number(text), 0)
  }
  expect(await sumOf('Sign-ups')).toBe(countPeople('Signed up'))
  await page
    .getByRole('group', { name: 'Visitors as a number' })
    .getByText(`${countPeople('page')}`)
    .waitFor()
  await page.getByRole('row', { name: new RegExp(`^3\\. Ordered.*${ordered}`) }).waitFor()
  await page.getByRole('table', { name: 'Who comes back' }).waitFor()
  expect(await page.getByText('This chart cannot be shown now.').count()).toBe(0)
  expect(await findViolations(page)).toEqual([])
  expect(problems).toEqual([])

  await admin.getByRole('button', { name: 'Revoke: Customer area' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  await admin.getByText('No other page shows charts.').waitFor()
  await page.reload()
  await vi.waitFor(async () => expect(await page.getByText('This chart cannot be shown now.').count()).toBe(5), {
    timeout: 10_000,
  })
  await closing(page)
  await admin.goto(`${rig.url}/settings?tab=audit`)
  await admin.getByText('let a page show charts').waitFor()
  await admin.getByText('ended the charts of a page').waitFor()
  await closing(admin)
})

test('the whole is done by keyboard, and what cannot be a site is told', async () => {
  const page = await rig.open(path)
  await page.getByRole('checkbox', { name: 'Sign-ups' }).waitFor()
  await typeInto(page, 'Name', 'By keyboard')
  await pressOn(page, 'Sign-ups', 'Space')
  await typeInto(page, 'Sites', 'app example')
  await pressOn(page, 'Make the HTML')
  await page
    .getByRole('alert')
    .getByText(/origins/)
    .waitFor()
  await typeInto(page, 'Sites', site.origin)
  await pressOn(page, 'Make the HTML')
  await page.getByText('HTML for “By keyboard”').waitFor()
  await pressOn(page, 'Revoke: By keyboard')
  await page.getByRole('dialog').waitFor()
  await pressOn(page, 'Revoke')
  await page.getByText('No other page shows charts.').waitFor()
  await closing(page)
})

test('it looks right, is accessible and does not scroll sideways', async () => {
  const page = await rig.open(path)
  const problems = collectProblems(page)
  await makeHtml(page, 'Customer area', ['Sign-ups'])
  await page.getByRole('row', { name: 'Customer area' }).waitFor()
  await inspect(page, 'settings-embed', { fullPage: true })
  expect(problems).toEqual([])
  await closing(page)
})
