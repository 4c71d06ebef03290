import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { collectProblems, findViolations, type Rig } from './rig.ts'

/** Kept out of git, for whoever wants to look. */
const pictures = fileURLToPath(new URL('../../dashboard/dist/screenshots/', import.meta.url))

/** How people see the dashboard, as `describe.each` takes it: a name, and the options of a browser. */
export const looks = [
  ['light', { colorScheme: 'light', viewport: { width: 1280, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1280, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
] as const
export type Look = (typeof looks)[number][1]

export async function takePicture(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png`, ...options })
}

/** Once all is loaded: no serious problem of access, nothing that scrolls sideways, and a picture of it. */
export async function inspect(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  await page.getByText('Loading').first().waitFor({ state: 'detached' })
  expect([name, await findViolations(page)]).toEqual([name, []])
  expect([name, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)]).toEqual([name, 0])
  await takePicture(page, name, options)
}

interface Tour {
  /** Addresses by the names that their pictures have, before the name of the look. */
  paths: Readonly<Record<string, string>>
  /** Waits until the page of that name is there. Default: until it has its main heading. */
  isThere?: (page: Page, name: string) => Promise<unknown>
  /** Of which pages the picture is as long as the page. Default: of none. */
  isWhole?: (name: string) => boolean
}

const hasHeading = (page: Page) => page.getByRole('heading', { level: 1, includeHidden: true }).waitFor()

/** Goes to one address after the other, and inspects each; the browser must not complain meanwhile. */
export async function inspectAll(rig: Rig, page: Page, look: string, tour: Tour): Promise<void> {
  const { paths, isThere = hasHeading, isWhole = () => false } = tour
  const problems = collectProblems(page)
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(rig.url + path)
    await isThere(page, name)
    await inspect(page, `${name}-${look}`, { fullPage: isWhole(name) })
  }
  expect(problems).toEqual([])
}
