import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { findPerson, sendTraffic } from './dashboard/traffic.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
  await sendTraffic(rig.url, Date.now())
  await vi.waitFor(() => findPerson(rig.url, 'ada@'), { timeout: 20_000, interval: 100 })
})
afterAll(() => rig.close())

const closing = async (page: Page): Promise<void> => page.context().close()
const searchOf = (page: Page): string => new URL(page.url()).search
/** Kept out of git, for whoever wants to look. */
const pictures = fileURLToPath(new URL('../dashboard/dist/screenshots/', import.meta.url))

/** Saves what an address shows under a name, and stays there. */
async function save(path: string, name: string): Promise<Page> {
  const page = await rig.open(path)
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Save this report' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText(`Saved report: ${name}`).waitFor()
  return page
}

test('a report is saved with all that shows, opened again, changed, and deleted', async () => {
  const page = await save('/?period=month&metric=pages&f=path~is~/pricing', 'Prices <b>now</b>')
  const problems = collectProblems(page)
  expect(searchOf(page)).toMatch(/^\?period=month&metric=pages&f=path~is~\/pricing&report=[0-9a-f]{16}$/)
  await page.getByRole('link', { name: 'Saved reports' }).click()
  await page.getByRole('link', { name: 'Prices <b>now</b>' }).click()
  await page.getByRole('button', { name: 'Remove filter Page is /pricing' }).first().waitFor()
  expect(searchOf(page)).toContain('period=month')

  await page.getByRole('button', { name: '7 days', exact: true }).click()
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Save this report' })
  await dialog.getByRole('button', { name: 'Update “Prices <b>now</b>”' }).waitFor()
  expect(await findViolations(page)).toEqual([])
  await dialog.getByLabel('Name').fill('Prices')
  await dialog.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved report: Prices').waitFor()

  await page.getByRole('link', { name: 'Saved reports' }).click()
  await page.getByRole('link', { name: 'Prices', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Delete Prices' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
  await page.getByText('No report is saved yet.').waitFor()
  expect(problems).toEqual([])
  await closing(page)
})

test('a note shows on every chart of its day, in its table, and goes again', async () => {
  const page = await rig.open('/')
  const problems = collectProblems(page)
  await page.getByRole('button', { name: 'Add note' }).click()
  const dialog = page.getByRole('dialog', { name: 'Add a note to the charts' })
  await dialog.getByLabel('What happened').fill('Winter sale <i>begins</i>')
  expect(await findViolations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Add note' }).click()
  await dialog.waitFor({ state: 'detached' })

  // The last day of the range is today, at the right end of the drawing.
  const drawing = page.locator('.u-over')
  const box = await drawing.boundingBox()
  if (!box) throw new Error('nothing is drawn')
  await page.mouse.move(box.x + box.width - 4, box.y + box.height / 2)
  await page.locator('.chart-tip').getByText('Winter sale <i>begins</i>').waitFor()
  await page.screenshot({ path: `${pictures}note-light.png` })
  await page.getByRole('button', { name: 'Show as table' }).click()
  const last = page.getByRole('row', { name: /not over yet/ })
  await last.getByText('Winter sale <i>begins</i>').waitFor()

  await page.getByRole('button', { name: 'Add note' }).click()
  await dialog.getByRole('button', { name: 'Delete note Winter sale <i>begins</i>' }).click()
  await dialog.getByRole('list', { name: 'Notes in this time' }).getByRole('listitem').waitFor({ state: 'detached' })
  expect(problems).toEqual([])
  await closing(page)
})

const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const

describe.each(Object.entries(looks))('%s', (look, options) => {
  test('what is saved looks right, is accessible and does not scroll sideways', async () => {
    mkdirSync(pictures, { recursive: true })
    await closing(await save('/?period=month', `Visitors of the month, ${look}`))
    const page = await rig.open('/', options)
    const problems = collectProblems(page)
    for (const [name, path] of Object.entries({ reports: '/reports', saving: '/?dialog=save' })) {
      await page.goto(rig.url + path)
      await page
        .getByRole(name === 'saving' ? 'dialog' : 'heading')
        .first()
        .waitFor()
      await page.getByText('Loading').first().waitFor({ state: 'detached' })
      expect([name, await findViolations(page)]).toEqual([name, []])
      expect([name, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)]).toEqual([name, 0])
      await page.screenshot({ path: `${pictures}${name}-${look}.png` })
    }
    expect(problems).toEqual([])
    await closing(page)
  })
})
