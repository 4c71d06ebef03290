import { checkEvent } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createTraffic, type Delivery } from '../../src/demo/traffic.ts'
import { runCli } from '../run-cli.ts'

const startAt = Date.UTC(2026, 0, 1)

function take(count: number, options: Partial<Parameters<typeof createTraffic>[0]> = {}): Delivery[] {
  const traffic = createTraffic({ seed: '7', startAt, perSecond: 20, ...options })
  return Array.from({ length: count }, () => traffic.next().value)
}

test('the same seed and start give the same events, another seed gives others', () => {
  expect(take(500)).toEqual(take(500))
  expect(take(500)).not.toEqual(take(500, { seed: '8' }))
})

test('the same people do new things at another time', () => {
  const ids = (deliveries: Delivery[]) => deliveries.flatMap(({ events }) => events.map(({ messageId }) => messageId))
  const before = new Set(ids(take(500)))
  expect(ids(take(500, { startAt: startAt + 1 })).filter((id) => before.has(id))).toEqual([])
})

test('the rate is kept, times ascend, and every event passes the rules of the wire', () => {
  const deliveries = take(4000)
  const last = deliveries.at(-1)?.at ?? 0
  const events = deliveries.flatMap((delivery) => delivery.events)
  expect(events.length / ((last - startAt) / 1000)).toBeGreaterThan(18)
  expect(events.length / ((last - startAt) / 1000)).toBeLessThan(22)
  expect(deliveries.every(({ at }, index) => at >= (deliveries[index - 1]?.at ?? 0))).toBe(true)
  const codes = events.map((event) => checkEvent(structuredClone(event), { escapes: true, bytes: 1e6 }))
  expect(codes.filter((code) => code !== undefined)).toEqual([])
})

test('there are people with several devices, sign-ins, campaigns, late events, repeats and bots', () => {
  const deliveries = take(6000)
  const events = deliveries.flatMap((delivery) => delivery.events)
  const devices = Map.groupBy(
    events.filter(({ userId }) => userId),
    ({ userId }) => String(userId),
  )
  const withSeveral = [...devices.values()].filter((own) => new Set(own.map(({ anonymousId }) => anonymousId)).size > 1)
  expect(withSeveral.length).toBeGreaterThan(5)
  expect(events.filter(({ type }) => type === 'identify').length).toBeGreaterThan(50)
  expect(events.filter(({ context }) => context?.page?.search?.includes('utm_campaign')).length).toBeGreaterThan(50)
  expect(events.filter(({ context }) => context?.userAgent?.includes('bot')).length).toBeGreaterThan(20)
  const late = deliveries.filter(({ at, events: [first] }) => at - Date.parse(String(first?.timestamp)) > 10_000)
  expect(late.length).toBeGreaterThan(5)
  const ids = events.map(({ messageId }) => messageId)
  const repeats = ids.length - new Set(ids).size
  expect(repeats / ids.length).toBeGreaterThan(0.01)
  expect(repeats / ids.length).toBeLessThan(0.05)
})

test('demo prints so many events and no more', async () => {
  const line = ['demo', '--print', '--events', '37', '--seed', 'x', '--start', '2026-01-01T00:00:00Z']
  const { exitCode, stdout } = await runCli(line)
  expect(exitCode).toBe(0)
  expect(stdout.trim().split('\n')).toHaveLength(37)
  expect((await runCli(line)).stdout).toBe(stdout)
})

test('demo says what to do when no collector answers', async () => {
  const { exitCode, stderr } = await runCli([
    'demo',
    '--url',
    'http://127.0.0.1:9',
    '--write-key',
    'k',
    '--data',
    '/nonexistent',
    '--events',
    '1',
  ])
  expect(stderr).toContain('Start one with trailstitch start')
  expect(exitCode).toBe(1)
})
