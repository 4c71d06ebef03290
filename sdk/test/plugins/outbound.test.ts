import { expect, test } from 'vitest'
import { type OutboundOptions, outbound } from '../../src/plugins/outbound.ts'
import { createBrowser } from '../support/browser.ts'
import { createElement, happen, trackedIn } from '../support/dom.ts'

function start(options?: OutboundOptions) {
  const browser = createBrowser()
  const page = browser.open({ plugins: [outbound(options)] })
  const click = (href: string, { type = 'click', button = 0, download = '' } = {}): void =>
    happen(page, type, [createElement('span'), createElement('a', { href }, { download })], { button })
  return { browser, click }
}

test('links to other sites count, with their address but not its query', async () => {
  const { browser, click } = start()
  click('https://other.example/a?token=secret#b')
  click('https://cdn.shop.example/a')
  click('/tents')
  click('https://shop.example/tents')
  click('mailto:ada@example.com')
  expect(await trackedIn(browser)).toEqual([
    ['Outbound Link Clicked', { url: 'https://other.example/a', host: 'other.example' }],
  ])
})

test('the middle button opens a tab and counts, the right one does not', async () => {
  const { browser, click } = start()
  click('https://other.example/', { type: 'auxclick', button: 1 })
  click('https://other.example/', { type: 'auxclick', button: 2 })
  expect(await trackedIn(browser)).toHaveLength(1)
})

test('links to files are downloads, wherever they lead', async () => {
  const { browser, click } = start()
  click('/files/Manual.PDF?v=2')
  click('https://other.example/setup.exe')
  click('/report', { download: 'report.txt' })
  click('/page.html')
  expect(await trackedIn(browser)).toEqual([
    ['File Downloaded', { url: 'https://shop.example/files/Manual.PDF', ending: 'pdf' }],
    ['File Downloaded', { url: 'https://other.example/setup.exe', ending: 'exe' }],
    ['File Downloaded', { url: 'https://shop.example/report', ending: '' }],
  ])
})

test('endings and domains can be your own', async () => {
  const { browser, click } = start({ endings: ['gpx'], inside: ['shop.example', 'shop-help.example'] })
  click('/tour.gpx')
  click('/manual.pdf')
  click('https://www.shop-help.example/')
  click('https://notshop.example/')
  expect(await trackedIn(browser)).toEqual([
    ['File Downloaded', { url: 'https://shop.example/tour.gpx', ending: 'gpx' }],
    ['Outbound Link Clicked', { url: 'https://notshop.example/', host: 'notshop.example' }],
  ])
})
