import { beforeEach, describe, expect, test } from 'vitest'
import { type ConsentedAnalytics, type ConsentOptions, createConsented } from '../src/index.ts'
import { pageViews } from '../src/plugins/page-views.ts'
import type { AnalyticsOptions } from '../src/types.ts'
import { createBrowser, namesOf, type TestBrowser, type TestPage } from './support/browser.ts'

let browser: TestBrowser
beforeEach(() => {
  browser = createBrowser()
})

/** A page whose client waits for consent. */
function open(options: ConsentOptions & Partial<AnalyticsOptions> = {}, address?: string) {
  const page: TestPage = browser.openEmpty(address)
  const settings = { writeKey: 'wk', endpoint: 'https://t.example', ...options }
  const analytics: ConsentedAnalytics = createConsented(settings, page.window)
  return { page, analytics }
}
const traces = (): unknown => [[...browser.stored.keys()], [...browser.cookies.keys()], browser.server.requests.length]
const nothing = [[], [], 0]
const later = (): Promise<void> => browser.clock.advance(600_000)

describe('before there is a decision', () => {
  test('nothing is stored and nothing is sent, plugins do not run, and the page hears nothing of it', async () => {
    let started = 0
    const { page, analytics } = open({ plugins: [() => void started++, pageViews()] })
    analytics.track('One')
    analytics.page()
    analytics.identify('u-1')
    analytics.reset()
    expect(analytics.anonymousId()).toBe('')
    expect(analytics.consent()).toBeUndefined()
    await analytics.flush()
    await page.hide()
    await page.leave({ frozen: true })
    await page.restore()
    await later()
    expect(traces()).toEqual(nothing)
    expect(started).toBe(0)
  })

  test('calls wait with their time, their page and what they were given, and are made in order after optIn', async () => {
    const { page, analytics } = open()
    const times: string[] = []
    const properties = { step: 1 }
    const call = async (make: () => void): Promise<void> => {
      times.push(new Date(browser.clock.now()).toISOString())
      make()
      await browser.clock.advance(1_000)
    }
    await call(() => analytics.track('One', properties))
    properties.step = 2
    await call(() => page.window.history.pushState({}, '', '/tents'))
    await call(() => analytics.page('Tents'))
    await call(() => analytics.identify('u-1', { plan: 'pro' }))
    await call(() => analytics.group('g-1', { name: 'Acme' }))
    await call(() => analytics.alias('u-2', 'u-1'))
    await call(() => analytics.screen('Cart', 'Step', { sale: true }))
    times.splice(1, 1)
    analytics.optIn()
    await later()
    const { taken } = browser.server
    expect(taken.map(({ type, timestamp }) => [type, timestamp])).toEqual(
      ['track', 'page', 'identify', 'group', 'alias', 'screen'].map((type, index) => [type, times[index]]),
    )
    expect(taken).toMatchObject([
      { event: 'One', properties: { step: 1 }, context: { page: { path: '/' } } },
      { name: 'Tents', context: { page: { path: '/tents' } } },
      { userId: 'u-1', traits: { plan: 'pro' } },
      { groupId: 'g-1', traits: { name: 'Acme' } },
      { userId: 'u-2', previousId: 'u-1' },
      { category: 'Cart', name: 'Step', properties: { sale: true } },
    ])
    expect(taken[0]).not.toHaveProperty('userId')
  })

  test('what a call says itself wins', async () => {
    const { analytics } = open()
    analytics.track('One', {}, { timestamp: '2026-01-02T03:04:05.000Z', context: { ip: '192.0.2.1' } })
    analytics.optIn()
    await later()
    expect(browser.server.taken).toMatchObject([
      { timestamp: '2026-01-02T03:04:05.000Z', context: { ip: '192.0.2.1', page: { path: '/' } } },
    ])
  })

  test('1,000 calls wait and no more', async () => {
    const { analytics } = open()
    for (let index = 0; index < 1_100; index++) analytics.track(`E${index}`)
    analytics.optIn()
    await later()
    expect(browser.server.taken).toHaveLength(1_000)
    expect(namesOf(browser.server.taken)).not.toContain('E1000')
  })

  test('ready and on can be used', async () => {
    const { analytics } = open()
    const heard: unknown[] = []
    analytics.ready(() => heard.push('ready'))
    analytics.on('track', (name) => heard.push(name))
    await Promise.resolve()
    analytics.track('One')
    expect(heard).toEqual(['ready'])
    analytics.optIn()
    expect(heard).toEqual(['ready', 'One'])
  })
})

