import type { Page } from 'playwright-core'
import { expect, vi } from 'vitest'

/** More steps than any page has until its end. */
const maxSteps = 120
const waitMs = 10_000

/** What the element with the focus is called; empty where none has it. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return ''
    const isField = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement
    const label = isField ? element.labels?.[0]?.textContent : undefined
    return element.getAttribute('aria-label') ?? label ?? element.textContent ?? ''
  })

const fits = (text: string, name: string | RegExp): boolean =>
  typeof name === 'string' ? text === name : name.test(text)

/** Goes on by Tab alone until something of this name has the focus. */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let count = 0; count < maxSteps; count++) {
    if (fits(await focused(page), name)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no way by keyboard to ${name}`)
}

/** Goes to it by Tab, and presses a key there. */
export async function pressOn(page: Page, name: string | RegExp, key = 'Enter'): Promise<void> {
  await tabTo(page, name)
  await page.keyboard.press(key)
}

/** Goes to a field by Tab, and types into it in the place of what it has. */
export async function typeInto(page: Page, name: string | RegExp, text: string): Promise<void> {
  await tabTo(page, name)
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type(text)
}

/** Goes to a list of choices by Tab, and down it by arrows until that choice is made. */
export async function choose(page: Page, name: string | RegExp, choice: string): Promise<void> {
  await tabTo(page, name)
  const chosen = () =>
    page.evaluate(() => {
      const element = document.activeElement
      return element instanceof HTMLSelectElement ? element.selectedOptions[0]?.textContent : undefined
    })
  // Choices come with an answer of the server.
  await vi.waitFor(
    async () => {
      await page.keyboard.press('Home')
      for (let count = 0; count < maxSteps && (await chosen()) !== choice; count++)
        await page.keyboard.press('ArrowDown')
      expect(await chosen()).toBe(choice)
    },
    { timeout: waitMs, interval: 200 },
  )
}
