import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { collectProblems, findViolations, type Rig } from './rig.ts'

/** Kept out of git, for whoever wants to look. */
const pictures = fileURLToPath(new URL('../../dashboard/dist/screenshots/', import.meta.url))

/** How people see the dashboard. The first one is what a browser opens with. */
export const looks = {
  light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const
type Look = (typeof looks)[keyof typeof looks]

export async function takePicture(page: Page, name: string, options: { fullPage?: boolean } = {}): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png`, ...options })
}

async function show(page: Page, { colorScheme, viewport }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme })
  await page.setViewportSize(viewport)
}

interface Inspection {
  /** The picture is as long as the page. Default: as long as the window. */
  fullPage?: boolean
  /** Waits until the page is there. */
  isThere?: () => Promise<unknown>
}

/**
 * In each look, once all is loaded: no serious problem of access, nothing that scrolls sideways, and a picture of it.
 * The page stays what it is and is shown in another look, as by a person who turns to dark mode or narrows the window.
 */
export async function inspect(
  page: Page,
  title: string,
  { fullPage = false, isThere }: Inspection = {},
): Promise<void> {
  for (const [name, look] of Object.entries(looks)) {
    await show(page, look)
    await isThere?.()
    await page.getByText('Loading').first().waitFor({ state: 'detached' })
    const seen = `${title}-${name}`
    expect([seen, await findViolations(page)]).toEqual([seen, []])
    expect([seen, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)]).toEqual([seen, 0])
    await takePicture(page, seen, { fullPage })
  }
  await show(page, looks.light)
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
export async function inspectAll(rig: Rig, page: Page, tour: Tour): Promise<void> {
  const { paths, isThere = hasHeading, isWhole = () => false } = tour
  const problems = collectProblems(page)
  for (const [name, path] of Object.entries(paths)) {
    await page.goto(rig.url + path)
    await inspect(page, name, { fullPage: isWhole(name), isThere: () => isThere(page, name) })
  }
  expect(problems).toEqual([])
}
