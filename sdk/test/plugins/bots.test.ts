import { expect, test } from 'vitest'
import { bots } from '../../src/plugins/bots.ts'
import { pageViews } from '../../src/plugins/page-views.ts'
import { createBrowser } from '../support/browser.ts'

/** Events that a browser with this user agent sends. */
async function sentBy(userAgent: string, webdriver = false): Promise<number> {
  const browser = createBrowser()
  browser.agent = { userAgent, webdriver }
  browser.open({ plugins: [bots(), pageViews()] }).analytics.track('One')
  await browser.clock.advance(60_000)
  return browser.server.taken.length
}

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36'

test.each([
  chrome,
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.2 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0',
  'Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36',
])('people: %s', async (agent) => {
  expect(await sentBy(agent)).toBe(2)
})

test.each([
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  chrome.replace('Chrome', 'HeadlessChrome'),
  `${chrome} Chrome-Lighthouse`,
])('bots: %s', async (agent) => {
  expect(await sentBy(agent)).toBe(0)
})

test('a browser that a program drives', async () => {
  expect(await sentBy(chrome, true)).toBe(0)
})
