import { describe, expect, test } from 'vitest'
import { createBrowser, namesOf, type TestPage } from './support/browser.ts'

const trackMany = ({ analytics }: TestPage, count: number, characters = 10): void => {
  for (let index = 0; index < count; index++)
    analytics.track(`E${String(index).padStart(3, '0')}`, { text: 'x'.repeat(characters) })
}
const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `E${String(index).padStart(3, '0')}`)

describe('leaving the page', () => {
  test('sends what waits in one request that outlives the page', async () => {
    const browser = createBrowser()
    const page = browser.open()
    trackMany(page, 10)
    await page.leave()
    expect(browser.server.requests.map(({ keepalive, events }) => [keepalive, events.length])).toEqual([[true, 10]])
  })

  test('the next page learns that it arrived, and sends nothing twice', async () => {
    const browser = createBrowser()
    const page = browser.open()
    trackMany(page, 10)
    await page.leave()
    const next = browser.open()
    next.analytics.track('Next')
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual([...names(10), 'Next'])
    expect([...browser.stored.keys()].filter((key) => key.includes(':q:'))).toEqual([])
  })

  test.each([
    ['a collector that is down', { status: 503 }],
    ['no connection', 'network error' as const],
    ['a collector that is too busy', { status: 429 }],
  ])('%s as the page goes: the next page sends the events', async (_name, reply) => {
    const browser = createBrowser()
    const page = browser.open()
    trackMany(page, 10)
    browser.server.answer = () => reply
    await page.leave()
    browser.server.answer = () => undefined
    browser.open()
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(names(10))
  })

  test('a collector that does not say what it knows gets the events again, and tells them apart by messageId', async () => {
    const browser = createBrowser()
    browser.server.confirms = false
    const page = browser.open()
    trackMany(page, 3)
    await page.leave()
    browser.open()
    await browser.clock.advance(60_000)
    expect(browser.server.taken).toHaveLength(6)
    expect(new Set(browser.server.taken.map(({ messageId }) => messageId)).size).toBe(3)
  })

  test('what is over the budget for such requests waits for the next page', async () => {
    const browser = createBrowser()
    const page = browser.open({ flushAt: 1_000 })
    trackMany(page, 100, 1_200)
    await page.leave()
    const sent = browser.server.requests.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(sent).toBeLessThanOrEqual(60_000)
    expect(sent).toBeGreaterThan(50_000)
    browser.open()
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(names(100))
    expect(browser.server.requests.length).toBeLessThanOrEqual(5)
  })

  test('a request in flight counts against the budget', async () => {
    const browser = createBrowser()
    const page = browser.open({ flushAt: 20 })
    browser.server.answer = () => 'silence'
    trackMany(page, 20, 1_200)
    await browser.clock.advance(0)
    trackMany(page, 50, 1_200)
    await page.leave()
    const inFlight = browser.server.requests.reduce((sum, { bytes }) => sum + bytes, 0)
    expect(browser.server.requests.length).toBe(2)
    expect(inFlight).toBeLessThanOrEqual(60_000)
  })

  test('events that are only in memory go first', async () => {
    const browser = createBrowser()
    const page = browser.open({ flushAt: 1_000 })
    trackMany(page, 60, 1_200)
    browser.storage.maxCharacters = 0
    page.analytics.track('Unstored')
    await page.leave()
    expect(browser.server.requests[0]?.events[0]).toMatchObject({ event: 'Unstored' })
  })

  test('a browser without keepalive uses sendBeacon', async () => {
    const browser = createBrowser()
    browser.has.keepalive = false
    const page = browser.open()
    trackMany(page, 3)
    await page.leave()
    expect(browser.server.requests.map(({ viaBeacon }) => viaBeacon)).toEqual([true])
    browser.open()
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(names(3))
  })

  test('a beacon sent from a page that lives on is asked about by that page', async () => {
    const browser = createBrowser()
    browser.has.keepalive = false
    const page = browser.open()
    browser.server.answer = ({ viaBeacon }) => (viaBeacon ? { status: 503 } : undefined)
    trackMany(page, 3)
    await page.hide()
    await page.show()
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(names(3))
  })

  test('events tracked while the page goes away are not lost', async () => {
    const browser = createBrowser()
    const page = browser.open()
    page.fire('pagehide')
    trackMany(page, 2)
    await page.leave()
    browser.open()
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(names(2))
  })
})

describe('a page that is hidden and comes back', () => {
  test('has sent what waited and goes on', async () => {
    const browser = createBrowser()
    const page = browser.open()
    trackMany(page, 2)
    await page.hide()
    expect(namesOf(browser.server.taken)).toEqual(names(2))
    await page.show()
    page.analytics.track('Later')
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual([...names(2), 'Later'])
  })

  test('from the back-forward cache goes on under a new name and loses and doubles nothing', async () => {
    const browser = createBrowser()
    const page = browser.open()
    browser.server.answer = () => ({ status: 503, headers: { 'retry-after': '1' } })
    page.analytics.track('Before')
    await browser.clock.advance(1_000)
    page.analytics.track('Also before')
    await page.leave({ frozen: true })
    browser.server.answer = () => undefined
    await browser.clock.advance(10_000)
    await page.restore()
    page.analytics.track('After')
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(['After', 'Also before', 'Before'])
  })

  test('from the back-forward cache finds that another page has sent its events', async () => {
    const browser = createBrowser()
    const page = browser.open()
    browser.server.answer = () => ({ status: 503, headers: { 'retry-after': '1' } })
    page.analytics.track('Before')
    await browser.clock.advance(1_000)
    await page.leave({ frozen: true })
    browser.server.answer = () => undefined
    const next = browser.open()
    await browser.clock.advance(10_000)
    expect(namesOf(browser.server.taken)).toEqual(['Before'])
    await next.leave()
    await page.restore()
    await browser.clock.advance(60_000)
    expect(namesOf(browser.server.taken)).toEqual(['Before'])
  })
})
