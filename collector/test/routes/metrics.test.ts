import { expect, onTestFinished, test } from 'vitest'
import type { CollectorAppOptions } from '../../src/index.ts'
import { createScriptedQueue, type Running, startCollector } from '../support/collector.ts'

const event = { anonymousId: 'a', event: 'x' }

async function start(options: Partial<CollectorAppOptions> = {}): Promise<Running> {
  const running = await startCollector(options)
  onTestFinished(() => running.stop())
  return running
}

/** The figures by name and labels. */
async function figures({ app }: Running): Promise<Map<string, number>> {
  const { body } = await app.inject({ url: '/metrics' })
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(' ')
      return [line.slice(0, cut).replace('trailstitch_collector_', ''), Number(line.slice(cut + 1))]
    }),
  )
}

test('requests count by their outcome, events by what became of them', async () => {
  const running = await start({ limits: { requestsPerMinutePerKey: 4 } })
  await running.post('/v1/track', event)
  await running.post('/v1/batch', { batch: [{ type: 'track', ...event }, { type: 'track', event: 'x' }, {}] })
  await running.post('/v1/track', { event: 'nobody' })
  await running.post('/v1/track', '{')
  await running.app.inject({ url: '/v1/pixel.gif?writeKey=wk-shop&anonymousId=a' })
  await running.post('/v1/track', event)
  const found = await figures(running)
  expect(found.get('requests_total{outcome="accepted"}')).toBe(3)
  expect(found.get('requests_total{outcome="no_user_anon_id"}')).toBe(1)
  expect(found.get('requests_total{outcome="invalid_json"}')).toBe(1)
  expect(found.get('requests_total{outcome="rate_limited"}')).toBe(1)
  expect(found.get('events_accepted_total')).toBe(3)
  expect(found.get('events_refused_total{code="no_user_anon_id"}')).toBe(2)
  expect(found.get('events_refused_total{code="unknown_type"}')).toBe(1)
  expect(found.get('send_duration_seconds_count')).toBe(4)
  expect(found.get('send_duration_seconds_bucket{le="10"}')).toBe(4)
})

test('bytes in flight are those of requests that wait for the queue; failed sends are measured, too', async () => {
  const { queue, script } = createScriptedQueue()
  let release = (): void => {}
  script.hold = new Promise((resolve) => {
    release = resolve
  })
  const running = await start({ queue })
  const body = JSON.stringify(event)
  const answer = running.post('/v1/track', body)
  await expect.poll(async () => (await figures(running)).get('in_flight_bytes{held_by="sender"}')).toBe(body.length)
  expect((await figures(running)).get('in_flight_bytes{held_by="requests"}')).toBe(body.length)
  script.fail = true
  release()
  expect((await answer).status).toBe(503)
  const found = await figures(running)
  expect(found.get('in_flight_bytes{held_by="requests"}')).toBe(0)
  expect(found.get('in_flight_bytes{held_by="sender"}')).toBe(0)
  expect(found.get('requests_total{outcome="queue_unavailable"}')).toBe(1)
  expect(found.get('events_accepted_total')).toBe(0)
  expect(found.get('send_duration_seconds_count')).toBe(1)
})

test('each collector counts for itself', async () => {
  const [first, second] = [await start(), await start()]
  await first.post('/v1/track', event)
  expect((await figures(first)).get('events_accepted_total')).toBe(1)
  expect((await figures(second)).get('events_accepted_total')).toBe(0)
})

test('figures are text for Prometheus, without a limit, and not served where health is not', async () => {
  const running = await start({ limits: { requestsPerMinutePerIp: 1 } })
  for (let count = 0; count < 3; count++) {
    const { statusCode, headers } = await running.app.inject({ url: '/metrics', remoteAddress: '203.0.113.1' })
    expect([statusCode, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'no-store',
    ])
  }
  const silent = await start({ health: false })
  expect((await silent.app.inject({ url: '/metrics' })).statusCode).toBe(404)
})
