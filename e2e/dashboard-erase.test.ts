import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { sendTwin } from './dashboard/returning-traffic.ts'
import { createRig, findViolations, type Rig } from './dashboard/rig.ts'
import { createApi } from './support/api.ts'

/** Kept out of git, for whoever wants to look. */
const pictures = fileURLToPath(new URL('../dashboard/dist/screenshots/', import.meta.url))

let rig: Rig
let profileId = ''
beforeAll(async () => {
  rig = await createRig()
  await sendTwin(rig.url, Date.now())
  const api = createApi(rig.url)
  await vi.waitFor(async () => expect((await api.person('twin')).anonymousIds).toHaveLength(2), {
    timeout: 20_000,
    interval: 100,
  })
  profileId = (await api.person('twin')).profileId
})
afterAll(() => rig?.close())

test('a person is erased by keyboard, once an id was typed, and is gone', async () => {
  mkdirSync(pictures, { recursive: true })
  const page = await rig.open(`/people/${profileId}`)
  const button = page.getByRole('button', { name: 'Erase this person …' })
  await button.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Erase this person for good?' })
  const confirm = dialog.getByRole('button', { name: 'Erase for good' })
  expect(await confirm.isDisabled()).toBe(true)
  expect(await findViolations(page)).toEqual([])
  await page.screenshot({ path: `${pictures}erase-light.png` })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await findViolations(page)).toEqual([])
  await page.screenshot({ path: `${pictures}erase-dark-390.png` })
  await dialog.getByRole('textbox').fill('somebody else')
  await confirm.press('Enter')
  await dialog.getByText('That is none of the ids of this person').waitFor()
  await dialog.getByRole('textbox').fill('twin')
  await confirm.press('Enter')
  await page.getByText('This person is being erased.').waitFor()
  await page.screenshot({ path: `${pictures}erase-running.png`, fullPage: true })
  await vi.waitFor(
    async () => {
      await page.reload()
      await page.getByText('There is no such person.').waitFor({ timeout: 500 })
    },
    { timeout: 50_000, interval: 500 },
  )
  await page.context().close()
}, 90_000)
