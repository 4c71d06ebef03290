import rateLimit from '@fastify/rate-limit'
import { openKv, systemDeps } from '@trailstitch/backends'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { collectorPlugin } from '../src/index.ts'
import { arrivals, createScriptedQueue, projects } from './support/collector.ts'

const event = { anonymousId: 'a', event: 'x', writeKey: 'wk-shop' }

async function startHost() {
  const { queue, script } = createScriptedQueue()
  const kv = await openKv('memory:', systemDeps)
  const seen: string[] = []
  const host = Fastify()
  await host.register(rateLimit, { global: false, max: 1 })
  host.addHook('onResponse', async (request) => void seen.push(request.url))
  host.post('/orders', (request) => ({ got: request.body }))
  host.setNotFoundHandler((_request, reply) => reply.code(404).send('host'))
  host.setErrorHandler((_error, _request, reply) => reply.code(418).send('host'))
  await host.register(collectorPlugin, { prefix: '/t', queue, kv, projects, deps: systemDeps })
  await host.ready()
  return { host, queue, script, seen }
}

test('inside an app of your own it works under a prefix, settings included', async () => {
  const { host, queue, seen } = await startHost()
  const taken = await host.inject({ method: 'POST', url: '/t/v1/track', payload: event })
  expect(taken.json()).toEqual({ success: true, accepted: 1, refused: [] })
  expect(await arrivals(queue)).toMatchObject([{ part: { project: 'shop' }, events: [event] }])
  const settings = await host.inject({ url: '/t/v1/projects/wk-shop/settings', headers: { host: 'shop.example' } })
  expect(settings.json().integrations['Segment.io'].apiHost).toBe('shop.example/t/v1')
  expect((await host.inject({ url: '/t/readyz' })).statusCode).toBe(200)
  expect(seen).toContain('/t/v1/track')
  await host.close()
})

test('the app around it keeps its own parsers, errors, 404s and rate limits', async () => {
  const { host } = await startHost()
  expect((await host.inject({ method: 'POST', url: '/orders', payload: { a: 1 } })).json()).toEqual({ got: { a: 1 } })
  const strange = { 'content-type': 'application/pdf' }
  expect((await host.inject({ method: 'POST', url: '/orders', payload: 'x', headers: strange })).statusCode).toBe(418)
  expect((await host.inject({ url: '/nowhere' })).body).toBe('host')
  expect((await host.inject({ url: '/t/nowhere' })).body).toBe('host')
  expect((await host.inject({ url: '/t/v1/nowhere' })).json().code).toBe('not_found')
  for (let count = 0; count < 3; count++) {
    const answer = await host.inject({
      method: 'POST',
      url: '/t/v1/track',
      payload: event,
      remoteAddress: '203.0.113.9',
    })
    expect(answer.statusCode).toBe(200)
  }
  await host.close()
})

test('closing the app waits for what is under way', async () => {
  const { host, queue, script } = await startHost()
  let release = (): void => {}
  script.hold = new Promise((resolve) => {
    release = resolve
  })
  const answer = host.inject({ method: 'POST', url: '/t/v1/track', payload: event })
  const first = await Promise.race([
    answer.then(() => 'answered'),
    new Promise((resolve) => setImmediate(resolve, 'under way')),
  ])
  expect(first).toBe('under way')
  const closed = host.close()
  release()
  expect((await answer).statusCode).toBe(200)
  await closed
  expect(await arrivals(queue)).toHaveLength(1)
})
