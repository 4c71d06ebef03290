import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { choose, focused, pressOn, tabTo, typeInto } from './dashboard/keyboard.ts'
import { collectProblems, createRig, type Rig } from './dashboard/rig.ts'
import { findPerson, sendTraffic } from './dashboard/traffic.ts'
import { writeKey } from './support/data-folder.ts'

const password = 'correct horse battery'
let rig: Rig
let page: Page
let problems: string[]

beforeAll(async () => {
  rig = await createRig()
  await sendTraffic(rig.url, Date.now())
  await vi.waitFor(() => findPerson(rig.url, 'ada@'), { timeout: 20_000, interval: 100 })
  const link = /http\S+\/setup#token=\S+/.exec(await rig.command(['setup-link']))?.[0] ?? ''
  page = await rig.open(`/setup${new URL(link).hash}`, { signedIn: false })
  problems = collectProblems(page)
})
afterAll(() => rig?.close())

/** By the navigation, as a mouse would. */
async function goTo(name: string): Promise<void> {
  await pressOn(page, name)
  await page.locator(`a[aria-current="page"]`, { hasText: name }).first().waitFor()
}

test('the owner signs up, out and in', async () => {
  await page.getByLabel('Your name').waitFor()
  await typeInto(page, /^Your name/, 'Grace')
  await typeInto(page, /^E-mail address/, 'grace@example.com')
  await typeInto(page, /^New password/, password)
  await page.keyboard.press('Enter')
  await page.getByText('Grace').waitFor()
  await pressOn(page, 'Sign out')
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await typeInto(page, /^E-mail address/, 'grace@example.com')
  await typeInto(page, /^Password/, password)
  await page.keyboard.press('Enter')
  await page.getByText('Grace').waitFor()
})

test('the overview is narrowed to a value, and to all again', async () => {
  await goTo('Overview')
  await page.getByRole('button', { name: /^\/pricing/ }).waitFor()
  await pressOn(page, /^\/pricing/, 'Space')
  const visitors = page.locator('.figure', { hasText: 'Visitors' }).locator('.figure-value')
  await vi.waitFor(async () => expect(await visitors.textContent()).toBe('4'), { timeout: 10_000 })
  await page.getByRole('button', { name: 'Remove filter Page is /pricing' }).first().waitFor()
  await pressOn(page, 'Remove filter Page is /pricing')
  await vi.waitFor(async () => expect(await visitors.textContent()).toBe('11'), { timeout: 10_000 })
})

test('a person is searched for, and opened', async () => {
  await goTo('People')
  await typeInto(page, 'Find a person', 'ada@')
  await page
    .getByRole('link', { name: /^Visitor/ })
    .first()
    .waitFor({ state: 'detached' })
  await pressOn(page, /^Ada Lovelace/)
  await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor()
})

test('a retention question is put together', async () => {
  await goTo('Retention')
  await page.getByRole('table', { name: 'Who came back' }).waitFor()
  await choose(page, 'People who did: event', 'Identification')
  await choose(page, 'and came back to do: event', 'Page view')
  await page
    .getByText(/identify/)
    .first()
    .waitFor({ state: 'detached' })
  await pressOn(page, 'People who did: add filter')
  await page.getByRole('dialog', { name: 'Add filter' }).waitFor()
  await choose(page, 'Property', 'User id')
  await choose(page, 'Condition', 'is there')
  await pressOn(page, 'Apply')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const asked: unknown = JSON.parse(new URL(page.url()).searchParams.get('ask') ?? '{}')
  expect(asked).toMatchObject({
    start: { event: 'identify', where: [{ field: 'userId', operator: 'set' }] },
    return: { event: 'page' },
  })
  const people = page.getByRole('table', { name: 'Who came back' }).locator('tbody tr').first().locator('td').first()
  await vi.waitFor(async () => expect(await people.textContent()).toBe('1'), { timeout: 10_000 })
})

test('what shows is saved as a report, and found again', async () => {
  await pressOn(page, 'Save')
  const dialog = page.getByRole('dialog', { name: 'Save this report' })
  await dialog.waitFor()
  await typeInto(page, /^Name/, 'Who comes back')
  await page.keyboard.press('Enter')
  await page.getByText('Saved report: Who comes back').waitFor()
  await goTo('Saved reports')
  await page.getByRole('link', { name: 'Who comes back', exact: true }).waitFor()
  await pressOn(page, 'Who comes back')
  await page.getByText('Saved report: Who comes back').waitFor()
})

test('a write key is replaced by another one', async () => {
  await goTo('Settings')
  await page.getByRole('tab').first().waitFor()
  await tabTo(page, 'Project')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('table', { name: 'Write keys' }).waitFor()
  await pressOn(page, `Replace: ${writeKey}`)
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await pressOn(page, 'Replace the key')
  await dialog.waitFor({ state: 'detached' })
  await vi.waitFor(
    async () => expect(await page.getByRole('table', { name: 'Write keys' }).locator('tbody tr').count()).toBe(2),
    { timeout: 10_000 },
  )
  // The button is gone; who used it must not begin at the top of the page again.
  await vi.waitFor(async () => expect(await focused(page)).toBe('Write keys'), { timeout: 10_000 })
  expect(problems.filter((problem) => !problem.includes('401'))).toEqual([])
})
