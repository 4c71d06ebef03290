import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { inspectAll } from './dashboard/looks.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { findPerson, sendLongJourney, sendTraffic } from './dashboard/traffic.ts'
import { createApi, post } from './support/api.ts'
import { adminToken, writeKey } from './support/data-folder.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const closing = async (page: Page): Promise<void> => page.context().close()
const searchOf = (page: Page): string => new URL(page.url()).search
const track = (event: string, more: object = {}) =>
  post(rig.url, 'track', { type: 'track', event, anonymousId: 'me', ...more })

describe('an empty project', () => {
  test('the link of the start leads to snippets with the real key, and the first event shows by itself', async () => {
    const page = await rig.open('/')
    await page.getByRole('heading', { name: 'Send the first event' }).waitFor()
    await page.getByRole('region', { name: 'Script tag' }).waitFor()
    expect(await page.getByRole('region', { name: 'Script tag' }).textContent()).toContain(
      `data-write-key="${writeKey}"`,
    )
    await page.getByText('Waiting for the first event').waitFor()
    expect(await findViolations(page)).toEqual([])
    await track('Hello')
    await page.getByText('The first event has arrived!').waitFor()
    await page.getByText('“Hello” came').waitFor()
    await page.getByRole('link', { name: 'Go to the overview' }).click()
    await page.getByText('People now').first().waitFor()
    await closing(page)
  })

  test('the token of the link leaves the address, is not needed again in the tab, and is gone after signing out', async () => {
    const page = await rig.open('/live')
    expect(page.url()).toBe(`${rig.url}/live`)
    await page.reload()
    await page.getByRole('heading', { name: 'Live' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    const toToken = page.getByRole('button', { name: 'Sign in with the operator’s token' })
    await toToken.click()
    await page.getByLabel('Operator’s token').fill(adminToken)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Live' }).waitFor()
    await closing(page)
  })
})

describe('accounts', () => {
  test('the set-up link makes one owner, who signs in again with the password', async () => {
    const link = /http\S+\/setup#token=\S+/.exec(await rig.command(['setup-link']))?.[0] ?? ''
    const page = await rig.open(`/setup${new URL(link).hash}`, { signedIn: false })
    const problems = collectProblems(page)
    await page.getByLabel('Your name').fill('Grace')
    await page.getByLabel('E-mail address').fill('grace@example.com')
    await page.getByLabel('New password').fill('correct horse battery')
    expect(await findViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Create the owner' }).click()
    await page.getByText('Grace').waitFor()

    await page.reload()
    await page.getByText('Grace').waitFor()
    expect(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))).not.toMatch(
      /ey[\w-]+\./,
    )

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail address').fill('grace@example.com')
    await page.getByLabel('Password').fill('wrong horse battery')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('The e-mail address or the password is wrong.').waitFor()
    expect(await findViolations(page)).toEqual([])
    await page.getByLabel('Password').fill('correct horse battery')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('Grace').waitFor()
    // What was refused is told by the browser, too; nothing else is.
    expect(problems.filter((problem) => !problem.includes('401'))).toEqual([])
    await closing(page)

    const again = await rig.open(`/setup${new URL(link).hash}`, { signedIn: false })
    await again.getByLabel('Your name').fill('Eve')
    await again.getByLabel('E-mail address').fill('eve@example.com')
    await again.getByLabel('New password').fill('correct horse battery')
    await again.getByRole('button', { name: 'Create the owner' }).click()
    await again.getByText('The link was used').waitFor()
    await closing(again)
  })
})

describe('a project with traffic', () => {
  beforeAll(async () => {
    await sendTraffic(rig.url, Date.now())
    await sendLongJourney(rig.url, 'walker', 1_000, Date.now())
    const { journey } = createApi(rig.url)
    const isStored = async () => {
      const { profileId } = await findPerson(rig.url, 'walker')
      expect((await journey(profileId)).items).toHaveLength(1_000)
    }
    await vi.waitFor(isStored, { timeout: 20_000, interval: 100 })
  })

  test('a click on a value filters everything, the address tells it, and Escape takes it back', async () => {
    const page = await rig.open('/')
    const problems = collectProblems(page)
    const row = page.getByRole('button', { name: /^\/pricing/ })
    await row.click()
    await page.getByRole('button', { name: 'Remove filter Page is /pricing' }).first().waitFor()
    expect(searchOf(page)).toBe('?f=path~is~/pricing')
    // Every third of the twelve visitors saw it.
    const visitors = page.locator('.figure', { hasText: 'Visitors' })
    await vi.waitFor(async () => expect(await visitors.locator('.figure-value').textContent()).toBe('4'), {
      timeout: 10_000,
    })

    const copy = await page.context().newPage()
    await copy.goto(page.url())
    await page.bringToFront()
    await page.locator('body').press('Escape')
    await vi.waitFor(() => expect(searchOf(page)).toBe(''), { timeout: 5_000 })
    expect(problems).toEqual([])
    await closing(page)
  })

  test('keys change the range and the comparison, and the chart says the same as its table', async () => {
    const page = await rig.open('/?metric=pages')
    await page.getByRole('img', { name: /^Page views by day/ }).waitFor()
    await page.locator('body').press('m')
    await vi.waitFor(() => expect(searchOf(page)).toContain('period=month'), { timeout: 5_000 })
    await page.locator('body').press('x')
    await vi.waitFor(() => expect(searchOf(page)).toContain('compare=none'), { timeout: 5_000 })
    await page.getByRole('button', { name: 'Show as table' }).click()
    await page.getByRole('table').waitFor()
    const cells = await page.getByRole('table').getByRole('row').locator('td:nth-child(2)').allTextContents()
    const sum = cells.map((text) => Number(text) || 0).reduce((total, value) => total + value, 0)
    const figure = page.locator('.figure', { hasText: 'Page views' }).locator('.figure-value')
    expect(Number(await figure.textContent())).toBe(sum)
    expect(sum).toBe(24)
    await page.locator('body').press('ArrowLeft')
    await vi.waitFor(() => expect(searchOf(page)).toContain('date='), { timeout: 5_000 })
    await page.locator('body').press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await closing(page)
  })

  test('every figure tells why it is what it is', async () => {
    const page = await rig.open('/?tz=Europe/Berlin')
    await page.getByRole('button', { name: 'Why this number: Visitors' }).click()
    const card = page.getByRole('dialog', { name: 'Why this number: Visitors' })
    await card.getByText('Different people who did something').waitFor()
    expect(await card.textContent()).toMatch(/Europe\/Berlin.*Exactness\s*exact/s)
    await page.keyboard.press('Escape')
    await card.waitFor({ state: 'detached' })
    await closing(page)
  })

  test('a person is found by e-mail address, with a journey over two devices and why they are one', async () => {
    const page = await rig.open('/people')
    await page.getByRole('searchbox', { name: 'Find a person' }).fill('ada@')
    await page.getByRole('link', { name: /Ada Lovelace/ }).click()
    await page.getByRole('heading', { name: 'Ada Lovelace' }).waitFor()
    await page.getByText('Device visitor-2 signed in as ada').waitFor()
    const journey = page.getByRole('region', { name: 'Journey' })
    await journey.getByText('The whole journey is shown: 7 events.').waitFor()
    expect(await journey.textContent()).toMatch(/visitor-1.*visitor-2/s)
    await journey.getByRole('button', { name: '/tents' }).first().click()
    await journey.getByText('"messageId"').waitFor()
    await closing(page)
  })

  test('a long journey is read as it is scrolled, and only what shows is drawn', async () => {
    const { profileId } = await findPerson(rig.url, 'walker')
    const page = await rig.open(`/people/${profileId}`)
    const journey = page.getByRole('region', { name: 'Journey' })
    await journey.getByText('Step 999').waitFor()
    await vi.waitFor(
      async () => {
        await journey.evaluate((element) => element.scrollTo(0, element.scrollHeight))
        // The last page may come before the scrolling is at its end: both are waited for.
        expect(await journey.textContent()).toMatch(/Step 0The whole journey is shown: 1,000 events\.$/)
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(await journey.locator('li').count()).toBeLessThan(100)
    await closing(page)
  })

  test('the books add up, and what was refused is there with its code', async () => {
    const page = await rig.open('/quality')
    await page.getByText('The books balance').waitFor()
    const row = async (name: string) =>
      Number((await page.getByRole('row', { name }).first().locator('td').nth(1).textContent())?.replace(',', ''))
    expect(await row('Sum')).toBe(await row('Received'))
    expect(await row('Rejected')).toBe(2)
    await page.getByText('missing_event_name').first().waitFor()
    await page.getByText('unknown_type').first().waitFor()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download as CSV: Rejected events' }).click()
    expect((await download).suggestedFilename()).toBe('rejected-events.csv')
    await closing(page)
  })

  test('the stream goes on after the connection is lost, with no event twice', async () => {
    const page = await rig.open('/live')
    await page.getByText('Connected').waitFor()
    await track('Before')
    await page.getByText('Before', { exact: true }).waitFor()
    await rig.kill()
    await page.getByText('Connection lost').waitFor()
    await rig.restart()
    await track('After')
    await page.getByText('After', { exact: true }).waitFor({ timeout: 60_000 })
    expect(await page.getByText('Before', { exact: true }).count()).toBe(1)

    await page.getByRole('button', { name: 'Pause' }).click()
    await track('Held back')
    await page.getByRole('button', { name: 'Go on (1 new)' }).click()
    await page.getByText('Held back', { exact: true }).waitFor()
    await page.getByRole('searchbox').fill('held')
    await page.getByText('Before', { exact: true }).waitFor({ state: 'detached' })
    await closing(page)
  })
})

test('no page has a serious problem of access, scrolls sideways or makes the browser complain', async () => {
  const { profileId } = await findPerson(rig.url, 'ada@')
  const page = await rig.open('/')
  const paths = {
    overview: '/',
    live: '/live',
    people: '/people',
    person: `/people/${profileId}`,
    quality: '/quality',
    start: '/start',
  }
  await inspectAll(rig, page, { paths })
  await closing(page)
})