describe('a yes', () => {
  test('is remembered by later pages, which start at once', async () => {
    open().analytics.optIn()
    const { analytics } = open({ plugins: [pageViews()] })
    expect(analytics.consent()).toBe(true)
    analytics.track('One')
    await later()
    expect(namesOf(browser.server.taken)).toEqual(['One', 'page'])
  })

  test('said twice starts one client', async () => {
    const { analytics } = open({ plugins: [pageViews()] })
    analytics.optIn()
    analytics.optIn()
    await later()
    expect(namesOf(browser.server.taken)).toEqual(['page'])
  })

  test('counts in other tabs', async () => {
    const [one, two] = [open(), open()]
    two.analytics.track('In the other tab')
    one.analytics.optIn()
    await later()
    expect(namesOf(browser.server.taken)).toEqual(['In the other tab'])
  })

  test('is kept for the page where storage is blocked', async () => {
    browser.storage.blocked = true
    const { analytics } = open()
    analytics.optIn()
    analytics.track('One')
    await later()
    expect(namesOf(browser.server.taken)).toEqual(['One'])
  })
})

describe('a no', () => {
  test('removes all that was stored, what was not sent yet included, and is remembered', async () => {
    browser.stored.set('trailstitch:other:user', 'u-9')
    browser.stored.set('cart', 'tent')
    browser.cookies.set('session', 'shop')
    const { page, analytics } = open()
    analytics.optIn()
    analytics.identify('u-1')
    analytics.optOut()
    const left = [['trailstitch:other:user', 'cart', 'trailstitch:wk:consent'], ['session'], 0]
    expect(traces()).toEqual(left)
    analytics.track('After')
    await page.hide()
    await page.leave({ frozen: true })
    await page.restore()
    await later()
    expect(traces()).toEqual(left)
    const next = open({ plugins: [pageViews()] })
    expect(next.analytics.consent()).toBe(false)
    next.analytics.track('On the next page')
    await later()
    expect(traces()).toEqual(left)
  })

  test('drops what waits', async () => {
    const { analytics } = open()
    analytics.track('One')
    analytics.optOut()
    analytics.track('Two')
    analytics.optIn()
    analytics.track('Three')
    await later()
    expect(namesOf(browser.server.taken)).toEqual(['Three'])
  })

  test('counts in other tabs at once', async () => {
    const [one, two] = [open(), open()]
    one.analytics.optIn()
    await browser.clock.advance(100)
    two.analytics.track('Before')
    one.analytics.optOut()
    await later()
    two.analytics.track('After')
    await later()
    expect(browser.server.taken).toEqual([])
    expect(traces()).toEqual([['trailstitch:wk:consent'], [], 0])
  })

  test('a yes after it begins with a new visitor, and keeps listeners', async () => {
    const { analytics } = open()
    const heard: unknown[] = []
    analytics.on('track', (name) => heard.push(name))
    analytics.optIn()
    const visitor = analytics.anonymousId()
    analytics.optOut()
    analytics.optIn()
    expect(analytics.anonymousId()).not.toBe(visitor)
    analytics.track('One')
    expect(heard).toEqual(['One'])
  })
})

describe('what the browser says', () => {
  test.each([
    ['Global Privacy Control', { globalPrivacyControl: true }, {}, false],
    ['Global Privacy Control, which is not looked at', { globalPrivacyControl: true }, { gpc: false }, true],
    ['Do Not Track, which is not looked at', { doNotTrack: '1' }, {}, true],
    ['Do Not Track', { doNotTrack: '1' }, { dnt: true }, false],
    ['neither', {}, { dnt: true }, true],
  ])('%s', async (_name, signals, options, isConsent) => {
    Object.assign(browser.agent, signals)
    const { analytics } = open({ assumed: true, ...options })
    expect(analytics.consent()).toBe(isConsent)
    analytics.track('One')
    await later()
    expect(browser.server.taken).toHaveLength(isConsent ? 1 : 0)
    if (!isConsent) expect(traces()).toEqual(nothing)
  })

  test('is overruled by what the person says here', () => {
    browser.agent.globalPrivacyControl = true
    const { analytics } = open()
    expect(analytics.consent()).toBe(false)
    analytics.optIn()
    expect(analytics.consent()).toBe(true)
    expect(open().analytics.consent()).toBe(true)
  })
})

test('after close nothing happens, whatever is decided', async () => {
  const { analytics } = open()
  analytics.track('One')
  analytics.close()
  analytics.track('Two')
  analytics.optIn()
  await later()
  expect(browser.server.requests).toEqual([])
})

test('where there is no page, as on a server, calls do nothing', async () => {
  const analytics = createConsented({ writeKey: 'wk' })
  analytics.track('One')
  analytics.optIn()
  analytics.optOut()
  await analytics.flush()
  expect([analytics.consent(), analytics.anonymousId()]).toEqual([undefined, ''])
})
