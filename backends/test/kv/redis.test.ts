import { createServer, connect as dial, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createRedisServers, type RedisProcess, until } from '../../../scripts/services/redis-servers.ts'
import { freePort } from '../../../scripts/services/server.ts'
import type { Deps } from '../../src/deps.ts'
import { type Kv, openKv, systemDeps } from '../../src/index.ts'

const program = process.env.REDIS_SERVER_PATH

describe.skipIf(!program)('redis that fails (needs REDIS_SERVER_PATH)', () => {
  const servers = createRedisServers(program ?? '')
  afterAll(() => servers.stop())

  async function open(url: string, deps: Deps = systemDeps): Promise<Kv> {
    const kv = await openKv(url, deps)
    onTestFinished(() => kv.close())
    return kv
  }
  const urlOf = ({ port }: RedisProcess): string => `redis://127.0.0.1:${port}`

  const calls: [string, (kv: Kv) => Promise<unknown>][] = [
    ['get', (kv) => kv.get('key')],
    ['set', (kv) => kv.set('key', 'value', 60_000)],
    ['increment', (kv) => kv.increment('hits', 1, 60_000)],
    ['compareAndSet', (kv) => kv.compareAndSet('lease', undefined, 'mine', 60_000)],
    ['delete', (kv) => kv.delete('key')],
    ['publish', (kv) => kv.publish('live', 'text')],
  ]

  test('while it is gone every call fails with a code, in time; once it is back all work again', async () => {
    const server = await servers.start()
    const { deps, logged } = createLog()
    const kv = await open(urlOf(server), deps)
    await kv.set('key', 'value', 60_000)
    await server.kill()
    for (const [name, call] of calls) {
      const startedAt = performance.now()
      await expect(call(kv), name).rejects.toMatchObject({ code: 'unreachable', retryable: true })
      expect(performance.now() - startedAt, name).toBeLessThan(1_500)
    }
    // Several attempts to connect fail, and the log says so once.
    await pause(500)
    await server.restart()
    await vi.waitFor(() => kv.set('key', 'value', 60_000), { timeout: 5_000 })
    for (const [, call] of calls) await call(kv)
    expect(logged.map(({ message }) => message)).toEqual(['redis cannot be reached', 'redis can be reached again'])
  })

  test('it can be opened while it is gone, and works from when it is there', async () => {
    const server = await servers.start()
    await server.kill()
    const kv = await open(urlOf(server))
    await expect(kv.get('key')).rejects.toThrow(/ECONNREFUSED/)
    const heard: string[] = []
    await kv.subscribe('live', (text) => heard.push(text))
    await server.restart()
    await vi.waitFor(() => kv.set('key', 'value', 60_000), { timeout: 5_000 })
    await vi.waitFor(
      async () => {
        await kv.publish('live', 'text')
        expect(heard).toContain('text')
      },
      { timeout: 5_000 },
    )
  })

  test('a server that hangs is waited for one second a call, and goes on when it does', async () => {
    const server = await servers.start()
    const kv = await open(urlOf(server))
    await kv.set('key', 'value', 60_000)
    server.signal('SIGSTOP')
    const startedAt = performance.now()
    const outcomes = await Promise.allSettled(calls.map(([, call]) => call(kv)))
    const tookMs = performance.now() - startedAt
    server.signal('SIGCONT')
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { code: 'unreachable' } })
    expect(tookMs).toBeGreaterThan(900)
    expect(tookMs).toBeLessThan(1_500)
    await vi.waitFor(() => kv.get('key'), { timeout: 5_000 })
  })

  test('a command whose answer was lost is not sent a second time', async () => {
    const server = await servers.start()
    const proxy = await startProxy(server.port)
    const kv = await open(`redis://127.0.0.1:${proxy.port}`)
    proxy.swallowNext()
    await expect(kv.increment('hits', 1, 60_000)).rejects.toMatchObject({ code: 'unreachable' })
    await vi.waitFor(async () => expect(await kv.get('hits')).toBe('1'), { timeout: 5_000 })
    expect((await kv.increment('hits', 1, 60_000)).value).toBe(2)
  })

  test('a subscriber hears other handles, and hears them again after a restart', async () => {
    const server = await servers.start()
    const [subscriber, publisher] = [await open(urlOf(server)), await open(urlOf(server))]
    const heard: string[] = []
    await subscriber.subscribe('live', (text) => heard.push(text))
    await publisher.publish('live', 'before')
    await vi.waitFor(() => expect(heard).toEqual(['before']))
    await server.kill()
    await server.restart()
    await vi.waitFor(
      async () => {
        await publisher.publish('live', 'after')
        expect(heard).toContain('after')
      },
      { timeout: 5_000 },
    )
  })

  test('the connection for subscriptions is made by the first of them', async () => {
    const server = await servers.start()
    const kv = await open(urlOf(server))
    const connections = async (): Promise<number> =>
      (await servers.ask(server.port, 'CLIENT', 'LIST')).split('\n').filter((line) => line.includes('name=trailstitch'))
        .length
    expect(await connections()).toBe(1)
    await kv.subscribe('live', () => {})
    await kv.subscribe('other', () => {})
    expect(await connections()).toBe(2)
    await kv.close()
    await vi.waitFor(async () => expect(await connections()).toBe(0))
  })

  test('everything that is written has an end', async () => {
    const server = await servers.start()
    const kv = await open(urlOf(server))
    await Promise.all(Array.from({ length: 50 }, () => kv.increment('hits', 1, 60_000)))
    await kv.set('value', 'text', 0.4)
    await kv.set('value', 'text', 60_000.5)
    await kv.compareAndSet('lease', undefined, 'mine', 60_000)
    // As if somebody else's program had left it without one.
    await servers.ask(server.port, 'SET', 'ts:stray', '7')
    expect(await kv.increment('stray', 1, 60_000)).toEqual({ value: 8, ttlMs: 60_000 })
    const keys = (await servers.ask(server.port, '--scan')).split('\n').sort()
    expect(keys).toEqual(['ts:hits', 'ts:lease', 'ts:stray', 'ts:value'])
    for (const key of keys) expect(Number(await servers.ask(server.port, 'PTTL', key)), key).toBeGreaterThan(50_000)
  })

  test('a password is used, and neither logged nor told', async () => {
    const server = await servers.start('--requirepass', 'right')
    const kv = await open(`redis://:right@127.0.0.1:${server.port}`)
    await kv.set('key', 'value', 60_000)
    const { deps, logged } = createLog()
    const refused = await open(`redis://:hush@127.0.0.1:${server.port}`, deps)
    await expect(refused.get('key')).rejects.toThrow(/WRONGPASS/)
    await expect(refused.get('key')).rejects.not.toThrow(/hush/)
    expect(logged.length).toBeGreaterThan(0)
    expect(JSON.stringify(logged)).not.toContain('hush')
  })

  test('a failover of a cluster is over within 10 s, and subscribers come along', async () => {
    const nodes = await servers.startCluster()
    const url = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
    const kv = await open(url)
    const keys = Array.from({ length: 20 }, (_, index) => `hits ${index}`)
    const countAll = (): Promise<unknown> => Promise.all(keys.map((key) => kv.increment(key, 1, 60_000)))
    await countAll()
    const heard: string[] = []
    await kv.subscribe('live', (text) => heard.push(text))
    const [victim] = nodes
    if (!victim) throw new Error('there is no cluster')
    expect(await servers.ask(victim.port, 'PUBSUB', 'CHANNELS')).toBe('ts:live')
    expect(await servers.ask(victim.port, 'ROLE')).toContain('master')
    await victim.kill()
    const killedAt = performance.now()
    await expect(countAll()).rejects.toMatchObject({ code: 'unreachable' })
    expect(performance.now() - killedAt).toBeLessThan(2_500)
    await vi.waitFor(countAll, { timeout: 10_000, interval: 100 })
    expect(performance.now() - killedAt).toBeLessThan(10_000)
    await vi.waitFor(
      async () => {
        await kv.publish('live', 'after')
        expect(heard).toContain('after')
      },
      { timeout: 3_000 },
    )
  })

  test('a failover by a sentinel is over within 10 s', async () => {
    const master = await servers.start()
    const replica = await servers.start('--replicaof', '127.0.0.1', `${master.port}`)
    const sentinel = await servers.startSentinel('main', master.port)
    const knows = async (): Promise<boolean> =>
      (await servers.ask(sentinel.port, 'SENTINEL', 'REPLICAS', 'main')).includes(`${replica.port}`)
    await until(knows, 15_000, 'the sentinel')
    const kv = await open(`redis+sentinel://127.0.0.1:${sentinel.port}/main`)
    await kv.increment('hits', 5, 60_000)
    await until(async () => (await servers.ask(replica.port, 'GET', 'ts:hits')) === '5', 5_000, 'the replica')
    await master.kill()
    const counted = await vi.waitFor(() => kv.increment('hits', 1, 60_000), { timeout: 10_000, interval: 100 })
    expect(counted.value).toBe(6)
  })
})

