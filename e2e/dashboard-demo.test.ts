import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { inspect } from './dashboard/looks.ts'
import { createRig, type Rig } from './dashboard/rig.ts'
import { createApi, type Page as List, post } from './support/api.ts'
import { adminToken } from './support/data-folder.ts'

interface Overview {
  totals: { events: number; people: number; pages: number }
}

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig?.close())

/** Notices a text on the page, however shortly it is there. Gives a way to ask whether it was. */
async function watchFor(page: Page, text: string): Promise<() => Promise<boolean>> {
  await page.evaluate((wanted) => {
    const look = (): void => {
      if (document.body.textContent?.includes(wanted)) document.body.dataset.seen = 'yes'
    }
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true })
  }, text)
  return () => page.evaluate(() => document.body.dataset.seen === 'yes')
}

const projectOf = (page: Page): string | null => new URL(page.url()).searchParams.get('project')
const strip = (page: Page) => page.getByRole('region', { name: 'Demo data' })
const removals = () => createApi(rig.url).get<List<{ project: string; state: string; events: number }>>('/removals')

test('demo data comes with one click, is marked on every page, and goes with one click; the rest stays', async () => {
  const api = createApi(rig.url)
  const page = await rig.open('/')
  const make = page.getByRole('button', { name: 'Look around with demo data' })
  await make.waitFor()
  expect(await strip(page).count()).toBe(0)
  await inspect(page, 'demo-start')
  const sawProgress = await watchFor(page, 'Making demo data')
  await make.press('Enter')
  await strip(page).getByText('This is demo data.').waitFor({ timeout: 30_000 })
  expect(await sawProgress()).toBe(true)
  const demo = projectOf(page) ?? ''
  expect(demo).toMatch(/^demo-/)
  const { totals } = await api.get<Overview>(
    `/overview?project=${demo}&from=${Date.now() - 20 * 86_400_000}&to=${Date.now()}`,
  )
  expect(totals.events).toBeGreaterThan(3_000)
  expect(totals.people).toBeGreaterThan(50)
  await inspect(page, 'demo-overview')
  await page.goto(`${rig.url}/?project=${demo}&period=month`)
  await page.getByTitle(totals.pages.toLocaleString('en')).first().waitFor()

  // Events of one's own lie beside it.
  for (const messageId of ['own-1', 'own-2'])
    await post(rig.url, 'track', { event: 'Own', anonymousId: 'me', messageId })
  const own = () =>
    api.get<Overview>(`/overview?project=default&from=${Date.now() - 86_400_000}&to=${Date.now() + 60_000}`)
  await vi.waitFor(async () => expect((await own()).totals.events).toBe(2), { timeout: 20_000, interval: 100 })
  const before = (await own()).totals

  await page.goto(`${rig.url}/people?project=${demo}`)
  await strip(page).waitFor()
  await page.locator('a[href*="/people/"]').first().press('Enter')
  await page.getByRole('heading', { name: 'Journey' }).waitFor()
  await strip(page).waitFor()
  const people = await api.get<List<{ profileId: string }>>(`/people?project=${demo}`)
  const journey = await api.journey(people.items[0]?.profileId ?? '', `project=${demo}`)
  expect(journey.items.length).toBeGreaterThan(0)

  await strip(page).getByRole('button', { name: 'Remove demo data' }).press('Enter')
  await page.getByRole('heading', { name: 'Overview', includeHidden: true }).first().waitFor()
  await strip(page).waitFor({ state: 'detached' })
  expect(projectOf(page)).toBe('default')
  await expect(api.get(`/overview?project=${demo}`)).rejects.toThrow('unknown_project')
  await vi.waitFor(async () => expect((await removals()).items).toMatchObject([{ project: demo, state: 'done' }]), {
    timeout: 60_000,
    interval: 500,
  })
  expect((await removals()).items[0]?.events).toBeGreaterThan(4_000)
  expect((await own()).totals).toEqual(before)
  await page.context().close()
}, 150_000)

test('an owner deletes a project in the settings, once its name was typed', async () => {
  await fetch(`${rig.url}/api/v1/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'old-shop', name: 'Old shop' }),
  })
  const page = await rig.open('/settings?project=old-shop')
  await page.getByRole('button', { name: 'Delete this project …' }).press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Delete Old shop for good?' })
  const confirm = dialog.getByRole('button', { name: 'Delete for good' })
  expect(await confirm.isDisabled()).toBe(true)
  await inspect(page, 'demo-delete')
  await dialog.getByRole('textbox').fill('Another shop')
  await confirm.press('Enter')
  await dialog.getByText('That is not the name of this project.').waitFor()
  await dialog.getByRole('textbox').fill('Old shop')
  await confirm.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await vi.waitFor(() => expect(projectOf(page)).toBe('default'))
  await page.getByRole('option', { name: 'Old shop' }).waitFor({ state: 'detached' })

  await page.goto(`${rig.url}/settings?project=default&dialog=delete-project`)
  await page.getByRole('dialog').getByRole('textbox').fill('Default')
  await page.getByRole('button', { name: 'Delete for good' }).press('Enter')
  await page.getByText('The project stands in the configuration of the server').waitFor()
  await page.context().close()
}, 90_000)
