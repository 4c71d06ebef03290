import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { sendShop, shopEvents } from './dashboard/shop.ts'
import { createApi } from './support/api.ts'

const dayMs = 24 * 3_600_000
const now = Date.now()
const sent = shopEvents(now)

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
  await sendShop(rig.url, sent)
  const { people } = createApi(rig.url)
  const arePeople = async () =>
    expect((await people('')).items).toHaveLength(new Set(sent.map((each) => each.anonymousId)).size)
  await vi.waitFor(arePeople, { timeout: 20_000, interval: 100 })
})
afterAll(() => rig.close())

const closing = async (page: Page): Promise<void> => page.context().close()
const cellsOf = async (table: Locator): Promise<string[][]> => {
  const rows = await table.getByRole('row').all()
  return Promise.all(rows.slice(1).map((row) => row.locator('td').allTextContents()))
}
/** Waits until a table says this. */
const tableSays = (table: Locator, expected: unknown) =>
  vi.waitFor(async () => expect(await cellsOf(table)).toEqual(expected), { timeout: 10_000 })
const dateOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
/** Different visitors who did this on a day. */
const countPeople = (name: string, date: string): number =>
  new Set(
    sent
      .filter((each) => (each.event ?? each.type) === name && dateOf(each.at) === date)
      .map((each) => each.anonymousId),
  ).size

describe('events', () => {
  test('a trend of two events and a formula says what was sent, day by day, and again from its address', async () => {
    const page = await rig.open('/events')
    const problems = collectProblems(page)
    const totals = page.getByRole('table', { name: 'Totals' })
    await page.getByLabel('Event of A').selectOption('page')
    await page.getByLabel('Measure of A').selectOption('people')
    await page.getByRole('button', { name: 'Add series' }).click()
    await page.getByLabel('Event of B').selectOption('Signed up')
    await page.getByLabel('Measure of B').selectOption('people')
    await page.getByRole('button', { name: 'Add formula' }).click()
    const expected = [
      ['A Page view: people', '20', '5', '+300%'],
      ['B Signed up: people', '13', '2', '+550%'],
      ['B / A', '65%', '40%', '+63%'],
    ]
    await tableSays(totals, expected)

    await page.getByRole('button', { name: 'Show as table' }).click()
    const days = Array.from({ length: 7 }, (_, index) => dateOf(now - (6 - index) * dayMs))
    const share = (date: string) => {
      const looked = countPeople('page', date)
      return looked === 0 ? '–' : `${(100 * countPeople('Signed up', date)) / looked}%`
    }
    const twin = page.getByRole('table', { name: /^B \/ A by day/ })
    await vi.waitFor(async () => expect((await cellsOf(twin)).map(([, value]) => value)).toEqual(days.map(share)))

    await page.reload()
    await tableSays(totals, expected)
    await page.getByLabel('Operation of the formula').selectOption('-')
    await tableSays(totals, [...expected.slice(0, 2), ['B − A', '-7', '-3', '+133%']])
    expect(problems).toEqual([])
    await closing(page)
  })

  test('a sum is broken down, narrowed by a condition of its own, and taken away as a file', async () => {
    const page = await rig.open('/events?compare=none')
    const totals = page.getByRole('table', { name: 'Totals' })
    await page.getByLabel('Event of A').selectOption('Ordered')
    await page.getByLabel('Measure of A').selectOption('sum')
    await tableSays(totals, [['Ordered: sum of total', '710']])
    await page.getByLabel('Break down by').selectOption('properties.plan')
    await tableSays(totals, [
      ['pro', '620'],
      ['free', '90'],
    ])
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download as CSV: Totals' }).click()
    expect(readFileSync(await (await download).path(), 'utf8')).toBe('What,Total\r\npro,620\r\nfree,90\r\n')

    await page.getByRole('button', { name: 'Add filter to A' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add filter' })
    await dialog.getByLabel('Property').selectOption('properties.total')
    await dialog.getByLabel('Condition').selectOption('more')
    await dialog.getByLabel('Values, separated by commas').fill('much')
    expect(await dialog.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true)
    await dialog.getByLabel('Values, separated by commas').fill('50')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await tableSays(totals, [['pro', '560']])
    await page.getByRole('button', { name: 'Why this number: pro' }).click()
    await page.getByRole('dialog').getByText('Only where total is more than 50.').waitFor()
    await closing(page)
  })

  test('what is sent is there with its properties, and a click asks about it', async () => {
    const page = await rig.open('/events?view=dictionary')
    const names = page.getByRole('table', { name: 'Events that were sent' })
    await names.waitFor()
    const counts = (await cellsOf(names)).map(([name, events, people]) => [name, events, people])
    expect(counts).toEqual([
      ['Page view', '20', '20'],
      ['Signed up', '13', '13'],
      ['identify', '12', '12'],
      ['Ordered', '7', '7'],
    ])
    expect((await cellsOf(names))[0]?.[3]).toMatch(/^(1 hour|\d+ minutes) ago$/)
    await page.getByRole('button', { name: 'Properties of Ordered' }).click()
    const properties = page.getByRole('table', { name: 'Properties of Ordered' })
    await properties.getByRole('row', { name: /^total Sent with the event number 100%/ }).waitFor()
    await properties.getByRole('button', { name: 'Filter by plan pro' }).click()
    await page.getByRole('button', { name: 'Remove filter plan is pro' }).first().waitFor()
    await page.getByRole('button', { name: 'Show as a series: Ordered' }).click()
    await tableSays(page.getByRole('table', { name: 'Totals' }), [['Ordered: how many', '4', '0', '–']])
    await closing(page)
  })

  test('nonsense in the address is the usual page', async () => {
    for (const text of ['{', 'null', '{"series":[{"measure":"__proto__"}]}', '[[[[']) {
      const page = await rig.open(`/events?q=${encodeURIComponent(text)}&view=x&event=%00`)
      await tableSays(page.getByRole('table', { name: 'Totals' }), [['Any event: how many', '52', '9', '+478%']])
      await closing(page)
    }
  })
})

/** Kept out of git, for whoever wants to look. */
const pictures = fileURLToPath(new URL('../dashboard/dist/screenshots/', import.meta.url))

const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const

const trend = {
  series: [
    { event: 'page', measure: 'people' },
    { event: 'Signed up', measure: 'people', where: [{ field: 'properties.plan', operator: 'set' }] },
  ],
}

describe.each(Object.entries(looks))('%s', (look, options) => {
  test('no report has a serious problem of access, scrolls sideways or makes the browser complain', async () => {
    mkdirSync(pictures, { recursive: true })
    const page = await rig.open('/', options)
    const problems = collectProblems(page)
    const paths = {
      events: `/events?q=${encodeURIComponent(JSON.stringify(trend))}`,
      formula: `/events?q=${encodeURIComponent(JSON.stringify({ ...trend, formula: { left: 1, operator: '/', right: 0 }, breakdown: 'device' }))}`,
      dictionary: '/events?view=dictionary&event=Ordered',
    }
    for (const [name, path] of Object.entries(paths)) {
      await page.goto(rig.url + path)
      await page.getByRole('table').first().waitFor()
      await page.getByText('Loading').first().waitFor({ state: 'detached' })
      expect([name, await findViolations(page)]).toEqual([name, []])
      expect([name, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)]).toEqual([name, 0])
      await page.screenshot({ path: `${pictures}${name}-${look}.png` })
    }
    expect(problems).toEqual([])
    await closing(page)
  })
})