const tlsUrl = process.env.REDIS_TLS_URL
test.skipIf(!tlsUrl)(
  'a server whose certificate nobody vouches for is not spoken to (needs REDIS_TLS_URL)',
  async () => {
    const kv = await openKv(tlsUrl ?? '', systemDeps)
    await expect(kv.get('key')).rejects.toThrow(/self-signed certificate/)
    await kv.close()
  },
)

function createLog(): { deps: Deps; logged: { fields: object; message: string }[] } {
  const logged: { fields: object; message: string }[] = []
  const note = (fields: object, message: string): void => void logged.push({ fields, message })
  return { deps: { now: Date.now, log: { info: note, warn: note, error: note } }, logged }
}

/** Passes everything on to a server; after `swallowNext` one answer is lost together with its connection. */
async function startProxy(target: number): Promise<{ port: number; swallowNext(): void }> {
  const sockets = new Set<Socket>()
  let isSwallowing = false
  const proxy = createServer((client) => {
    const server = dial(target, '127.0.0.1')
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}))
    client.pipe(server)
    server.on('data', (bytes) => {
      if (isSwallowing) client.destroy()
      else client.write(bytes)
      isSwallowing = false
    })
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroy())
  })
  const port = await freePort()
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  return {
    port,
    swallowNext: () => {
      isSwallowing = true
    },
  }
}
