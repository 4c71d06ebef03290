import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { choose, focused, pressOn, typeInto } from './dashboard/keyboard.ts'
import { inspectAll } from './dashboard/looks.ts'
import { sendReturning, sendTwin } from './dashboard/returning-traffic.ts'
import { collectProblems, createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { createApi } from './support/api.ts'

let rig: Rig
beforeAll(async () => {
  rig = await createRig()
  const sent = await sendReturning(rig.url, Date.now())
  await vi.waitFor(async () => expect((await createApi(rig.url).ledger()).stored).toBe(sent), {
    timeout: 20_000,
    interval: 100,
  })
})
afterAll(() => rig?.close())

const closing = async (page: Page): Promise<void> => page.context().close()

/** The texts of a table, row by row, without its head. */
const cellsOf = async (table: Locator): Promise<string[][]> => {
  await table.waitFor()
  const rows = await table.locator('tbody tr').all()
  const texts = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()))
  return texts.map((row) => row.map((text) => text.replace(/\s+/g, ' ')))
}
const askOf = (page: Page): unknown => JSON.parse(new URL(page.url()).searchParams.get('ask') ?? '{}')
const ask = (question: object): string => encodeURIComponent(JSON.stringify(question))

const retention = { start: { event: 'Joined' }, return: { event: 'Ordered' }, periods: 3 }

describe('retention', () => {
  test('says how many of each day came back, and the average of what is over', async () => {
    const page = await rig.open('/retention')
    await page.getByLabel('People who did: event').selectOption('Joined')
    await page.getByLabel('and came back to do: event').selectOption('Ordered')
    await page.getByLabel('for so many days').fill('3')
    await vi.waitFor(() => expect(askOf(page)).toEqual(retention), { timeout: 5_000 })
    const table = page.getByRole('table', { name: 'Who came back' })
    const shares = async () => (await cellsOf(table)).map((row) => row.slice(1))
    await vi.waitFor(
      async () =>
        expect(await shares()).toEqual([
          ['7', '100%', '50%', '16.7%', '25%'],
          ['4', '100%', '50%', '25%', '25%'],
          ['2', '100%', '50%', '0%', '0%* not over yet'],
          ['1', '100%', '0%* not over yet', '–', '–'],
        ]),
      { timeout: 10_000 },
    )
    await page.getByRole('button', { name: 'People', exact: true }).click()
    await vi.waitFor(async () => expect((await shares())[1]).toEqual(['4', '4', '2', '1', '1']), { timeout: 5_000 })
    await closing(page)
  })

  test('counts those alone whose first event fits a condition, which a click takes away again', async () => {
    const page = await rig.open(`/retention?ask=${ask(retention)}`)
    const count = page.getByRole('table', { name: 'Who came back' }).locator('tbody tr').first().locator('td').first()
    await vi.waitFor(async () => expect(await count.textContent()).toBe('7'), { timeout: 10_000 })
    const group = page.getByRole('group', { name: 'People who did' })
    await group.getByRole('button', { name: 'People who did: add filter' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add filter' })
    await dialog.getByLabel('Property').selectOption('userId')
    await dialog.getByLabel('Condition').selectOption('set')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await page.getByText('Nobody did this for the first time in this range.').waitFor()
    await group.getByRole('button', { name: /^Remove filter/ }).click()
    await vi.waitFor(async () => expect(await count.textContent()).toBe('7'), { timeout: 10_000 })
    await closing(page)
  })

  test('a shared address asks the same question, in brackets and for later days, and its files hold what shows', async () => {
    const page = await rig.open(`/retention?ask=${ask({ ...retention, mode: 'on_or_after', brackets: [1, 3] })}`)
    const table = page.getByRole('table', { name: 'Who came back' })
    await table.waitFor()
    expect(await table.locator('thead th').allInnerTexts()).toEqual(['Began on', 'People', 'Day 1+', 'Day 3+'])
    expect((await cellsOf(table))[1]?.slice(1)).toEqual(['4', '75%', '25%'])
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download as JSON: Who came back' }).click()
    const chunks: Buffer[] = []
    for await (const chunk of await (await download).createReadStream()) chunks.push(Buffer.from(chunk))
    const rows = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>[]
    expect(rows[1]).toMatchObject({ People: 4, 'Day 1+': 0.75, 'Day 3+': 0.25, 'Not over yet': '' })
    await page.getByRole('button', { name: 'Why this number: Who came back' }).click()
    await page.getByRole('dialog').getByText('or in any later one').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Show as table' }).click()
    expect(await cellsOf(page.getByRole('table', { name: 'Average of all' }))).toEqual([
      ['Day 1+', '66.7%'],
      ['Day 3+', '25%'],
    ])
    await closing(page)
  })

  test('an address that makes no sense shows the first question', async () => {
    const page = await rig.open('/retention?ask=%7B%22unit%22%3A%22eon%22%7D')
    const problems = collectProblems(page)
    await page.getByRole('table', { name: 'Who came back' }).waitFor()
    expect(await page.getByLabel('People who did: event').inputValue()).toBe('')
    await page.goto(`${rig.url}/retention?ask=${ask({ start: { event: 'Never' } })}`)
    await page.getByText('Nobody did this for the first time in this range.').waitFor()
    expect(problems).toEqual([])
    await closing(page)
  })
})

describe('paths', () => {
  test('say what came after a page, visit by visit, as a stream and as a table', async () => {
    const page = await rig.open(`/paths?ask=${ask({ steps: 3 })}`)
    const flow = page.getByRole('group', { name: 'The steps of these visits' })
    const start = flow.getByRole('button', { name: '/ 5 visits, step 1. Begin with it' })
    await start.click()
    await page.getByRole('heading', { name: '6 visits' }).waitFor()
    await flow.getByRole('button', { name: '/ 6 visits, step 1. Begin with it' }).waitFor()
    expect(askOf(page)).toMatchObject({ steps: 3, anchor: { where: [{ field: 'type' }, { values: ['/'] }] } })
    await page.getByRole('button', { name: 'Show as table' }).click()
    const end = 'the visit’s end'
    expect(await cellsOf(page.getByRole('table', { name: 'Steps of visits' }))).toEqual([
      ['1', '/', '/tents', '3', '50%'],
      ['1', '/', end, '2', '33.3%'],
      ['1', '/', '/pricing', '1', '16.7%'],
      ['2', '/tents', '/cart', '2', '33.3%'],
      ['2', '/tents', end, '1', '16.7%'],
      ['2', '/pricing', end, '1', '16.7%'],
      ['3', '/cart', 'Bought', '1', '16.7%'],
      ['3', '/cart', end, '1', '16.7%'],
    ])
    await closing(page)
  })

  test('are walked by keyboard, back from an event', async () => {
    const page = await rig.open(`/paths?ask=${ask({ anchor: { event: 'Bought' }, direction: 'backward', steps: 2 })}`)
    const cart = page.getByRole('button', { name: '/cart 1 visit, step 2. Begin with it' })
    await cart.focus()
    expect(await page.locator('.flow-link.is-lit').count()).toBe(2)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '2 visits' }).waitFor()
    await page.getByRole('button', { name: '/ 2 visits, step 3. Begin with it' }).waitFor()
    const left = await page.getByRole('button', { name: /step 3\./ }).boundingBox()
    const right = await page.getByRole('button', { name: /step 1\./ }).boundingBox()
    expect(left?.x).toBeLessThan(right?.x ?? 0)
    await page.getByRole('button', { name: /^Why this number/ }).click()
    await page.getByRole('dialog').getByText('Visits that hold the event to end with').waitFor()
    await closing(page)
  })

  test('tell what is empty, and that a visit has no other step', async () => {
    const page = await rig.open(`/paths?ask=${ask({ anchor: { event: 'Never' } })}`)
    await page.getByText('No visit in this range has such an event.').waitFor()
    await page.goto(`${rig.url}/paths?ask=${ask({ anchor: { event: 'Bought' } })}`)
    await page.getByText('None of these visits has another step.').waitFor()
    await closing(page)
  })
})

