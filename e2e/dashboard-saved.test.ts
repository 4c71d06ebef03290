import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { inspect, inspectAll, takePicture } from './dashboard/looks.ts'
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
  await page.getByRole('link', { name: 'Prices <b>now</b>', exact: true }).click()
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

/** Shares the report that a page shows, and answers the link. */
async function share(page: Page, options: { isMovable?: boolean; password?: string } = {}): Promise<string> {
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  const dialog = page.getByRole('dialog', { name: 'Share this report' })
  if (options.isMovable) await dialog.getByRole('button', { name: 'Visitors choose' }).click()
  if (options.password) await dialog.getByLabel(/^Password/).fill(options.password)
  expect(await findViolations(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Make link' }).click()
  const link = await dialog.getByLabel('Link', { exact: true }).inputValue()
  await dialog.getByRole('button', { name: 'Done' }).click()
  return link
}

/** A visitor without an account, and what they ask the server. */
async function visit(link: string, options: object = {}) {
  const page = await rig.open('/shared', { signedIn: false, ...options })
  const problems = collectProblems(page)
  const asked: string[] = []
  page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  await page.goto(link)
  await page.reload()
  return { page, problems, asked }
}

const visitors = (page: Page) => page.locator('.figure', { hasText: 'Visitors' }).locator('.figure-value')

test('a link shows one report with its filters and its time, and nothing a visitor does changes what it asks', async () => {
  const own = await save('/?period=month&f=path~is~/pricing&metric=pages', 'Prices')
  await vi.waitFor(async () => expect(await visitors(own).textContent()).toBe('4'), { timeout: 10_000 })
  const { page, problems, asked } = await visit(await share(own))
  await page.getByText('Prices', { exact: true }).waitFor()
  await vi.waitFor(async () => expect(await visitors(page).textContent()).toBe('4'), { timeout: 10_000 })
  await page.getByText(/, UTC · Page is \/pricing$/).waitFor()
  await page.getByRole('img', { name: /^Page views by day/ }).waitFor()
  // Rows and tabs that ask something else leave all as it is.
  await page.getByRole('button', { name: /^\/pricing/ }).click()
  await page.getByRole('button', { name: 'Visits', exact: true }).click()
  await page.getByRole('img', { name: /^Page views by day/ }).waitFor()
  expect(await page.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0)
  expect(await page.getByRole('navigation').count()).toBe(0)
  expect(await page.getByText('People now').count()).toBe(0)
  expect([...new Set(asked.filter((path) => path.startsWith('/api/')))].sort()).toEqual([
    '/api/v1/shared/open',
    '/api/v1/shared/query',
  ])
  expect(problems).toEqual([])

  await own.getByRole('link', { name: 'Saved reports' }).click()
  await own.getByRole('button', { name: /^End the link to Prices/ }).click()
  await own.getByText('No link is open.').waitFor()
  await page.reload()
  await page.getByText('This link is over, or was withdrawn.').waitFor()
  await closing(page)
  await closing(own)
})

test('a link with a password lets in who knows it, and with a movable time to look at others', async () => {
  const own = await save('/', 'Everybody')
  await visitors(own).waitFor()
  const { page } = await visit(await share(own, { isMovable: true, password: 'tent pegs' }))
  await page.getByLabel('Password').fill('tent poles')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByText('The password is wrong.').waitFor()
  expect(await findViolations(page)).toEqual([])
  await page.getByLabel('Password').fill('tent pegs')
  await page.getByRole('button', { name: 'Open' }).click()
  await vi.waitFor(async () => expect(await visitors(page).textContent()).toBe(await visitors(own).textContent()), {
    timeout: 10_000,
  })
  await page.getByRole('button', { name: '30 days', exact: true }).click()
  await page.getByRole('img', { name: /^Visitors by day/ }).waitFor()
  await page.getByRole('button', { name: '12 months', exact: true }).click()
  await page.getByRole('img', { name: /^Visitors by week/ }).waitFor()
  await page.getByRole('button', { name: 'Earlier' }).click()
  await vi.waitFor(async () => expect(await visitors(page).textContent()).toBe('0'), { timeout: 10_000 })
  await closing(page)
  await closing(own)
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
  await takePicture(page, 'note-light')
  await page.getByRole('button', { name: 'Show as table' }).click()
  const last = page.getByRole('row', { name: /not over yet/ })
  await last.getByText('Winter sale <i>begins</i>').waitFor()

  await page.getByRole('button', { name: 'Add note' }).click()
  await dialog.getByRole('button', { name: 'Delete note Winter sale <i>begins</i>' }).click()
  await dialog.getByRole('list', { name: 'Notes in this time' }).getByRole('listitem').waitFor({ state: 'detached' })
  expect(problems).toEqual([])
  await closing(page)
})

test('what is saved looks right, is accessible and does not scroll sideways', async () => {
  const own = await save('/?period=month', 'Visitors of the month')
  await visitors(own).waitFor()
  const reportSearch = searchOf(own)
  const visitor = await visit(await share(own))
  await visitors(visitor.page).waitFor()
  await inspect(visitor.page, 'shared')
  await closing(visitor.page)
  await closing(own)
  const page = await rig.open('/')
  const paths = { reports: '/reports', saving: '/?dialog=save', sharing: `/${reportSearch}&dialog=share` }
  const isThere = (page: Page, name: string) =>
    page
      .getByRole(name === 'reports' ? 'heading' : 'dialog')
      .first()
      .waitFor()
  await inspectAll(rig, page, { paths, isThere })
  await closing(page)
})
