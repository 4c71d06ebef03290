import { expect, test } from 'vitest'
import { crossDomain } from '../../src/plugins/cross-domain.ts'
import { createBrowser, type TestBrowser, type TestPage } from '../support/browser.ts'
import { createElement, happen } from '../support/dom.ts'

const domains = ['shop.example', 'help.example']

function open(browser: TestBrowser, address: string, referrer = 'https://shop.example/'): TestPage {
  const arrive: Parameters<TestBrowser['open']>[0] = {
    plugins: [({ window }) => void Object.assign(window.document, { referrer }), crossDomain({ domains })],
  }
  return browser.open(arrive, address)
}

/** Where a click on a link leads to. */
function follow(page: TestPage, href: string, type = 'click'): string {
  const link = createElement('a', { href })
  happen(page, type, [link])
  return link.href as string
}

/** Another site in the same browser: it has its own cookies and storage, but the clock and user agent are the same. */
function otherSite(browser: TestBrowser): TestBrowser {
  const other = createBrowser()
  Object.assign(other, { clock: browser.clock, agent: { ...browser.agent } })
  return other
}

test('a link to another of your domains brings the visitor along, and the address shows nothing of it', () => {
  const browser = createBrowser()
  const page = open(browser, 'https://shop.example/')
  const address = follow(page, 'https://www.help.example/faq?a=1#top')
  expect(address).toMatch(/^https:\/\/www\.help\.example\/faq\?a=1&_tsid=[\w.-]+#top$/)
  const arrived = open(otherSite(browser), address)
  expect(arrived.analytics.anonymousId()).toBe(page.analytics.anonymousId())
  expect(arrived.window.location.href).toBe('https://www.help.example/faq?a=1#top')
})

test('the middle button does, too, and a second click makes a new one', async () => {
  const browser = createBrowser()
  const page = open(browser, 'https://shop.example/')
  const first = follow(page, 'https://help.example/', 'auxclick')
  await browser.clock.advance(5_000)
  const second = follow(page, first)
  expect(second.match(/_tsid/g)).toHaveLength(1)
  expect(second).not.toBe(first)
})

test('links to this site and to sites that are not listed stay as they are', () => {
  const page = open(createBrowser(), 'https://shop.example/')
  for (const href of [
    'https://shop.example/a',
    'https://other.example/',
    'https://nothelp.example/',
    'mailto:a@b.example',
  ])
    expect(follow(page, href)).toBe(new URL(href).href)
})

test.each([
  ['is older than 2 minutes', async (browser: TestBrowser) => await browser.clock.advance(120_000)],
  [
    'was made in another browser',
    (browser: TestBrowser) => void Object.assign(browser.agent, { userAgent: 'Other/1.0' }),
  ],
])('one that %s is ignored, and taken out of the address', async (_name, change) => {
  const browser = createBrowser()
  const page = open(browser, 'https://shop.example/')
  const address = follow(page, 'https://help.example/')
  const other = otherSite(browser)
  await change(other)
  const arrived = open(other, address)
  expect(arrived.analytics.anonymousId()).not.toBe(page.analytics.anonymousId())
  expect(arrived.window.location.href).toBe('https://help.example/')
})

test('one in a link of a site that is not listed is ignored', () => {
  const browser = createBrowser()
  const page = open(browser, 'https://shop.example/')
  const arrived = open(otherSite(browser), follow(page, 'https://help.example/'), 'https://other.example/')
  expect(arrived.analytics.anonymousId()).not.toBe(page.analytics.anonymousId())
})

test.each(['', 'x', 'a.b.c', '..', '%00', 'zzzzzzzz.0.<script>', 'a'.repeat(5_000)])(
  'one that was made up: %s',
  (value) => {
    const browser = createBrowser()
    const known = open(browser, 'https://help.example/').analytics.anonymousId()
    const page = open(browser, `https://help.example/?_tsid=${value}&b=2`)
    expect(page.analytics.anonymousId()).toBe(known)
    expect(page.window.location.href).toBe('https://help.example/?b=2')
  },
)

test('a user who is signed in there stays signed in', async () => {
  const browser = createBrowser()
  const address = follow(open(browser, 'https://shop.example/'), 'https://help.example/')
  const other = otherSite(browser)
  open(other, 'https://help.example/').analytics.identify('u-1')
  open(other, address).analytics.track('One')
  await browser.clock.advance(60_000)
  expect(other.server.taken.find(({ type }) => type === 'track')).toMatchObject({ userId: 'u-1' })
})
