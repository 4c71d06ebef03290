import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { pressOn } from './dashboard/keyboard.ts'
import { collectProblems, createRig, type Rig } from './dashboard/rig.ts'
import { adminToken } from './support/data-folder.ts'

let rig: Rig
let page: Page
let base = ''
let problems: string[]

async function send<T>(path: string, body?: object): Promise<T> {
  const response = await fetch(`${rig.url}/api/v1${path}`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { authorization: `Bearer ${adminToken}`, ...(body && { 'content-type': 'application/json' }) },
  })
  expect([path, response.status]).toEqual([path, 200])
  return (await response.json()) as T
}

beforeAll(async () => {
  rig = await createRig()
  const { items } = await send<{ items: { id: string }[] }>('/projects')
  base = `/projects/${items[0]?.id}`
  page = await rig.open('/')
  problems = collectProblems(page)
})
afterAll(async () => {
  expect(problems).toEqual([])
  await rig.close()
})

/** What has the focus: its element and what that is called. */
const focusIs = (element: string, name: string) =>
  vi.waitFor(
    async () =>
      expect(
        await page.evaluate(() => {
          const { tagName = '', textContent = '' } = document.activeElement ?? {}
          return [tagName, document.activeElement?.getAttribute('aria-label') ?? textContent]
        }),
      ).toEqual([element, name]),
    { timeout: 10_000 },
  )

/** Presses a button of a row, and the one of the same name that is asked back. */
async function confirm(button: string, action: string): Promise<void> {
  await pressOn(page, button)
  await page.getByRole('dialog').waitFor()
  await pressOn(page, action)
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

test('with a key that is revoked the focus goes to the list, with the last one to its heading', async () => {
  for (const name of ['First', 'Second']) await send(`${base}/api-keys`, { name, scopes: ['read'] })
  await page.goto(`${rig.url}/settings?tab=api-keys`)
  await page.getByRole('button', { name: 'Revoke: First' }).waitFor()
  await confirm('Revoke: First', 'Revoke')
  await page.getByText('First', { exact: true }).waitFor({ state: 'detached' })
  await focusIs('SECTION', 'API keys')
  await confirm('Revoke: Second', 'Revoke')
  await page.getByText('There are no API keys.').waitFor()
  await focusIs('H2', 'API keys')
})

test('so it is with the token of an embedded chart', async () => {
  const queries = [{ type: 'overview', from: 0, to: 1, top: 1 }]
  await send(`${base}/embed-tokens`, { name: 'Blog', queries, origins: ['https://blog.example'] })
  await page.goto(`${rig.url}/settings?tab=embed`)
  const revoke = page.getByRole('button', { name: 'Revoke: Blog' })
  await revoke.waitFor()
  await confirm('Revoke: Blog', 'Revoke')
  await revoke.waitFor({ state: 'detached' })
  await focusIs('H2', 'Charts on other pages')
})

test('so it is with rules and invitations, which go at once', async () => {
  await send(`${base}/excludes`, { name: 'Us', condition: { field: 'userId', operator: 'is', values: ['us'] } })
  await page.goto(`${rig.url}/settings?tab=traffic`)
  await page.getByRole('button', { name: 'Undo: Us' }).waitFor()
  await pressOn(page, 'Undo: Us')
  await page.getByText('No rules: everything counts').waitFor()
  await focusIs('H2', 'Internal traffic')

  await send(`${base}/invitations`, { email: 'late@example.com', role: 'viewer' })
  await page.goto(`${rig.url}/settings?tab=members`)
  await page.getByRole('button', { name: 'Revoke: late@example.com' }).waitFor()
  await pressOn(page, 'Revoke: late@example.com')
  await page.getByText('No invitation is open.').waitFor()
  await focusIs('H2', 'Invite somebody')
})

test('a report that is deleted, and a link that is ended, leave the focus at their headings', async () => {
  const { id } = await send<{ id: string }>(`${base}/reports`, { name: 'One', page: '/', search: '' })
  await send(`${base}/reports`, { name: 'Other', page: '/', search: '' })
  const queries = [{ type: 'overview', from: 0, to: 1, top: 1 }]
  await send(`${base}/shares`, { report: id, search: '', queries, range: 'movable' })
  await page.goto(`${rig.url}/reports`)
  const revoke = page.getByRole('button', { name: /^End the link/ })
  await revoke.waitFor()
  await pressOn(page, /^End the link/)
  await revoke.waitFor({ state: 'detached' })
  await focusIs('H2', 'Links to reports')
  for (const name of ['Other', 'One']) {
    const button = page.getByRole('button', { name: `Delete ${name}` })
    await button.waitFor()
    await confirm(`Delete ${name}`, 'Delete')
    await button.waitFor({ state: 'detached' })
    await focusIs('H1', 'Saved reports')
  }
})
