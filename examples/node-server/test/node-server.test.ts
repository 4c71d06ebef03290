import { createNodeAnalytics } from '@trailstitch/sdk/node'
import { expect, onTestFinished, test } from 'vitest'
import { startCollector } from '../../../e2e/browser/collector.ts'
import { closeServer, listen } from '../../../e2e/browser/site.ts'
import { createShopServer, type ShopEvents } from '../src/server.ts'

test('an order is tracked, and delivered by the time the client is closed', async () => {
  const collector = await startCollector()
  onTestFinished(() => collector.close())
  const analytics = createNodeAnalytics<ShopEvents>({ writeKey: collector.writeKey, endpoint: collector.origin })
  const server = createShopServer(analytics)
  const origin = await listen(server)
  onTestFinished(() => closeServer(server))

  const post = (body: string): Promise<Response> => fetch(`${origin}/orders`, { method: 'POST', body })
  expect((await post(JSON.stringify({ userId: 'user-1', orderId: '7', total: 12 }))).status).toBe(201)
  expect((await post('not an order')).status).toBe(400)
  expect(await analytics.close()).toBe(true)
  expect(await collector.arrived()).toMatchObject([
    { type: 'track', event: 'Order Completed', userId: 'user-1', messageId: 'order-7', properties: { total: 12 } },
  ])
})