describe('people by what they did', () => {
  test('are those who did and did not, with their traits, and as many as are told', async () => {
    const page = await rig.open('/people')
    await page.getByRole('button', { name: 'By what they did' }).click()
    await page.getByLabel('Condition 1: event').selectOption('Upgraded')
    await page.getByRole('heading', { name: '2 people' }).waitFor()
    await page.getByText('exact count').waitFor()
    const list = page.getByRole('region', { name: 'People', exact: true })
    const names = async () => (await list.locator('strong').allInnerTexts()).sort()
    expect(await names()).toEqual(['Ann', 'Cyd'])

    await page.getByRole('button', { name: 'Add filter', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Property').selectOption('traits.plan')
    await dialog.getByLabel('Values, separated by commas').fill('pro')
    await dialog.getByRole('button', { name: 'Apply' }).click()
    await page.getByRole('heading', { name: '1 person' }).waitFor()
    expect(await names()).toEqual(['Ann'])

    await page.getByLabel('Condition 1: how often').selectOption('never')
    await page.getByText('Out of everybody who did anything in this range.').waitFor()
    await vi.waitFor(async () => expect(await names()).toEqual(['Bob']), { timeout: 10_000 })

    // The address is the whole question.
    await page.reload()
    await page.getByRole('heading', { name: '1 person' }).waitFor()
    await page.getByRole('link', { name: /Bob/ }).waitFor()
    await closing(page)
  })

  test('are found by keyboard, by how often they did something', async () => {
    const page = await rig.open('/people?who=did')
    const problems = collectProblems(page)
    const visitors = async () =>
      (await page.getByRole('region', { name: 'People', exact: true }).locator('strong').allInnerTexts()).sort()
    const are = (...expected: string[]) =>
      vi.waitFor(async () => expect(await visitors()).toEqual(expected.map((each) => `Visitor ${each}`)), {
        timeout: 10_000,
      })
    await page.getByRole('heading', { name: '16 people' }).waitFor()
    await choose(page, 'Condition 1: event', 'Ordered')
    await are('a', 'b', 'c', 'e')
    await typeInto(page, /^Condition 1: number of times/, '2')
    await are('a')
    await choose(page, 'Condition 1: how often', 'exactly')
    await are('a')
    await typeInto(page, /^Condition 1: number of times/, '1')
    await are('b', 'c', 'e')
    await pressOn(page, 'Add condition')
    await vi.waitFor(async () => expect(await focused(page)).toBe('Condition 2: event'), { timeout: 5_000 })
    await choose(page, 'Condition 2: event', 'Joined')
    await choose(page, 'Condition 2: how often', 'never')
    await page.getByText('Nobody in this range fits.').waitFor()
    await pressOn(page, 'Remove condition 2')
    await vi.waitFor(async () => expect(await focused(page)).toBe('Add condition'), { timeout: 5_000 })
    await are('b', 'c', 'e')
    expect(askOf(page)).toEqual({ counts: [{ event: 'Ordered', times: 'exactly', count: 1 }] })
    await page.reload()
    await are('b', 'c', 'e')
    expect(problems).toEqual([])
    await closing(page)
  })

  test('are told in all, however many are listed, and as an older address asks for them', async () => {
    const page = await rig.open(
      `/people?who=did&ask=${ask({ did: { event: 'Joined' }, didNot: { event: 'Ordered' } })}`,
    )
    await page.getByRole('heading', { name: '3 people' }).waitFor()
    expect(await page.getByLabel('Condition 2: how often').inputValue()).toBe('never')
    await page.getByRole('button', { name: 'Why this number: People' }).click()
    await page.getByRole('dialog').getByText('exact', { exact: true }).waitFor()
    await closing(page)
  })

  test('are nobody, where nobody fits, and an address that makes no sense asks for all', async () => {
    const page = await rig.open(`/people?who=did&ask=${ask({ did: { event: 'Never' } })}`)
    await page.getByText('Nobody in this range fits.').waitFor()
    await page.goto(`${rig.url}/people?who=did&ask=${ask({ did: 7 })}`)
    await page.getByRole('heading', { name: '16 people' }).waitFor()
    await closing(page)
  })
})

describe('a person', () => {
  let profileId = ''
  beforeAll(async () => {
    await sendTwin(rig.url, Date.now())
    const api = createApi(rig.url)
    await vi.waitFor(async () => expect((await api.person('twin')).anonymousIds).toHaveLength(2), {
      timeout: 20_000,
      interval: 100,
    })
    profileId = (await api.person('twin')).profileId
  })

  test('has traits that tell what they were before, and since when', async () => {
    const page = await rig.open(`/people/${profileId}`)
    const history = page.getByText('1 value before')
    await history.click()
    const lines = (await page.locator('.history li').allInnerTexts()).map((text) => text.split(' since ')[0])
    expect(lines).toEqual(['pro', 'free'])
    expect(await page.locator('.history').count()).toBe(1)
    await closing(page)
  })

  test('comes apart into two when a tie is undone, once it was said what that does', async () => {
    const page = await rig.open(`/people/${profileId}`)
    const undo = page.getByRole('button', { name: 'Undo that second-device and twin are one person' })
    await undo.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Are these not the same person?' })
    await dialog.getByText('The device second-device will no longer belong to twin.').waitFor()
    expect(await findViolations(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect((await createApi(rig.url).person('twin')).anonymousIds).toHaveLength(2)

    await undo.click()
    await dialog.getByRole('button', { name: 'Yes, take them apart' }).click()
    await page.getByText('second-device and twin are two people now.').waitFor({ timeout: 10_000 })
    const journey = page.getByRole('region', { name: 'Journey' })
    await journey.getByText('/tents', { exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Show second-device' }).click()
    await page.getByRole('link', { name: /^Visitor second-devi/ }).waitFor()
    await page.getByRole('searchbox').fill('')
    await page.getByRole('link', { name: /^Twin/ }).waitFor()
    await page.getByRole('link', { name: /^Visitor second-devi/ }).waitFor()
    await closing(page)
  })
})

const frequent = {
  counts: [
    { event: 'Joined', times: 'at_least', count: 1 },
    { event: 'Ordered', times: 'at_most', count: 12, where: [{ field: 'path', operator: 'not_set' }] },
    { event: 'Upgraded', times: 'exactly', count: 0 },
  ],
}

test('no page has a serious problem of access, scrolls sideways or makes the browser complain', async () => {
  const page = await rig.open('/live')
  const { profileId } = await createApi(rig.url).person('first-device')
  const paths = {
    retention: `/retention?ask=${ask(retention)}`,
    paths: '/paths',
    'paths-table': '/paths?view=table',
    person: `/people/${profileId}`,
    segment: `/people?who=did&ask=${ask(frequent)}`,
    rare: `/people?who=did&ask=${ask({ counts: [{ event: 'Ordered', times: 'at_most', count: 1 }] })}`,
  }
  const isThere = (page: Page) => page.getByRole('heading', { level: 2 }).first().waitFor()
  await inspectAll(rig, page, { paths, isThere, isWhole: () => true })
  await closing(page)
})
