/** What must compile on servers and, marked so, what must not. Checked by types.test.ts and by the workspace's own check. */
import { createEdgeAnalytics } from '@trailstitch/sdk/edge'
import { createNodeAnalytics, type NodeAnalyticsOptions, type RequestScope } from '@trailstitch/sdk/node'
import { expressContext } from '@trailstitch/sdk/node/express'
import { fastifyContext } from '@trailstitch/sdk/node/fastify'
import fastify, { type FastifyRequest } from 'fastify'

interface Events {
  'Order Completed': { orderId: string; total: number }
  'Signed Out': Record<string, never>
}

const options = { writeKey: 'wk', endpoint: 'https://t.example' }
const analytics = createNodeAnalytics<Events>(options)

export function calls(): void {
  analytics.page({ anonymousId: 'a-1', name: 'Home', category: null, properties: { sale: true } })
  analytics.group({ userId: 'u-1', groupId: 'g-1', traits: { plan: 'pro' } })
  analytics.alias({ userId: 'u-1', previousId: 'u-0' })
  analytics.track({
    userId: 'u-1',
    event: 'Signed Out',
    timestamp: new Date(),
    messageId: 'm-1',
    context: { ip: '::1' },
  })

  // @ts-expect-error nobody it is about
  analytics.page({ name: 'Home' })
  // @ts-expect-error an id is text or a number
  analytics.identify({ userId: { id: 7 } })
  // @ts-expect-error a group needs an id
  analytics.group({ userId: 'u-1' })
  // @ts-expect-error an alias needs both ids
  analytics.alias({ userId: 'u-1' })
  // @ts-expect-error a property too many
  analytics.track({ userId: 'u-1', event: 'Signed Out', properties: { at: 'all' } })
  // @ts-expect-error the name goes into the call
  analytics.track('Signed Out', { userId: 'u-1' })
}

export function inRequests(): void {
  const total: number = analytics.runWith({ anonymousId: 'a-1', userId: undefined }, () => 7)
  analytics.current.track({ event: 'Order Completed', properties: { orderId: '7', total } })
  analytics.current.identify({ userId: 'u-1', traits: { plan: 'pro' } })
  analytics.current.page({})
  const scope: RequestScope = { context: { ip: '203.0.113.7' } }
  void analytics.runWith(scope, async () => 'answer').then((answer) => answer.length)

  // @ts-expect-error also here the properties are those of the event
  analytics.current.track({ event: 'Order Completed', properties: { orderId: 7 } })
  // @ts-expect-error also here an alias needs both ids
  analytics.current.alias({ previousId: 'u-0' })
  // @ts-expect-error there is work to do
  analytics.runWith(scope)
  // @ts-expect-error the client inside is not another one
  analytics.current.close()
}

export async function waiting(): Promise<void> {
  const isDone: boolean = await analytics.flush({ timeoutMs: 1_000 })
  const isClosed: boolean = await analytics.close()
  await analytics.ready()
  const dropped: number | undefined = analytics.dropped().queue_full
  console.log(isDone, isClosed, dropped)

  // @ts-expect-error units are in the name
  await analytics.flush({ timeout: 1_000 })
  // @ts-expect-error nothing to choose
  await analytics.ready({ timeoutMs: 1_000 })
}

export function servers(): void {
  const app = fastify()
  void app.register(fastifyContext(analytics))
  void app.register(fastifyContext(analytics, { userId: (request: FastifyRequest) => request.id }))
  const middleware = expressContext(analytics, { context: ({ headers }) => ({ referrer: headers.referer }) })
  middleware({ headers: {} }, {}, () => {})

  // @ts-expect-error a user is text, a number or nobody
  fastifyContext(analytics, { userId: () => ({ id: 7 }) })
  // @ts-expect-error a client is needed
  expressContext()
}

export function edge(): void {
  const client = createEdgeAnalytics<Events>({ ...options, waitUntil: (work) => void work })
  client.track({ userId: 'u-1', event: 'Order Completed', properties: { orderId: '7', total: 12 } })

  // @ts-expect-error properties of the wrong shape
  client.track({ userId: 'u-1', event: 'Order Completed', properties: { orderId: '7' } })
  // @ts-expect-error there is no disk
  createEdgeAnalytics({ ...options, spillFolder: '/tmp' })
  // @ts-expect-error requests are not told apart
  client.runWith({}, () => {})
}

export const settings: NodeAnalyticsOptions[] = [
  { ...options, spillFolder: '/var/spool/shop', maxSpillBytes: 1e9, maxRequests: 2, flushAt: 1 },
  // @ts-expect-error an option that is not there
  { ...options, flushInterval: 1_000 },
]
