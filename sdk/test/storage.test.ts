import { expect, test } from 'vitest'
import { createBrowser, namesOf } from './support/browser.ts'

test.each([
  ['blocked', { blocked: true }],
  ['full', { maxCharacters: 0 }],
])('storage that is %s: events are kept in memory, tried again and delivered', async (_name, state) => {
  const browser = createBrowser()
  Object.assign(browser.storage, state)
  browser.server.answer = () => ({ status: 503 })
  const { analytics, dropped } = browser.open()
  analytics.identify('u-1')
  analytics.track('One')
  await browser.clock.advance(60_000)
  browser.server.answer = () => undefined
  await browser.clock.advance(600_000)
  expect(namesOf(browser.server.taken)).toEqual(['One', 'identify'])
  const people = new Set(browser.server.taken.map(({ anonymousId, userId }) => `${anonymousId} ${userId}`))
  expect(people).toEqual(new Set([`${analytics.anonymousId()} u-1`]))
  expect(dropped).toEqual([])
})

test('storage that is blocked and a page that is left: what waits goes out with it', async () => {
  const browser = createBrowser()
  browser.storage.blocked = true
  const page = browser.open()
  page.analytics.track('One')
  await page.leave()
  expect(namesOf(browser.server.taken)).toEqual(['One'])
})

test('storage that fills up on the way keeps what it has and nothing is lost', async () => {
  const browser = createBrowser()
  const page = browser.open()
  browser.server.answer = () => ({ status: 503 })
  browser.storage.maxCharacters = 3_000
  for (let index = 0; index < 20; index++) page.analytics.track('Event')
  await browser.clock.advance(10_000)
  browser.server.answer = () => undefined
  await browser.clock.advance(600_000)
  expect(browser.server.taken).toHaveLength(20)
})

test('storage cleared by the page loses no event of a page that lives', async () => {
  const browser = createBrowser()
  const page = browser.open()
  page.analytics.track('One')
  browser.stored.clear()
  await browser.clock.advance(60_000)
  expect(namesOf(browser.server.taken)).toEqual(['One'])
})
