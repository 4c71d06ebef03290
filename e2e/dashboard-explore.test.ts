import { readFileSync } from 'node:fs'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { focused, tabTo } from './dashboard/keyboard.ts'
import { inspectAll } from './dashboard/looks.ts'
import { collectProblems, createRig, type Rig } from './dashboard/rig.ts'
import { sendShop, shopEvents } from './dashboard/shop.ts'

const dayMs = 24 * 3_600_000
const now = Date.now()
const sent = shopEvents(now)

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
  await sendShop(rig.url, sent)
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
    await page.getByLabel('A: event').selectOption('page')
    await page.getByLabel('Measure of A').selectOption('people')
    await page.getByRole('button', { name: 'Add series' }).click()
    await page.getByLabel('B: event').selectOption('Signed up')
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
    await page.getByLabel('A: event').selectOption('Ordered')
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

    await page.getByRole('button', { name: 'A: add filter' }).click()
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

  test('a value is compared with itself, however rare it was before', async () => {
    const question = { series: [{ event: 'Signed up', measure: 'people' }], breakdown: 'properties.plan', top: 1 }
    const page = await rig.open(`/events?q=${encodeURIComponent(JSON.stringify(question))}`)
    await tableSays(page.getByRole('table', { name: 'Totals' }), [
      ['pro', '7', '1', '+600%'],
      ['All others (1)', '6', '–', '–'],
    ])
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
      ['Identification', '12', '12'],
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

const steps = [{ event: 'page' }, { event: 'Signed up' }, { event: 'Ordered' }]
const funnelPath = (more: object = {}) => `/funnels?q=${encodeURIComponent(JSON.stringify({ steps, ...more }))}`

const peopleIn = (dialog: Locator): Promise<string[]> => dialog.getByRole('link').locator('strong').allTextContents()
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `Person ${from + index}`)
const visitors = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `Visitor visitor-${from + index}`)

describe('funnels', () => {
  test('by keyboard alone a funnel is built and put in order, and leads to exactly those who went no further', async () => {
    const page = await rig.open('/funnels')
    const problems = collectProblems(page)
    await page.getByText('Page view → Signed up → Ordered').waitFor()
    for (const [index, name] of ['Page view', 'Ordered', 'Signed up'].entries()) {
      await tabTo(page, 'Add step')
      await page.keyboard.press('Enter')
      await vi.waitFor(async () => expect(await focused(page)).toBe(`Step ${index + 1}: event`), { timeout: 5_000 })
      await page.keyboard.type(name)
    }
    await tabTo(page, 'Move step 3 up')
    await page.keyboard.press('Enter')
    await vi.waitFor(async () => expect(await focused(page)).toBe('Move step 2 up'), { timeout: 5_000 })
    expect(await page.getByRole('status').allTextContents()).toContain('Signed up is step 2 now.')

    const bars = page.getByRole('region', { name: 'How far people come' })
    await tabTo(page, 'Show as table')
    await page.keyboard.press('Enter')
    await tableSays(bars.getByRole('table'), [
      ['1. Page view', '20', '100%', '–', '7', '–'],
      ['2. Signed up', '13', '65%', '65%', '7', '2 m'],
      ['3. Ordered', '6', '30%', '46.2%', '–', '3 m'],
    ])
    await tabTo(page, 'Show as chart')
    await page.keyboard.press('Enter')

    await tabTo(page, /^After step 2, Signed up:7 went no further \(53.8%\)See who$/)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Went no further than step 2: Signed up' })
    await dialog.getByText('Person 6').waitFor()
    expect((await peopleIn(dialog)).sort()).toEqual([...numbered(6, 11), 'Visitor visitor-19'].sort())
    await tabTo(page, /^Person 6/)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Person 6' }).waitFor()
    await page.goBack()
    await dialog.getByText('Person 6').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(problems).toEqual([])
    await closing(page)
  })

  test('the suggestion is a funnel, whose window, order and steps decide who is in it', async () => {
    const page = await rig.open('/funnels')
    await page.getByRole('button', { name: 'Show this funnel' }).click()
    const bars = page.getByRole('region', { name: 'How far people come' })
    const reaches = (...counts: string[]) =>
      vi.waitFor(async () => expect(await bars.locator('.funnel-count').allTextContents()).toEqual(counts), {
        timeout: 10_000,
      })
    await reaches('20', '13', '6')
    // Number 19 ordered first, and signed up days later.
    await page.getByLabel('Steps come').selectOption('any')
    await reaches('20', '13', '7')
    await page.getByLabel('Steps come').selectOption('strict')
    await reaches('20', '12', '0')
    await page.getByLabel('Steps come').selectOption('ordered')
    await page.getByLabel('Unit of the time').selectOption('hour')
    await page.getByLabel('Within').fill('1')
    await reaches('20', '12', '6')
    const firstDrop = bars.getByRole('button', { name: /^After step 1/ })
    await firstDrop.click()
    const dropped = page.getByRole('dialog', { name: 'Went no further than step 1: Page view' })
    await dropped.getByText('Visitor visitor-12').waitFor()
    expect((await peopleIn(dropped)).sort()).toEqual(visitors(12, 19))
    await dropped.getByRole('button', { name: 'Close' }).click()
    await bars.getByRole('button', { name: /^See who reached step 3/ }).click()
    const reached = page.getByRole('dialog', { name: 'Reached step 3: Ordered' })
    await reached.getByText('Person 0').waitFor()
    expect((await peopleIn(reached)).sort()).toEqual(numbered(0, 5))
    await reached.getByRole('button', { name: 'Close' }).click()
    await page.getByRole('button', { name: 'Remove step 2' }).click()
    await reaches('20', '6')
    await closing(page)
  })

  test('a funnel is told for each value, against the time before, and why it counts what it does', async () => {
    const page = await rig.open(funnelPath({ breakdown: 'properties.plan', by: 'last', count: 'totals' }))
    await tableSays(page.getByRole('table', { name: 'By plan' }), [
      ['(none)', '7', '0', '0', '0%'],
      ['pro', '7', '7', '3', '42.9%'],
      ['free', '6', '6', '3', '50%'],
    ])
    const began = page.locator('.figure', { hasText: 'Began' })
    await began.getByText('+300%').waitFor()
    expect(await began.textContent()).toContain('against 5')
    await page.getByRole('button', { name: 'Why this number: 2. Signed up' }).click()
    await page
      .getByRole('dialog')
      .getByText(/within 7 days of the first.*Every time through counts/)
      .waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Add filter', exact: true }).click()
    await page.getByLabel('Property').selectOption('properties.plan')
    await page.getByLabel('Values, separated by commas').fill('none such')
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('Nobody began in this range').waitFor()
    await closing(page)
  })

  test('nonsense in the address is the usual page', async () => {
    const page = await rig.open('/funnels')
    for (const query of [
      'q={',
      'q=[]&who=1',
      'q={"steps":[{"event":7}]}&who=2-dropped',
      'q={"steps":[],"size":1e99}',
    ]) {
      await page.goto(`${rig.url}/funnels?${query}`)
      await page.getByText('Where do people stop?').waitFor()
    }
    await page.goto(`${rig.url}${funnelPath()}&who=9-dropped&show=nothing`)
    await page.getByRole('region', { name: 'How far people come' }).waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    await closing(page)
  })
})

