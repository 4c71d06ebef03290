import { expect, test } from 'vitest'
import { createAnalytics } from '../../src/index.ts'
import { pageViews } from '../../src/plugins/page-views.ts'
import { createBrowser, type TestBrowser } from '../support/browser.ts'

const pagesOf = async (browser: TestBrowser): Promise<[url: unknown, referrer: unknown][]> => {
  await browser.clock.advance(60_000)
  const events = browser.server.taken as unknown as { type: string; context: { page: Record<string, string> } }[]
  return events.filter(({ type }) => type === 'page').map(({ context }) => [context.page.url, context.page.referrer])
}
const shop = 'https://shop.example'

test('the first page and every new address are page views, the page before being the referrer', async () => {
  const browser = createBrowser()
  const { window, fire } = browser.open({ plugins: [pageViews()] })
  window.history.pushState({}, '', '/tents')
  window.history.pushState({}, '', '/cart?step=1')
  Object.assign(window.location, { href: `${shop}/tents`, pathname: '/tents', search: '' })
  fire('popstate')
  expect(await pagesOf(browser)).toEqual([
    [`${shop}/`, 'https://search.example/'],
    [`${shop}/tents`, `${shop}/`],
    [`${shop}/cart?step=1`, `${shop}/tents`],
    [`${shop}/tents`, `${shop}/cart?step=1`],
  ])
})

test('the same address, replaceState and fragments are none, paths of hash routers are', async () => {
  const browser = createBrowser()
  const { window, fire } = browser.open({ plugins: [pageViews()] })
  window.history.pushState({ open: true }, '', '/')
  window.history.pushState({}, '', '#reviews')
  window.history.replaceState({}, '', '/?sort=price')
  await browser.clock.advance(1_000)
  expect(await pagesOf(browser)).toHaveLength(1)
  window.history.pushState({}, '', '/?sort=price#/cart')
  fire('popstate')
  expect(await pagesOf(browser)).toHaveLength(2)
})

test('a page view bears the time of the change and the title the app sets after it', async () => {
  const browser = createBrowser()
  const { window, analytics } = browser.open({ plugins: [pageViews()] })
  await browser.clock.advance(5_000)
  const at = browser.clock.now()
  window.history.pushState({}, '', '/tents')
  analytics.track('Tents Viewed')
  window.document.title = 'Tents'
  await browser.clock.advance(60_000)
  const view = browser.server.taken.findLast(({ type }) => type === 'page')
  expect(view).toMatchObject({ timestamp: new Date(at).toISOString(), context: { page: { title: 'Tents' } } })
})

test('events of the new page name the page before as their referrer', async () => {
  const browser = createBrowser()
  const { window, analytics } = browser.open({ plugins: [pageViews()] })
  window.history.pushState({}, '', '/tents')
  analytics.track('Tents Viewed')
  await browser.clock.advance(60_000)
  const event = browser.server.taken.find(({ type }) => type === 'track')
  expect(event).toMatchObject({ context: { page: { path: '/tents', referrer: `${shop}/` } } })
})

test('where the browser tells of navigations, nothing of the page is changed, and replacing is no view', async () => {
  const browser = createBrowser()
  const navigation = new EventTarget()
  const page = browser.openEmpty()
  const push = page.window.history.pushState
  Object.assign(page.window, { navigation })
  createAnalytics({ writeKey: 'wk', endpoint: 'https://t.example', plugins: [pageViews()] }, page.window)
  expect(page.window.history.pushState).toBe(push)
  for (const [navigationType, path] of Object.entries({
    push: '/tents',
    replace: '/tents?sort=price',
    traverse: '/cart',
  })) {
    page.window.history.pushState({}, '', path)
    navigation.dispatchEvent(Object.assign(new Event('currententrychange'), { navigationType }))
  }
  const urls = (await pagesOf(browser)).map(([url]) => url)
  expect(urls).toEqual([`${shop}/`, `${shop}/tents`, `${shop}/cart`])
})

test('without the option there are none', async () => {
  const browser = createBrowser()
  const { window } = browser.open()
  window.history.pushState({}, '', '/tents')
  expect(await pagesOf(browser)).toEqual([])
})
