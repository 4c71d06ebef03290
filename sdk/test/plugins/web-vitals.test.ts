import { expect, test } from 'vitest'
import { type WebVital, type WebVitalsLibrary, webVitals } from '../../src/plugins/web-vitals.ts'
import { createBrowser } from '../support/browser.ts'
import { trackedIn } from '../support/dom.ts'

const vital: WebVital = { name: 'LCP', value: 1_200, rating: 'good', id: 'v1', navigationType: 'navigate' }

test('what the library reports is an event, without what it carries beside', async () => {
  const browser = createBrowser()
  const onLCP: WebVitalsLibrary['onLCP'] = (report) => report({ ...vital, entries: [{}] } as WebVital)
  browser.open({ plugins: [webVitals(async () => ({ onLCP }))] })
  expect(await trackedIn(browser)).toEqual([['Web Vital Measured', vital]])
})

test('what is reported as the page is hidden is sent at once', async () => {
  const browser = createBrowser()
  let report = (_vital: WebVital): void => {}
  const page = browser.open({ plugins: [webVitals(() => ({ onCLS: (given) => (report = given) }))] })
  await browser.clock.advance(10)
  await page.hide()
  report({ ...vital, name: 'CLS' })
  await browser.clock.advance(10)
  expect(browser.server.taken).toMatchObject([{ properties: { name: 'CLS' } }])
})

test('a library that can not be loaded, or throws, is a library without metrics', async () => {
  const browser = createBrowser()
  const explode = (): never => {
    throw new Error('from the library')
  }
  browser.open({
    plugins: [webVitals(explode), webVitals(async () => explode()), webVitals(() => ({ onCLS: explode }))],
  })
  expect(await trackedIn(browser)).toEqual([])
})
