import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { inspectAll } from './dashboard/looks.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { createApi, post } from './support/api.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
})
afterAll(() => rig.close())

const closing = async (page: Page): Promise<void> => page.context().close()
const hourMs = 3_600_000

/** Waits until the books hold so many rejected events. */
const untilRejected = (count: number) =>
  vi.waitFor(async () => expect((await createApi(rig.url).rejected()).items).toHaveLength(count), {
    timeout: 20_000,
    interval: 100,
  })

describe('a test event', () => {
  test('is sent by a click, shows as arrived, and its way is one more click away', async () => {
    const page = await rig.open('/start')
    const problems = collectProblems(page)
    const panel = page.getByRole('region', { name: 'Try it' })
    await panel.getByRole('button', { name: 'Send a test event' }).click()
    await panel.getByText('It was taken.').waitFor()
    await page.getByText('“Test event” came').waitFor()
    expect(await findViolations(page)).toEqual([])
    await panel.getByRole('link', { name: 'Where is it now?' }).click()
    const found = page.getByRole('region', { name: 'Where is an event?' })
    await found.getByText('Stored', { exact: true }).waitFor()
    await found.getByText('its clock could not be checked').waitFor()
    expect(problems).toEqual([])
    await closing(page)
  })

  test('that is not taken says why', async () => {
    const page = await rig.open('/start')
    await page.route('**/v1/track', (route) =>
      route.fulfill({ status: 404, json: { code: 'not_found', message: 'No such route.' } }),
    )
    await page.getByRole('button', { name: 'Send a test event' }).click()
    await page.getByText('It was not taken: No such route.').waitFor()
    await closing(page)
  })
})

test('all events are taken away as a file that an import reads', async () => {
  const page = await rig.open('/settings?tab=export')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export all events' }).click()
  const path = await (await download).path()
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  await page.getByText(`Done: ${lines.length} events.`).waitFor()
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'track', event: 'Test event' })
  expect(await rig.command(['import', 'jsonl', path])).toContain(`${lines.length}`)
  await closing(page)
})

