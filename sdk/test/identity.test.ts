import { expect, test } from 'vitest'
import { createBrowser } from './support/browser.ts'

test('the visitor is the same in all tabs and on later visits', async () => {
  const browser = createBrowser()
  const first = browser.open()
  const id = first.analytics.anonymousId()
  expect(browser.open().analytics.anonymousId()).toBe(id)
  await first.kill()
  expect(browser.open().analytics.anonymousId()).toBe(id)
})

test('the cookie brings the visitor back when storage was cleared, and storage when the cookie was', () => {
  const browser = createBrowser()
  const id = browser.open().analytics.anonymousId()
  expect(browser.cookies.get('trailstitch_id')).toBe(id)
  browser.stored.clear()
  expect(browser.open().analytics.anonymousId()).toBe(id)
  browser.cookies.clear()
  expect(browser.open().analytics.anonymousId()).toBe(id)
})

test('who comes back keeps the visitor for another year', async () => {
  const browser = createBrowser()
  const first = browser.open()
  first.analytics.track('One')
  await first.kill()
  await browser.clock.advance(31 * 60_000)
  const { analytics } = browser.open()
  const id = analytics.anonymousId()
  browser.givenCookies.length = 0
  analytics.track('Two')
  expect(browser.givenCookies.map(([name]) => name)).toContain('trailstitch_id')
  expect([analytics.anonymousId(), browser.cookies.get('trailstitch_id')]).toEqual([id, id])
})

test('identify holds for later events and pages, until reset makes a new visitor', async () => {
  const browser = createBrowser()
  const { analytics } = browser.open()
  const id = analytics.anonymousId()
  analytics.identify('u-1')
  browser.open().analytics.track('Signed in')
  analytics.reset()
  analytics.track('Signed out')
  await browser.clock.advance(60_000)
  const people = browser.server.taken.map((event) => [event.event, event.userId, event.anonymousId === id])
  expect(people).toContainEqual(['Signed in', 'u-1', true])
  expect(people).toContainEqual(['Signed out', undefined, false])
  expect(browser.cookies.get('trailstitch_id')).toBe(analytics.anonymousId())
})

test('a reset in one tab counts in the others', () => {
  const browser = createBrowser()
  const [one, two] = [browser.open(), browser.open()]
  one.analytics.identify('u-1')
  expect(two.analytics.anonymousId()).toBe(one.analytics.anonymousId())
  one.analytics.reset()
  expect(two.analytics.anonymousId()).toBe(one.analytics.anonymousId())
})

test('cookies are for the widest domain that the browser allows, which is looked for once a page', () => {
  const browser = createBrowser()
  browser.publicDomains.push('co.example')
  const { analytics } = browser.open({}, 'https://www.shop.co.example/')
  analytics.track('Seen')
  expect(browser.givenCookies).toEqual([
    ['trailstitch_id', 'co.example'],
    ['trailstitch_id', 'shop.co.example'],
    ['trailstitch_session', 'shop.co.example'],
    ['trailstitch_id', 'shop.co.example'],
  ])
  expect([...browser.cookies.keys()]).toEqual(['trailstitch_id', 'trailstitch_session'])
})
