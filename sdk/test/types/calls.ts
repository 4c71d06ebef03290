/** What must compile and, marked so, what must not. Checked by types.test.ts and by the workspace's own check. */
import { createAnalytics } from '@trailstitch/sdk'
import { createNodeAnalytics } from '@trailstitch/sdk/node'

interface Events {
  'Order Completed': { orderId: string; total: number; coupon?: string }
  'Newsletter Joined': { source?: string }
  'Signed Out': Record<string, never>
}

const options = { writeKey: 'wk', endpoint: 'https://t.example' }

export function browserCalls(): void {
  const analytics = createAnalytics<Events>(options)
  analytics.track('Order Completed', { orderId: '7', total: 12 })
  analytics.track('Order Completed', { orderId: '7', total: 12, coupon: 'X' }, { timestamp: new Date() })
  analytics.track('Newsletter Joined')
  analytics.track('Newsletter Joined', { source: 'footer' })
  analytics.track('Signed Out')

  // @ts-expect-error an unknown name
  analytics.track('Order Complete', { orderId: '7', total: 12 })
  // @ts-expect-error a missing property
  analytics.track('Order Completed', { orderId: '7' })
  // @ts-expect-error a wrong type
  analytics.track('Order Completed', { orderId: 7, total: 12 })
  // @ts-expect-error a property too many
  analytics.track('Order Completed', { orderId: '7', total: 12, currency: 'EUR' })
  // @ts-expect-error properties that can't be left out
  analytics.track('Order Completed')
  // @ts-expect-error options in the place of properties
  analytics.track('Signed Out', { timestamp: new Date() })

  analytics.page()
  analytics.page('Home', { sale: true })
  analytics.page('Catalogue', 'Tents', { sale: true })
  analytics.identify('u-1', { plan: 'pro' })
  analytics.identify({ plan: 'pro' })
  analytics.group('g-1')
  analytics.alias('u-1')
  // @ts-expect-error a group needs an id
  analytics.group()
  // @ts-expect-error an id is text or a number
  analytics.identify(true)

  createAnalytics(options).track('Anything', { at: 'all' })
  createAnalytics<{ 'Order Completed': { orderId: string; total: number } }>(options).track('Order Completed', {
    orderId: '7',
    total: 12,
  })
  // @ts-expect-error the write key is needed
  createAnalytics({ endpoint: 'https://t.example' })
  // @ts-expect-error properties are objects
  createAnalytics<{ Clicked: string }>(options)
}

export function nodeCalls(): void {
  const analytics = createNodeAnalytics<Events>(options)
  analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { orderId: '7', total: 12 } })
  analytics.track({ anonymousId: 'a-1', event: 'Signed Out' })
  analytics.identify({ userId: 'u-1', anonymousId: 'a-1', traits: { plan: 'pro' } })

  // @ts-expect-error an unknown name
  analytics.track({ userId: 'u-1', event: 'Order Complete', properties: { orderId: '7', total: 12 } })
  // @ts-expect-error properties of the wrong shape
  analytics.track({ userId: 'u-1', event: 'Order Completed', properties: { orderId: '7' } })
  // @ts-expect-error properties that can't be left out
  analytics.track({ userId: 'u-1', event: 'Order Completed' })
  // @ts-expect-error nobody it is about
  analytics.track({ event: 'Signed Out' })

  createNodeAnalytics(options).track({ userId: 7, event: 'Anything', properties: { at: 'all' } })
  // @ts-expect-error a server has no page to take the endpoint from
  createNodeAnalytics({ writeKey: 'wk' })
}
