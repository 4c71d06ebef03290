import { describe, expect, test } from 'vitest'
import { createAnalytics } from '../src/index.ts'
import { createBrowser, namesOf, type TestBrowser, type TestPage } from './support/browser.ts'

/** A page that has an event it can't deliver. */
async function stuck(browser: TestBrowser, event: string): Promise<TestPage> {
  const page = browser.open()
  browser.server.answer = () => ({ status: 503 })
  page.analytics.track(event)
  await browser.clock.advance(1_000)
  browser.server.answer = () => undefined
  return page
}

describe.each([
  ['Web Locks', true],
  ['leases', false],
])('several tabs, told apart by %s', (_name, locks) => {
  const start = (): TestBrowser => {
    const browser = createBrowser()
    browser.has.locks = locks
    return browser
  }

  test('each sends its own events and no other tab sends them too', async () => {
    const browser = start()
    const pages = [browser.open(), browser.open(), browser.open()]
    for (const [index, { analytics }] of pages.entries()) analytics.track(`From ${index}`)
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toEqual(['From 0', 'From 1', 'From 2'])
  })

  test('the events of a tab that was closed or crashed are sent by a tab that lives, once', async () => {
    const browser = start()
    browser.open()
    browser.open()
    const page = await stuck(browser, 'Orphan')
    await page.kill()
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
    expect([...browser.stored.keys()].filter((key) => key.includes(':q:'))).toEqual([])
  })

  test('the last tab closed in an outage: the events are delivered on the next visit, by one of two pages', async () => {
    const browser = start()
    const page = await stuck(browser, 'Orphan')
    await page.kill()
    await browser.clock.advance(3_600_000)
    browser.open()
    browser.open()
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
  })

  test('nothing is left in storage of tabs that were inherited from', async () => {
    const browser = start()
    for (const name of ['One', 'Two', 'Three']) await (await stuck(browser, name)).kill()
    const heir = browser.open()
    await browser.clock.advance(600_000)
    await heir.leave()
    expect([...browser.stored.keys()].map((key) => key.split(':')[2])).toEqual(['id', 'session'])
  })

  test('an heir that dies is inherited from in turn', async () => {
    const browser = start()
    const first = await stuck(browser, 'Orphan')
    browser.server.answer = () => ({ status: 503 })
    await first.kill()
    const second = browser.open()
    await browser.clock.advance(300_000)
    await second.kill()
    browser.server.answer = () => undefined
    browser.open()
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
  })

  test('an heir of a full storage keeps the events it takes over', async () => {
    const browser = start()
    const page = await stuck(browser, 'Orphan')
    await page.kill()
    browser.storage.maxCharacters = [...browser.stored].reduce((sum, [key, text]) => sum + key.length + text.length, 0)
    browser.server.answer = () => ({ status: 503 })
    const heir = browser.open()
    await browser.clock.advance(300_000)
    await heir.kill()
    browser.server.answer = () => undefined
    browser.open()
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toEqual(['Orphan'])
  })
})

test('a tab that slept through its lease finds its events taken over and does not send them again', async () => {
  const browser = createBrowser()
  browser.has.locks = false
  const sleeper = await stuck(browser, 'Sleeping')
  await sleeper.leave({ frozen: true }) // gives up its lease
  const heir = browser.open()
  await browser.clock.advance(60_000)
  await sleeper.restore()
  sleeper.analytics.track('Awake')
  heir.analytics.track('Heir')
  await browser.clock.advance(600_000)
  expect(namesOf(browser.server.taken)).toEqual(['Awake', 'Heir', 'Sleeping'])
})

test('keys of other writers of the same site are left alone', async () => {
  const browser = createBrowser()
  browser.stored.set('trailstitch:other:q:tab:00000000', '{"not":"ours"}')
  browser.stored.set('cart', '[]')
  const { analytics } = browser.open()
  analytics.track('One')
  await browser.clock.advance(60_000)
  expect(browser.stored.get('trailstitch:other:q:tab:00000000')).toBe('{"not":"ours"}')
  expect(browser.stored.get('cart')).toBe('[]')
  expect(namesOf(browser.server.taken)).toEqual(['One'])
})

test('a page whose first lock takes its time is not taken for one that is gone', async () => {
  const browser = createBrowser()
  browser.open()
  const page = browser.openEmpty()
  const { locks } = page.window.navigator
  const request = (...given: Parameters<LockManager['request']>): Promise<unknown> =>
    new Promise((resolve) => browser.clock.setTimer(() => resolve(locks.request(...given)), 300))
  Object.assign(page.window.navigator, { locks: { request } })
  createAnalytics({ writeKey: 'wk', endpoint: 'https://t.example' }, page.window).track('From a page that begins')
  await browser.clock.advance(600_000)
  expect(namesOf(browser.server.taken)).toEqual(['From a page that begins'])
})
