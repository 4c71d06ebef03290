import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { NodeAnalytics } from '@trailstitch/sdk/node'

/** Event names and what belongs to them: a misspelt name or a missing property does not compile. */
export interface ShopEvents {
  'Order Completed': { orderId: string; total: number }
}

/** `POST /orders` with `{ "userId", "orderId", "total" }`. The event is sent later: nobody waits for it. */
export function createShopServer(analytics: NodeAnalytics<ShopEvents>): Server {
  return createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/orders') return response.writeHead(404).end()
    const order = parseOrder(await readText(request))
    if (!order) return response.writeHead(400).end()
    const { userId, orderId, total } = order
    analytics.track({
      userId,
      event: 'Order Completed',
      properties: { orderId, total },
      messageId: `order-${orderId}`, // an order counts once, however often the request is repeated
    })
    return response.writeHead(201).end()
  })
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of request.setEncoding('utf8')) text += part
  return text
}

function parseOrder(text: string): { userId: string; orderId: string; total: number } | undefined {
  try {
    const { userId, orderId, total } = JSON.parse(text) as Record<string, unknown>
    const fits = typeof userId === 'string' && typeof orderId === 'string' && typeof total === 'number'
    return fits ? { userId, orderId, total } : undefined
  } catch {
    return undefined
  }
}
