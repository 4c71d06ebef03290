import { expect, test } from 'vitest'
import { createTestAnalytics } from '../src/testing.ts'
import { createBrowser } from './support/browser.ts'

test('calls are kept in order, with their arguments by name and whom they are about', () => {
  const analytics = createTestAnalytics()
  analytics.track('Signed Up', { plan: 'pro' })
  analytics.page('Catalogue', 'Tents', { sale: true })
  analytics.identify('u-1', { plan: 'pro' })
  analytics.group('g-1', { name: 'Acme' })
  analytics.alias('u-2')
  analytics.reset()
  analytics.screen('Home', undefined, { anonymousId: 'v-9' })
  const anonymousId = 'visitor-1'
  expect(analytics.calls).toEqual([
    { type: 'track', event: 'Signed Up', properties: { plan: 'pro' }, anonymousId },
    { type: 'page', category: 'Catalogue', name: 'Tents', properties: { sale: true }, anonymousId },
    { type: 'identify', userId: 'u-1', traits: { plan: 'pro' }, anonymousId },
    { type: 'group', groupId: 'g-1', traits: { name: 'Acme' }, userId: 'u-1', anonymousId },
    { type: 'alias', previousId: 'u-1', userId: 'u-2', anonymousId },
    { type: 'reset', userId: 'u-1', anonymousId },
    { type: 'screen', name: 'Home', anonymousId: 'v-9', options: { anonymousId: 'v-9' } },
  ])
  expect(analytics.tracked()).toEqual(['Signed Up'])
  analytics.clear()
  expect(analytics.calls).toEqual([])
})

test('it has the calls of the real client, and events are as that would send them', async () => {
  const browser = createBrowser()
  const page = browser.open()
  const real = page.analytics
  const analytics = createTestAnalytics()
  expect(Object.keys(analytics)).toEqual(expect.arrayContaining(Object.keys(real)))
  const circle: Record<string, unknown> = {}
  circle.self = circle
  for (const client of [real, analytics]) {
    client.track('One', { at: new Date(0), nothing: undefined, amount: Number.NaN })
    client.track('Two', circle)
    client.identify(7)
    client.track('Three')
    client.close()
    client.track('Four')
  }
  await page.kill()
  browser.open()
  await browser.clock.advance(60_000)
  const pick = ({ type, event, properties, userId }: Record<string, unknown>): unknown[] => [
    type,
    event,
    properties,
    userId,
  ]
  expect(analytics.calls.map((call) => pick({ ...call }))).toEqual(browser.server.taken.map(pick))
})

test('listeners and callbacks are called, and what they throw is ignored', async () => {
  const analytics = createTestAnalytics()
  const heard: unknown[] = []
  analytics.on('track', () => {
    throw new Error('from the page')
  })
  analytics.on('track', (...given) => heard.push(given))
  analytics.ready(() => heard.push('ready'))
  analytics.track('One', { a: 1 })
  await analytics.flush()
  expect(heard).toEqual([['One', { a: 1 }, undefined], 'ready'])
})
