import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { pressOn } from './dashboard/keyboard.ts'
import { inspectAll } from './dashboard/looks.ts'
import { collectProblems, createRig, type Rig } from './dashboard/rig.ts'
import { createApi, post } from './support/api.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig?.close())

const secondMs = 1_000
/** How far clocks are off, ms: far from the limits of classes, as a request takes its time. Undefined says nothing. */
const clocks = [0, 0, 0, 0, 30, -30, 300, -1_800, 90_000, undefined].map((off) => off && off * secondMs)

const closing = async (page: Page): Promise<void> => page.context().close()
const cellsOf = async (table: Locator): Promise<string[][]> => {
  const rows = await table.locator('tbody tr').all()
  return Promise.all(rows.map((row) => row.locator('td').allTextContents()))
}
const panelOf = (page: Page): Locator => page.getByRole('region', { name: 'Clocks of devices' })
const sizesOf = (page: Page): Locator => panelOf(page).getByRole('table', { name: /^How far clocks were off/ })

test('before anything was stored the page says so', async () => {
  const page = await rig.open('/quality')
  await panelOf(page).getByText('No event was stored in this range.').waitFor()
  await closing(page)
})

describe('how far clocks were off', () => {
  beforeAll(async () => {
    for (const [index, off] of clocks.entries()) {
      const event = { type: 'track', event: 'Ticked', anonymousId: 'a', messageId: `clock-${index}` }
      const sentAt = off === undefined ? {} : { sentAt: new Date(Date.now() + off).toISOString() }
      // Twice: a copy counts nothing.
      for (let copy = 0; copy < 2; copy++) await post(rig.url, 'batch', { batch: [event], ...sentAt })
    }
    await vi.waitFor(
      async () =>
        expect(await createApi(rig.url).ledger()).toMatchObject({ stored: clocks.length, duplicate: clocks.length }),
      { timeout: 20_000, interval: 100 },
    )
  })

  test('is told once for each event, in a sentence, a chart and tables, by keyboard', async () => {
    const page = await rig.open('/quality')
    const problems = collectProblems(page)
    const panel = panelOf(page)
    await panel.getByText('66.7% of the events came by a clock that was right to the minute.').waitFor()
    expect(await cellsOf(sizesOf(page))).toEqual([
      ['1 second (right)', '–', '–', '4', '40%'],
      ['10 seconds', '0', '0', '0', '0%'],
      ['1 minute', '1', '1', '2', '20%'],
      ['10 minutes', '0', '1', '1', '10%'],
      ['1 hour', '1', '0', '1', '10%'],
      ['more', '0', '1', '1', '10%'],
      ['unknown', '–', '–', '1', '10%'],
    ])
    const chart = panel.getByRole('img', { name: /^Share of clocks that were off by at most so much/ })
    await chart.waitFor()
    await pressOn(page, 'Ahead or behind')
    await chart.waitFor({ state: 'detached' })
    expect(new URL(page.url()).searchParams.get('clocks')).toBe('side')
    await pressOn(page, 'Show as table')
    const twin = panel.getByRole('table', { name: /^Share of events by clocks/ })
    await twin.waitFor()
    expect((await cellsOf(twin)).at(-1)?.slice(1)).toEqual(['40%', '20%', '30%', '10%'])
    await pressOn(page, 'Why this number: Clocks of devices')
    await page.getByRole('dialog').getByText('Each stored event counts once').waitFor()
    await page.keyboard.press('Escape')
    expect(problems).toEqual([])
    await closing(page)
  })

  test('is asked for the range of the address, and says when it cannot be told', async () => {
    const page = await rig.open('/quality?period=custom&from=2024-01-01&to=2024-01-07')
    await panelOf(page).getByText('No event was stored in this range.').waitFor()
    await page.goto(`${rig.url}/quality?period=custom&from=2020-01-01&to=2024-01-07`)
    await panelOf(page).getByText('"to" must be at most 400 days after "from".').waitFor()
    await page.goto(`${rig.url}/quality?clocks=nonsense`)
    await sizesOf(page).waitFor()
    await closing(page)
  })

  test('has no serious problem of access, in any look', async () => {
    const page = await rig.open('/')
    await inspectAll(rig, page, {
      paths: { clocks: '/quality', 'clocks-side': '/quality?clocks=side&period=month' },
      isThere: (each) => sizesOf(each).waitFor(),
      isWhole: () => true,
    })
    await closing(page)
  })
})