test('a question that cannot be answered says so, keeps what was chosen, and can be asked again', async () => {
  const page = await rig.open('/funnels')
  const suggestion = page.getByRole('button', { name: 'Show this funnel' })
  await suggestion.waitFor()
  await rig.kill()
  await suggestion.click()
  await page.getByText('The server cannot be reached. (unreachable)').waitFor()
  await rig.restart()
  await page.getByRole('button', { name: 'Try again' }).click()
  const bars = page.getByRole('region', { name: 'How far people come' })
  await bars.waitFor()
  expect(await bars.locator('.funnel-count').allTextContents()).toEqual(['20', '13', '6'])
  await closing(page)
})

const trend = {
  series: [
    { event: 'page', measure: 'people' },
    { event: 'Signed up', measure: 'people', where: [{ field: 'properties.plan', operator: 'set' }] },
  ],
}

test('no report has a serious problem of access, scrolls sideways or makes the browser complain', async () => {
  const page = await rig.open('/')
  const paths = {
    events: `/events?q=${encodeURIComponent(JSON.stringify(trend))}`,
    formula: `/events?q=${encodeURIComponent(JSON.stringify({ ...trend, formula: { left: 1, operator: '/', right: 0 }, breakdown: 'device' }))}`,
    dictionary: '/events?view=dictionary&event=Ordered',
    funnels: funnelPath(),
    'funnel-values': `${funnelPath({ breakdown: 'properties.plan' })}&show=table`,
    'funnel-people': `${funnelPath()}&who=2-dropped`,
    'funnel-start': '/funnels',
  }
  const shownBy: Record<keyof typeof paths, string> = {
    events: 'Totals',
    formula: 'Totals',
    dictionary: 'Properties of Ordered',
    funnels: 'Came through',
    'funnel-values': 'By plan',
    'funnel-people': 'Person 11',
    'funnel-start': 'Show this funnel',
  }
  const isThere = (page: Page, name: string) =>
    page
      .getByText(shownBy[name as keyof typeof paths])
      .first()
      .waitFor()
  await inspectAll(rig, page, { paths, isThere })
  await closing(page)
})
