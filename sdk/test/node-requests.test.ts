import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyRequest } from 'fastify'
import { describe, expect, test } from 'vitest'
import { expressContext } from '../src/node/express.ts'
import { fastifyContext } from '../src/node/fastify.ts'
import { flushed, start, type World } from './support/node.ts'

const tracked = async (world: World): Promise<unknown[]> => {
  await flushed(world)
  return world.server.taken.map(({ event, type, anonymousId, userId, context }) => ({
    name: event ?? type,
    anonymousId,
    userId,
    context,
  }))
}

describe('runWith', () => {
  const scope = { anonymousId: 'a-1', userId: 'u-1', context: { ip: '203.0.113.7', locale: 'en' } }

  test('calls take what they leave out, also behind an await, and answer what the work answers', async () => {
    const world = start()
    const answer = await world.analytics.runWith(scope, async () => {
      await Promise.resolve()
      world.analytics.current.track({ event: 'Order Completed', context: { locale: 'de' } })
      return 7
    })
    expect(answer).toBe(7)
    expect(await tracked(world)).toEqual([
      { name: 'Order Completed', anonymousId: 'a-1', userId: 'u-1', context: { ip: '203.0.113.7', locale: 'de' } },
    ])
  })

  test('a call about somebody else is not tied to who asked', async () => {
    const world = start()
    world.analytics.runWith(scope, () => {
      world.analytics.track({ userId: 'u-2', event: 'Account Locked' })
      world.analytics.track({ anonymousId: 'a-2', userId: null, event: 'Cart Merged' })
    })
    expect(await tracked(world)).toMatchObject([
      { name: 'Account Locked', userId: 'u-2', anonymousId: undefined },
      { name: 'Cart Merged', anonymousId: 'a-2', userId: null },
    ])
  })

  test('identify ties the visitor to the user that it names', async () => {
    const world = start()
    world.analytics.runWith(scope, () => world.analytics.current.identify({ userId: 'u-3' }))
    expect(await tracked(world)).toMatchObject([{ name: 'identify', userId: 'u-3', anonymousId: 'a-1' }])
  })

  test('requests side by side do not mix, and what is within has what is around it', async () => {
    const world = start()
    const { analytics } = world
    await Promise.all(
      ['a-1', 'a-2'].map((anonymousId) =>
        analytics.runWith({ anonymousId, context: { locale: 'en' } }, async () => {
          await new Promise((resolve) => setImmediate(resolve))
          analytics.runWith({ userId: `u-${anonymousId}`, context: { ip: '203.0.113.7' } }, () =>
            analytics.current.track({ event: 'Seen' }),
          )
        }),
      ),
    )
    const context = { locale: 'en', ip: '203.0.113.7' }
    expect(await tracked(world)).toEqual([
      { name: 'Seen', anonymousId: 'a-1', userId: 'u-a-1', context },
      { name: 'Seen', anonymousId: 'a-2', userId: 'u-a-2', context },
    ])
  })

  test('outside of it there is nothing to take', async () => {
    const world = start()
    world.analytics.current.track({ event: 'Nobody' })
    await flushed(world)
    expect(world.dropped).toEqual([[expect.objectContaining({ event: 'Nobody' }), 'no_user_anon_id']])
  })
})

const headers = {
  cookie: 'theme=dark; trailstitch_id=visitor-1; other=1',
  'user-agent': 'Mozilla/5.0 Test',
  'accept-language': 'de-DE,de;q=0.9',
  'content-type': 'application/json',
}
const told = { ip: '127.0.0.1', userAgent: 'Mozilla/5.0 Test', locale: 'de-DE' }

describe('middleware', () => {
  test('of Fastify: visitor, user and context of the request, behind a parsed body and in other plugins', async () => {
    const world = start()
    const app = fastify()
    const userId = (request: FastifyRequest): string => (request.query as { user: string }).user
    await app.register(fastifyContext(world.analytics, { userId, context: () => ({ app: { name: 'shop' } }) }))
    await app.register((plugin, _options, done) => {
      plugin.post<{ Body: { total: number } }>('/orders', async ({ body: { total } }) => {
        world.analytics.current.track({ event: 'Order Completed', properties: { total } })
        return { ok: true }
      })
      done()
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const body = JSON.stringify({ total: 'x'.repeat(100_000).length })
    const url = `http://127.0.0.1:${port}/orders?user=u-7`
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
    await app.close()
    const [event] = await tracked(world)
    expect(event).toEqual({
      name: 'Order Completed',
      anonymousId: 'visitor-1',
      userId: 'u-7',
      context: { ...told, app: { name: 'shop' } },
    })
  })

  test('of Express: any server that calls (request, response, next)', async () => {
    const world = start()
    let signedIn: string | undefined
    const middleware = expressContext<IncomingMessage>(world.analytics, { userId: () => signedIn })
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      middleware(request, response, () => {
        signedIn = 'u-8' // who is signed in may be known later than the middleware runs
        world.analytics.current.track({ event: 'Order Completed' })
        response.end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers })
    server.close()
    expect(await tracked(world)).toEqual([
      { name: 'Order Completed', anonymousId: 'visitor-1', userId: 'u-8', context: told },
    ])
  })

  test("a visitor of the app's own, and a request that says nothing", async () => {
    const world = start()
    const middleware = expressContext<{ headers: Record<string, string>; session: string }>(world.analytics, {
      anonymousId: ({ session }) => session,
    })
    middleware({ headers: {}, session: 's-1' }, {}, () => world.analytics.current.track({ event: 'One' }))
    expect(await tracked(world)).toEqual([{ name: 'One', anonymousId: 's-1', userId: undefined, context: {} }])
  })
})
