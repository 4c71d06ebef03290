import { describe, expect, test } from 'vitest'
import { createAnalytics } from '../src/index.ts'
import { createBrowser, namesOf, type TestBrowser } from './support/browser.ts'
import type { SentEvent } from './support/server.ts'

async function sent(browser: TestBrowser): Promise<SentEvent[]> {
  await browser.clock.advance(60_000)
  return browser.server.taken
}

describe('calls take the arguments of analytics.js', () => {
  test('track(event, properties, options)', async () => {
    const browser = createBrowser()
    browser.open().analytics.track('Order Completed', { total: 12 }, { integrations: { All: false } })
    expect(await sent(browser)).toMatchObject([
      { type: 'track', event: 'Order Completed', properties: { total: 12 }, integrations: { All: false } },
    ])
  })

  test('page() with properties, with a name, and with a category and a name', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.page()
    analytics.page({ sale: true })
    analytics.page('Home', { sale: true })
    analytics.page('Catalogue', 'Tents', { sale: true })
    analytics.page('Catalogue', null)
    const pick = ({ category, name, properties }: SentEvent): unknown[] => [category, name, properties]
    expect((await sent(browser)).map(pick)).toEqual([
      [undefined, undefined, undefined],
      [undefined, undefined, { sale: true }],
      [undefined, 'Home', { sale: true }],
      ['Catalogue', 'Tents', { sale: true }],
      ['Catalogue', undefined, undefined],
    ])
  })

  test('identify() with an id, with an id and traits, and with traits alone', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.identify({ plan: 'free' })
    analytics.identify('u-1', { plan: 'pro' })
    analytics.identify('u-1')
    analytics.identify(null, { plan: 'team' })
    const pick = ({ userId, traits }: SentEvent): unknown[] => [userId, traits]
    expect((await sent(browser)).map(pick)).toEqual([
      [undefined, { plan: 'free' }],
      ['u-1', { plan: 'pro' }],
      ['u-1', undefined],
      ['u-1', { plan: 'team' }],
    ])
  })

  test('group(groupId, traits), and alias(userId) from whoever is at the page', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    analytics.group('g-1', { name: 'Acme' })
    analytics.alias('u-1')
    analytics.identify('u-1')
    analytics.alias('u-2')
    analytics.alias('u-3', 'u-0')
    const pick = ({ type, groupId, userId, previousId }: SentEvent): unknown[] => [type, groupId, userId, previousId]
    expect((await sent(browser)).map(pick)).toEqual([
      ['group', 'g-1', undefined, undefined],
      ['alias', undefined, 'u-1', analytics.anonymousId()],
      ['identify', undefined, 'u-1', undefined],
      ['alias', undefined, 'u-2', 'u-1'],
      ['alias', undefined, 'u-3', 'u-0'],
    ])
  })

  test('options win over what the client would say', async () => {
    const browser = createBrowser()
    const timestamp = new Date('2026-01-02T03:04:05Z')
    const options = { timestamp, messageId: 'm-1', anonymousId: 'a-1', userId: 7, context: { ip: '192.0.2.1' } }
    browser.open().analytics.track('Imported', {}, options)
    const [event] = await sent(browser)
    expect(event).toMatchObject({ ...options, timestamp: timestamp.toISOString() })
    expect(event?.context).toMatchObject({ page: { path: '/' } })
  })
})

describe('every event', () => {
  test('has ids, the time and the page it happened on', async () => {
    const browser = createBrowser()
    const at = browser.clock.now()
    const { analytics } = browser.open({}, 'https://shop.example/tents?utm_source=news')
    analytics.track('One')
    const [event] = await sent(browser)
    expect(event).toEqual({
      type: 'track',
      event: 'One',
      messageId: expect.stringMatching(/^[\w-]{32,36}$/),
      anonymousId: analytics.anonymousId(),
      timestamp: new Date(at).toISOString(),
      context: {
        page: {
          url: 'https://shop.example/tents?utm_source=news',
          path: '/tents',
          search: '?utm_source=news',
          title: 'Shop',
          referrer: 'https://search.example/',
        },
        sessionId: expect.stringMatching(/^[\w-]{32,36}$/),
      },
    })
  })

  test('has an id of its own, on pages that are not secure too', async () => {
    const browser = createBrowser()
    browser.has.randomUuid = false
    const { analytics } = browser.open()
    for (let index = 0; index < 100; index++) analytics.track('One')
    const ids = (await sent(browser)).map(({ messageId }) => messageId)
    expect(new Set(ids).size).toBe(100)
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
  })
})

describe('the page never hears of our trouble', () => {
  test('whatever is given to the calls', async () => {
    const browser = createBrowser()
    const { analytics } = browser.open()
    const odd = [undefined, null, 0, '', 'text', [], {}, Symbol('s'), 10n, () => {}, new Proxy({}, { get: explode })]
    const calls = [analytics.track, analytics.page, analytics.identify, analytics.group, analytics.alias]
    for (const call of calls as ((...given: unknown[]) => void)[]) {
      for (const first of odd) for (const second of odd) expect(() => call(first, second)).not.toThrow()
    }
    analytics.reset()
    analytics.track('Still alive')
    await browser.clock.advance(600_000)
    expect(namesOf(browser.server.taken)).toContain('Still alive')
  })

  test.each(['addEventListener', 'navigator', 'document', 'screen', 'crypto'])('a window without %s', (part) => {
    const { window } = createBrowser().open()
    const parts = new Proxy(window, { get: (target, name) => (name === part ? undefined : Reflect.get(target, name)) })
    const analytics = createAnalytics({ writeKey: 'wk' }, parts)
    expect(() => analytics.track('One')).not.toThrow()
    expect(() => analytics.anonymousId()).not.toThrow()
  })

  test('where there is no page, as on a server, calls do nothing', async () => {
    const analytics = createAnalytics({ writeKey: 'wk' })
    analytics.track('One')
    analytics.identify('u-1')
    await analytics.flush()
    expect(analytics.anonymousId()).toBe('')
  })
})

function explode(): never {
  throw new Error('from the page')
}
