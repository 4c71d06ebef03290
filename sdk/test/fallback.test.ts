import { expect, test } from 'vitest'
import { createConsented, type StorageFallback } from '../src/index.ts'
import { indexedDbFallback } from '../src/plugins/index.ts'
import { createBrowser, namesOf, type TestBrowser, type TestPage } from './support/browser.ts'

/** What IndexedDB is to the pages of a browser: each thing is done a little later, in order. */
function createShared(): { stored: Map<string, string>; fallback: StorageFallback } {
  const stored = new Map<string, string>()
  const later = (work: () => void): void => void setImmediate(work)
  const fallback: StorageFallback = () => {
    const written = new Map<string, string>()
    return {
      keep(key, value) {
        if (key.includes(':q:')) later(() => stored.set(key, value) && written.set(key, value))
      },
      remove: (key) => later(() => stored.delete(key)),
      has: (key) => written.has(key),
      read: (prefix) =>
        new Promise((resolve) => later(() => resolve([...stored].filter(([key]) => key.startsWith(prefix))))),
      clear: () => later(() => stored.clear()),
    }
  }
  return { stored, fallback }
}

const down = (browser: TestBrowser, isDown: boolean): void => {
  // So long that a page which is left tries nothing.
  browser.server.answer = () => (isDown ? { status: 503, headers: { 'retry-after': '300' } } : undefined)
}

/** A page of a full storage that has an event it can't deliver. */
async function stuck(browser: TestBrowser, fallback: StorageFallback): Promise<TestPage> {
  browser.storage.maxCharacters = 0
  down(browser, true)
  const page = browser.open({ fallback })
  page.analytics.track('Orphan')
  await browser.clock.advance(2_000)
  return page
}

test('events of a page that is gone are delivered by a later one, and leave the fallback', async () => {
  const [browser, { stored, fallback }] = [createBrowser(), createShared()]
  const page = await stuck(browser, fallback)
  expect([...stored.values()].join()).toContain('Orphan')
  await page.kill()
  down(browser, false)
  browser.open({ fallback })
  await browser.clock.advance(900_000)
  expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
  expect([...stored]).toEqual([])
})

test('a tab that waits for its turn reads anew: what was delivered meanwhile is not sent again', async () => {
  const [browser, { stored, fallback }] = [createBrowser(), createShared()]
  const page = await stuck(browser, fallback)
  browser.open({ fallback })
  await browser.clock.advance(5_000)
  expect(stored.size).toBe(1)
  down(browser, false)
  await browser.clock.advance(900_000)
  const sent = browser.server.requests.length
  await page.kill()
  await browser.clock.advance(900_000)
  expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
  expect(browser.server.requests.length).toBe(sent)
})

test('a page that comes back leaves its events to the tab that took them over', async () => {
  const [browser, { fallback }] = [createBrowser(), createShared()]
  const sleeper = await stuck(browser, fallback)
  await sleeper.leave({ frozen: true })
  down(browser, false)
  browser.open({ fallback })
  await browser.clock.advance(60_000)
  const sent = browser.server.requests.length
  await sleeper.restore()
  await browser.clock.advance(900_000)
  expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
  expect(browser.server.requests.length).toBe(sent)
})

test('once local storage has room again, the fallback is not needed', async () => {
  const [browser, { stored, fallback }] = [createBrowser(), createShared()]
  const { analytics } = await stuck(browser, fallback)
  browser.storage.maxCharacters = Number.POSITIVE_INFINITY
  analytics.track('Next')
  await browser.clock.advance(900_000)
  expect([...browser.stored.values()].join()).toContain('Next')
  expect([...stored]).toEqual([])
})

test('who says no has nothing left there', async () => {
  const [browser, { stored, fallback }] = [createBrowser(), createShared()]
  await (await stuck(browser, fallback)).kill()
  expect(stored.size).toBe(1)
  const { window } = browser.openEmpty()
  createConsented({ writeKey: 'wk', endpoint: 'https://t.example', fallback }, window).optOut()
  await browser.clock.advance(1_000)
  expect([...stored]).toEqual([])
})

test.each([
  ['is missing', undefined],
  [
    'throws',
    () => {
      throw new DOMException('denied', 'SecurityError')
    },
  ],
])('IndexedDB that %s: events wait in memory, as without it', async (_name, open) => {
  const browser = createBrowser()
  browser.storage.maxCharacters = 0
  const page = browser.openEmpty()
  Object.assign(page.window, open && { indexedDB: { open } })
  const fallback = indexedDbFallback()
  const own = fallback(page.window as never, 'trailstitch:wk:')
  expect(own === undefined).toBe(open === undefined)
  own?.keep('trailstitch:wk:q:tab', 'event')
  own?.remove('trailstitch:wk:q:tab')
  own?.clear()
  expect(await own?.read('trailstitch:wk:q:')).toEqual(open && [])
  expect(own?.has('trailstitch:wk:q:tab')).not.toBe(true)
})
