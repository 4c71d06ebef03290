import { expect, test } from 'vitest'
import { pageViews } from '../../src/plugins/page-views.ts'
import { type ScrollDepthOptions, scrollDepth } from '../../src/plugins/scroll-depth.ts'
import { createBrowser } from '../support/browser.ts'
import { happen, trackedIn } from '../support/dom.ts'

function start(options?: ScrollDepthOptions) {
  const browser = createBrowser()
  const page = browser.open({ plugins: [pageViews(), scrollDepth(options)] })
  const documentElement = { clientHeight: 100, scrollHeight: 1_000, scrollTop: 0 }
  let measured = 0
  Object.defineProperty(page.window.document, 'documentElement', { get: () => ++measured && documentElement })
  const scrollTo = async (scrollTop: number): Promise<void> => {
    Object.assign(documentElement, { scrollTop })
    happen(page, 'scroll', [])
    await browser.clock.advance(1_000)
  }
  return { browser, page, scrollTo, measured: () => measured, documentElement }
}
const percentsOf = (events: [unknown, unknown][]): unknown[] =>
  events.map(([, properties]) => (properties as { percent: number }).percent)

test('each depth counts once, those that were jumped over, too', async () => {
  const { browser, scrollTo } = start()
  await scrollTo(100)
  await scrollTo(150)
  await scrollTo(0)
  await scrollTo(650)
  await scrollTo(900)
  const events = await trackedIn(browser)
  expect(events[0]).toEqual(['Page Scrolled', { percent: 25 }])
  expect(percentsOf(events)).toEqual([25, 50, 75, 90])
})

test('another page view begins anew', async () => {
  const { browser, page, scrollTo } = start({ percents: [50] })
  await scrollTo(900)
  page.window.history.pushState({}, '', '/tents')
  await browser.clock.advance(100)
  await scrollTo(0)
  await scrollTo(900)
  expect(percentsOf(await trackedIn(browser))).toEqual([50, 50])
})

test('many scroll events cost one measurement, and none once everything was reached', async () => {
  const { browser, page, scrollTo, measured } = start()
  for (let index = 0; index < 50; index++) happen(page, 'scroll', [])
  await browser.clock.advance(1_000)
  expect(measured()).toBe(1)
  await scrollTo(900)
  await scrollTo(0)
  expect(measured()).toBe(2)
})

test('a page that nobody scrolls has no depth', async () => {
  const { browser, documentElement } = start()
  documentElement.scrollHeight = 100
  expect(await trackedIn(browser)).toEqual([])
})
