import { describe, expect, test } from 'vitest'
import { createAnalytics } from '../src/index.ts'
import { createBrowser, namesOf } from './support/browser.ts'

describe('on(call, listener)', () => {
  test('hears each call of that name after it, with what was given', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    const heard: unknown[] = []
    analytics.on('track', (...given) => heard.push(['track', ...given, browser.stored.size > 0]))
    analytics.on('identify', (...given) => heard.push(['identify', ...given]))
    analytics.on('reset', (...given) => heard.push(['reset', ...given]))
    browser.stored.clear()
    analytics.track('One', { a: 1 }, { messageId: 'm-1' })
    analytics.identify('u-1')
    analytics.page()
    analytics.reset()
    expect(heard).toEqual([['track', 'One', { a: 1 }, { messageId: 'm-1' }, true], ['identify', 'u-1'], ['reset']])
  })

  test('a listener that throws hurts neither the call nor the others', () => {
    const { analytics } = createBrowser().open()
    let heard = 0
    analytics.on('track', () => {
      throw new Error('from the page')
    })
    analytics.on('track', () => heard++)
    expect(() => analytics.track('One')).not.toThrow()
    expect(heard).toBe(1)
  })
})

describe('ready(callback)', () => {
  test('is called soon, but not before ready returns', async () => {
    const { analytics } = createBrowser().open()
    const order: string[] = []
    analytics.ready(() => order.push('ready'))
    order.push('after')
    await Promise.resolve()
    expect(order).toEqual(['after', 'ready'])
  })

  test('is never called where there is no page', async () => {
    const analytics = createAnalytics({ writeKey: 'wk' })
    let calls = 0
    analytics.ready(() => calls++)
    analytics.on('track', () => calls++)
    analytics.track('One')
    await Promise.resolve()
    expect(calls).toBe(0)
  })
})

describe('setAnonymousId(id)', () => {
  test('makes the visitor another one, for all tabs, and leaves the user', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.identify('u-1')
    analytics.setAnonymousId('v-2')
    browser.open().analytics.track('One')
    await browser.clock.advance(60_000)
    expect(browser.server.taken.find(({ type }) => type === 'track')).toMatchObject({
      anonymousId: 'v-2',
      userId: 'u-1',
    })
    expect(browser.cookies.get('trailstitch_id')).toBe('v-2')
  })

  test('takes no id that a cookie could not hold', () => {
    const { analytics } = createBrowser().open()
    const id = analytics.anonymousId()
    for (const odd of ['', 'a b', 'a;b', 'ü', '="']) analytics.setAnonymousId(odd)
    expect(analytics.anonymousId()).toBe(id)
  })
})

describe('close()', () => {
  test('nothing is recorded, written or sent any more, whatever the page goes through', async () => {
    const browser = createBrowser()
    const page = browser.open()
    page.analytics.track('Before')
    page.analytics.close()
    const stored = new Map(browser.stored)
    page.analytics.track('After')
    page.analytics.identify('u-1')
    expect(page.analytics.anonymousId()).toBe('')
    await page.analytics.flush()
    page.fire('online')
    await page.hide()
    await page.show()
    await page.leave({ frozen: true })
    await page.restore()
    await browser.clock.advance(600_000)
    expect(browser.server.requests).toEqual([])
    expect(browser.stored).toEqual(stored)
  })

  test('what was not delivered is, from another page once this one is gone', async () => {
    const browser = createBrowser()
    const page = browser.open()
    page.analytics.track('Before')
    page.analytics.close()
    const other = browser.open()
    await browser.clock.advance(60_000)
    expect(browser.server.taken).toEqual([])
    await page.kill()
    await browser.clock.advance(60_000)
    expect(other.life.alive).toBe(true)
    expect(namesOf(browser.server.taken)).toEqual(['Before'])
  })

  test('an answer that comes after it writes nothing', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    browser.server.answer = () => {
      analytics.close()
      return { status: 429, headers: { 'retry-after': '60' } }
    }
    analytics.track('Before')
    await browser.clock.advance(5_000)
    expect(browser.server.requests).toHaveLength(1)
    expect([...browser.stored.keys()].filter((key) => key.includes('pause'))).toEqual([])
  })

  test('the tabs of others are left to others', async () => {
    const browser = createBrowser()
    browser.server.answer = () => ({ status: 503 })
    browser.open().analytics.close()
    const leaves = browser.open()
    leaves.analytics.track('From the closed tab')
    await browser.clock.advance(5_000)
    const stays = browser.open()
    await leaves.kill()
    browser.server.answer = () => undefined
    await browser.clock.advance(600_000)
    expect(stays.life.alive).toBe(true)
    expect(namesOf(browser.server.taken)).toEqual(['From the closed tab'])
  })

  test('a page that is being rendered ahead does not start either', async () => {
    const browser = createBrowser()
    const page = browser.openEmpty()
    Object.assign(page.window.document, { prerendering: true })
    const analytics = createAnalytics({ writeKey: 'wk', endpoint: 'https://t.example' }, page.window)
    analytics.track('Before')
    analytics.close()
    page.window.document.dispatchEvent(new Event('prerenderingchange'))
    await browser.clock.advance(60_000)
    expect(browser.server.requests).toEqual([])
  })
})

test('undefined in the place of properties is as none', async () => {
  const browser = createBrowser()
  const { analytics } = browser.open()
  analytics.page('Home', undefined)
  analytics.page('Home', undefined, { messageId: 'm-1' })
  analytics.page('Catalogue', 'Tents', undefined, { messageId: 'm-2' })
  analytics.page(undefined, { sale: true })
  analytics.page(null, undefined as unknown as null, { sale: true })
  analytics.identify(undefined, { plan: 'pro' }, { messageId: 'm-3' })
  await browser.clock.advance(60_000)
  expect(
    browser.server.taken.map(({ category, name, properties, traits }) => [category, name, properties, traits]),
  ).toEqual([
    [undefined, 'Home', undefined, undefined],
    [undefined, 'Home', undefined, undefined],
    ['Catalogue', 'Tents', undefined, undefined],
    [undefined, undefined, { sale: true }, undefined],
    [undefined, undefined, { sale: true }, undefined],
    [undefined, undefined, undefined, { plan: 'pro' }],
  ])
  expect(browser.server.taken.map(({ messageId }) => messageId)).toEqual([
    expect.stringMatching(/^.{32,}$/),
    'm-1',
    'm-2',
    expect.stringMatching(/^.{32,}$/),
    expect.stringMatching(/^.{32,}$/),
    'm-3',
  ])
})
