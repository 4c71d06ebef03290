import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { collectProblems, createRig, type Rig } from './dashboard/rig.ts'
import { sendShop, shopEvents } from './dashboard/shop.ts'
import { adminToken } from './support/data-folder.ts'

const dayMs = 24 * 3_600_000
const now = Date.now()
const sent = shopEvents(now)
let rig: Rig
/** Signed in as the operator. */
let maker: Page
/** A visitor without an account. */
let page: Page
let settle: ReturnType<typeof watch>

const ask = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${rig.url}/api/v1/projects/default${path}`, {
    method,
    headers: { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as { id: string }
}

beforeAll(async () => {
  rig = await createRig()
  await sendShop(rig.url, sent)
  maker = await rig.open('/')
  page = await (await rig.browser.newContext({ timezoneId: 'UTC', reducedMotion: 'reduce' })).newPage()
  settle = watch(page)
})
afterAll(() => rig.close())

interface Case {
  name: string
  path: string
  /** Question of the page in its address, by its name there. */
  question?: object
  /** What has to say the same to the visitor. */
  says: (page: Page) => Promise<string[]>
}

const textsOf = (selector: string) => async (page: Page) => {
  await page.locator(selector).first().waitFor()
  return page.locator(selector).allInnerTexts()
}
const series = [
  { event: 'page', measure: 'people' },
  { event: 'Signed up', measure: 'people' },
]
const steps = [{ event: 'page' }, { event: 'Signed up' }, { event: 'Ordered' }]
const plan = 'properties.plan'
const cells = textsOf('td')
/** Who is there now is told to members alone. */
const figures = textsOf('.figure:has(.figure-change > span) .figure-value, .row')

const cases: Case[] = [
  { name: 'the overview', path: '/', says: figures },
  { name: 'the overview by a filter and a tab', path: '/?f=path~is~/&metric=pages&panel-pages=exit', says: figures },
  {
    name: 'events with a formula',
    path: '/events?f=host~is~shop.example',
    question: { q: { series, formula: { left: 1, operator: 'divide', right: 0 } } },
    says: cells,
  },
  {
    name: 'events with a breakdown',
    path: '/events',
    question: { q: { series, breakdown: plan } },
    // Visitors have all values of the time before, also where a member's page asks for those of now.
    says: textsOf('td:nth-child(-n + 2)'),
  },
  {
    name: 'a funnel of every time through, with a breakdown',
    path: '/funnels?show=table',
    question: { q: { steps, count: 'totals', order: 'any', breakdown: plan } },
    says: cells,
  },
  { name: 'retention', path: '/retention', says: cells },
  { name: 'retention by days', path: '/retention', question: { ask: { unit: 'day', periods: 3 } }, says: cells },
  { name: 'paths', path: '/paths?view=table', question: { ask: { steps: 3 } }, says: cells },
]

/** Answers with what waits until nothing is on its way any more, and holds the page to having failed at nothing. */
function watch(watched: Page): (what: string) => Promise<void> {
  const problems = collectProblems(watched)
  let open = 0
  watched.on('request', () => open++)
  watched.on('requestfinished', () => open--)
  watched.on('requestfailed', () => open--)
  const isQuiet = async () => open <= 0 && !(await watched.evaluate(isBusy))
  return async (what) => {
    for (let quiet = 0; quiet < 3; quiet = (await isQuiet()) ? quiet + 1 : 0) await watched.waitForTimeout(40)
    for (const text of ['You may not see this', 'This could not be loaded'])
      expect([what, text, await watched.getByText(text).count()]).toEqual([what, text, 0])
    expect([what, problems.splice(0)]).toEqual([what, []])
  }
}
const isBusy = (): boolean => document.querySelector('[aria-busy="true"], .MuiLinearProgress-root') !== null

/** Saves what an address shows as a report, and opens it as its maker. */
async function openReport({ name, path, question = {} }: Case, range: string): Promise<void> {
  const [pathname = '', own = ''] = path.split('?')
  const search = new URLSearchParams(`${own}&${range}`)
  for (const [key, value] of Object.entries(question)) search.set(key, JSON.stringify(value))
  const { id } = await ask('POST', '/reports', { name, page: pathname, search: `?${search}`, description: '' })
  search.set('report', id)
  await maker.goto(`${rig.url}${pathname}?${search}`)
}

async function makeLink(isMovable: boolean): Promise<string> {
  await maker.getByRole('button', { name: 'Share', exact: true }).click()
  const dialog = maker.getByRole('dialog', { name: 'Share this report' })
  if (isMovable) await dialog.getByRole('button', { name: 'Visitors choose' }).click()
  await dialog.getByRole('button', { name: 'Make link' }).click()
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  await dialog.getByRole('button', { name: 'Done' }).click()
  return link
}

/** Opens a link without an account, on some day. */
async function openLink(link: string, at = Date.now()): Promise<void> {
  await page.goto('about:blank')
  await page.clock.setFixedTime(at)
  await page.goto(link)
  await page.getByText('shared read-only').waitFor()
}

const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
const fixed = `period=custom&from=${dateOf(now - 6 * dayMs)}&to=${dateOf(now)}&tz=UTC`

const lastDays = 'period=week'
const made = [
  ...cases.map((each) => ({ ...each, range: lastDays, of: 'the last days' })),
  ...cases
    .filter(({ path }) => path.startsWith('/events'))
    .map((each) => ({ ...each, range: fixed, of: 'days of its own' })),
]

test.each(made)('a link to $name of $of shows a visitor the same as its maker, and tomorrow still', async (each) => {
  await openReport(each, each.range)
  const link = await makeLink(false)
  await openLink(link)
  await vi.waitFor(async () => expect(await each.says(page)).toEqual(await each.says(maker)), { timeout: 10_000 })
  await settle('today')
  expect((await each.says(page)).length).toBeGreaterThan(2)
  await openLink(link, Date.now() + dayMs)
  await each.says(page)
  await settle('tomorrow')
})

test.each(cases)('a link to $name whose visitors choose the time answers for every time', async (each) => {
  await openReport(each, 'period=day')
  const link = await makeLink(true)
  await openLink(link, Date.now() + dayMs)
  for (const period of ['30 days', 'Day', '12 months', '7 days']) {
    await page.getByRole('button', { name: period, exact: true }).click()
    await settle(period)
  }
  const compare = page.getByLabel('Compare with').last()
  for (const choice of (await compare.count()) > 0 ? ['year', 'none', 'previous'] : []) {
    await compare.selectOption(choice)
    await settle(choice)
  }
  await page.getByLabel('Time zone').selectOption('Asia/Tokyo')
  await settle('Asia/Tokyo')
})

test('what is sent is a list of names and values, and cannot be shared', async () => {
  await openReport({ name: 'names', path: '/events?view=dictionary', says: cells }, 'period=week')
  await maker.getByRole('button', { name: 'Share', exact: true }).click()
  const dialog = maker.getByRole('dialog', { name: 'Share this report' })
  await dialog.getByRole('button', { name: 'Make link' }).click()
  await dialog.getByText('A list of what is sent cannot be shared.').waitFor()
})

test('an overview that was shared under rules of the project shows what they leave, with and without them', async () => {
  const overview: Case = { name: 'without testers', path: '/', says: figures }
  const condition = { field: 'anonymousId', operator: 'is', values: ['visitor-1'] }
  const rule = await ask('POST', '/excludes', { name: 'Testers', condition })
  await openReport(overview, 'period=week')
  const link = await makeLink(false)
  await openLink(link)
  const expected = `${new Set(sent.filter(({ at }) => at > now - 6 * dayMs).map((each) => each.anonymousId)).size - 1}`
  const visitors = page.locator('.figure', { hasText: 'Visitors' }).locator('.figure-value')
  await vi.waitFor(async () => expect(await visitors.textContent()).toBe(expected), { timeout: 10_000 })
  await settle('with rules')
  await page.getByRole('button', { name: 'Why this number: Visitors' }).click()
  await page.getByText('left out by: rules of the project').waitFor()

  await ask('DELETE', `/excludes/${rule.id}`)
  await openReport(overview, 'period=week')
  const summed = await makeLink(false)
  await openLink(link)
  await vi.waitFor(async () => expect(await visitors.textContent()).toBe(`${Number(expected) + 1}`), {
    timeout: 10_000,
  })
  await settle('rules are gone')
  const again = await ask('POST', '/excludes', { name: 'Testers', condition })
  await openLink(summed)
  await visitors.waitFor()
  await settle('rules came later')
  await ask('DELETE', `/excludes/${again.id}`)
})
