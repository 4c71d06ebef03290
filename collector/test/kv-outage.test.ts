import { openKv, systemDeps } from '@trailstitch/backends'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRedisServers, type RedisProcess } from '../../scripts/services/redis-servers.ts'
import { createClock, type Running, startCollector } from './support/collector.ts'

const program = process.env.REDIS_SERVER_PATH
const event = { anonymousId: 'a', event: 'x' }

describe.skipIf(!program)('collectors on a Redis that is stopped and started again (needs REDIS_SERVER_PATH)', () => {
  const servers = createRedisServers(program ?? '')
  afterAll(() => servers.stop())

  async function collectorOn({ port }: RedisProcess, perMinute: number): Promise<Running & { logged: string[] }> {
    const { logged, deps } = createClock()
    const ownDeps = { now: Date.now, log: deps.log }
    const kv = await openKv(`redis://127.0.0.1:${port}`, systemDeps)
    const running = await startCollector({
      kv,
      deps: ownDeps,
      limits: { requestsPerMinutePerKey: perMinute },
    })
    onTestFinished(() => running.stop())
    return { ...running, logged }
  }
  const post = async (running: Running, count: number): Promise<number[]> => {
    const statuses: number[] = []
    for (let sent = 0; sent < count; sent++) statuses.push((await running.post('/v1/track', event)).status)
    return statuses
  }
  const areShared = async ({ app }: Running): Promise<string | undefined> =>
    /^trailstitch_collector_limits_shared (\d)$/m.exec((await app.inject({ url: '/metrics' })).body)?.[1]
  const known = (server: RedisProcess): Promise<string> => servers.ask(server.port, 'GET', 'ts:limit:key:wk-shop')

  test('they go on acknowledging and counting by themselves, say so, and share again afterwards', async () => {
    const server = await servers.start()
    const [first, second] = [await collectorOn(server, 30), await collectorOn(server, 30)]
    expect(await post(first, 10)).toEqual(Array(10).fill(200))
    await vi.waitFor(async () => expect(Number(await known(server))).toBeGreaterThan(0))
    expect(await areShared(first)).toBe('1')

    await server.kill()
    const startedAt = performance.now()
    expect(await post(first, 15)).toEqual(Array(15).fill(200))
    // Fifteen answers, none of which waited for a Redis that does not answer.
    expect(performance.now() - startedAt).toBeLessThan(1_000)
    await vi.waitFor(async () => expect(await areShared(first)).toBe('0'))
    expect(first.logged.filter((message) => message.includes('held by this process alone'))).toHaveLength(1)

    // What it counted before and meanwhile still counts, though the new server knows nothing.
    await server.restart()
    await vi.waitFor(
      async () => {
        await first.post('/v1/track', event)
        expect(await areShared(first)).toBe('1')
      },
      { timeout: 5_000, interval: 500 },
    )
    expect(Number(await known(server))).toBeGreaterThanOrEqual(15)
    expect((await post(first, 10)).at(-1)).toBe(429)

    // The other one hears of it from the new server.
    const statuses = await post(second, 30)
    expect(statuses.at(-1)).toBe(429)
    expect(statuses.filter((status) => status === 200).length).toBeLessThan(20)
  })
})