describe('events that were refused', () => {
  beforeAll(async () => {
    const timestamp = new Date(Date.now() - hourMs).toISOString()
    const nameless = (messageId: string) => ({ type: 'track', anonymousId: 'walker', messageId, timestamp })
    const batch = [nameless('lost-1'), nameless('lost-2'), nameless('lost-3'), { type: 'jump', anonymousId: 'walker' }]
    await post(rig.url, 'batch', { batch })
    await untilRejected(4)
  })

  test('one is mended by keyboard, is checked while it is typed, and counts as itself', async () => {
    const page = await rig.open('/quality')
    const problems = collectProblems(page)
    const open = page.getByRole('button', { name: /^Fix the event of .* missing_event_name/ }).first()
    await open.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Fix and send again' })
    await dialog.getByText('A track call needs "event"').last().waitFor()
    expect(await findViolations(page)).toEqual([])
    const send = dialog.getByRole('button', { name: 'Send again' })
    expect(await send.isDisabled()).toBe(true)

    const editor = dialog.getByRole('textbox')
    const text = await editor.inputValue()
    const { messageId } = JSON.parse(text) as { messageId: string }
    await editor.fill('{')
    await dialog.getByText('This is not a JSON object').waitFor()
    expect(await send.isDisabled()).toBe(true)
    await editor.fill(text.replace('{', '{ "event": "Found",'))
    await dialog.getByText('The event would be taken.').waitFor()
    await page.keyboard.press('Tab')
    await send.focus()
    await page.keyboard.press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.locator('td:last-child', { hasText: /\d{4}, \d\d:\d\d/ }).waitFor()
    const { journey, person } = createApi(rig.url)
    await vi.waitFor(
      async () => {
        const { profileId } = await person('walker')
        expect((await journey(profileId)).items).toMatchObject([{ messageId, name: 'Found' }])
      },
      { timeout: 20_000, interval: 100 },
    )
    expect(problems).toEqual([])
    await closing(page)
  })

  test('all of one reason are sent again with the same name, and the address says what is open', async () => {
    const page = await rig.open('/quality?fixAll=missing_event_name')
    const dialog = page.getByRole('dialog', { name: 'Send all again' })
    await dialog.getByRole('textbox').fill('{ "event": "Found later" }')
    expect(await findViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Send again' }).click()
    await dialog.getByText('Done.').waitFor()
    expect(await dialog.locator('dd').allTextContents()).toEqual(['2', '0', '1'])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
    await vi.waitFor(
      async () => expect(await createApi(rig.url).ledger()).toMatchObject({ stored: 4, balanced: true }),
      {
        timeout: 20_000,
        interval: 100,
      },
    )
    await closing(page)
  })
})

describe('where an event is', () => {
  const find = async (page: Page, id: string) => {
    const panel = page.getByRole('region', { name: 'Where is an event?' })
    await panel.getByRole('searchbox', { name: 'Message id' }).fill(id)
    await page.keyboard.press('Enter')
    return panel
  }

  test('a stored one is found by its id, with the way to its person', async () => {
    await post(rig.url, 'track', { type: 'track', event: 'Here', anonymousId: 'seeker', messageId: 'here-1' })
    const page = await rig.open('/quality')
    const problems = collectProblems(page)
    const panel = await find(page, ' here-1 ')
    await panel.getByText('Stored', { exact: true }).waitFor()
    await panel.getByText('Received and stored').waitFor()
    expect(new URL(page.url()).search).toBe('?event=here-1')
    await panel.getByText('The event as it is stored').click()
    await panel.getByText('"messageId": "here-1"').waitFor()
    // Its person is there once it is stitched.
    await vi.waitFor(
      async () => {
        await page.reload()
        await panel.getByText('Received and stored').waitFor()
        expect(await panel.getByRole('link', { name: 'Show the journey' }).count()).toBe(1)
      },
      { timeout: 20_000 },
    )
    await panel.getByRole('link', { name: 'Show the journey' }).click()
    await page.getByRole('region', { name: 'Journey' }).getByText('Here').waitFor()
    expect(problems).toEqual([])
    await closing(page)
  })

  test('a refused one leads to its mending, and one that never came is not found', async () => {
    const page = await rig.open('/quality')
    const batch = [{ type: 'track', anonymousId: 'seeker', messageId: 'odd-1' }]
    await post(rig.url, 'batch', { batch })
    await untilRejected(5)
    const panel = await find(page, 'odd-1')
    await panel.getByText('Refused').first().waitFor()
    await panel.getByText('(missing_event_name)').waitFor()
    await panel.getByRole('button', { name: 'Fix …' }).click()
    await page.getByRole('dialog', { name: 'Fix and send again' }).waitFor()
    await page.keyboard.press('Escape')
    await find(page, 'never/came?')
    await panel.getByText('Not found').waitFor()
    await closing(page)
  })
})

test('the dialogs and answers have no serious problem of access and do not scroll sideways', async () => {
  const { items } = await createApi(rig.url).rejected()
  const jump = items.find(({ code }) => code === 'unknown_type')?.id ?? ''
  const page = await rig.open('/')
  const paths = {
    'dataops-rejected': '/quality',
    'dataops-fix': `/quality?fix=${encodeURIComponent(jump)}`,
    'dataops-fix-all': '/quality?fixAll=unknown_type',
    'dataops-stored': '/quality?event=here-1',
    'dataops-refused': '/quality?event=odd-1',
    'dataops-unknown': '/quality?event=nobody',
    'dataops-start': '/start',
  }
  const isDialog = (name: string): boolean => name.startsWith('dataops-fix')
  const isThere = async (page: Page, name: string): Promise<void> => {
    await (isDialog(name)
      ? page.getByRole('dialog')
      : page.getByText(name === 'dataops-start' ? 'Try it' : 'unknown_type').first()
    ).waitFor()
    await page.getByText('Checking …').waitFor({ state: 'detached' })
  }
  await inspectAll(rig, page, { paths, isThere, isWhole: (name) => !isDialog(name) })
  await closing(page)
})
