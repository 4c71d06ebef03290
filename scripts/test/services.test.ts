import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { chromium } from '../services/chromium.ts'
import { redis } from '../services/redis.ts'
import { createRedisServers } from '../services/redis-servers.ts'
import type { Service } from '../services/service.ts'
import { provideServices } from '../services.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** A folder for the PATH with one command in it. */
function folderWith(name: string, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'services-'))
  folders.push(folder)
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, name), 0o755)
  return folder
}

describe('chromium', () => {
  test.each(['chromium', 'chromium-browser', 'google-chrome'])('is found on the PATH as %s', async (name) => {
    const folder = folderWith(name, 'echo "Chromium 140.0.7339.80 built on Debian"')
    expect(await chromium.find({ PATH: `/nowhere:${folder}` })).toEqual({
      version: '140.0.7339.80',
      where: join(folder, name),
      env: { CHROMIUM_PATH: join(folder, name) },
    })
  })

  test('is taken from CHROMIUM_PATH before the PATH', async () => {
    const folder = folderWith('chromium', 'echo "Chromium 1.0.0"')
    const own = join(folderWith('my-browser', 'echo "Chromium 2.0.0"'), 'my-browser')
    expect(await chromium.find({ PATH: folder, CHROMIUM_PATH: own })).toMatchObject({ version: '2.0.0', where: own })
  })

  test('is not there when the command fails, is a stub that says no version, or does not exist', async () => {
    const failing = folderWith('chromium', 'echo "Chromium 1.0.0"; exit 1')
    const stub = folderWith('chromium', 'echo "please install the package"')
    expect(await chromium.find({ PATH: failing })).toBeUndefined()
    expect(await chromium.find({ PATH: stub })).toBeUndefined()
    expect(await chromium.find({ CHROMIUM_PATH: '/nowhere/chrome' })).toBeUndefined()
  })
})

describe('redis', () => {
  const version = 'echo "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0"'

  const helpers = (): string[] => ['redis-cli', 'openssl'].map((name) => folderWith(name, 'exit 0'))

  test('is found on the PATH, together with the programs it takes to start it', async () => {
    const folder = folderWith('redis-server', version)
    const path = join(folder, 'redis-server')
    const [cli = '', openssl = ''] = helpers()
    expect(await redis.find({ PATH: `${folder}:${cli}:${openssl}` })).toEqual({
      version: '7.0.15',
      where: path,
      env: { REDIS_SERVER_PATH: path },
    })
    expect(await redis.find({ PATH: `${folder}:${cli}` })).toBeUndefined()
    expect(await redis.find({ PATH: `${folder}:${openssl}` })).toBeUndefined()
  })

  test('is taken from REDIS_URL, which is not shown, and none is started beside it', async () => {
    const env = { REDIS_URL: 'redis://:secret@example.com', REDIS_CLUSTER_URL: 'redis+cluster://example.com' }
    const found = await redis.find({ PATH: '/nowhere', ...env })
    expect(found).toMatchObject({ where: 'REDIS_URL', env })
    expect((await redis.start?.(found ?? { version: '', where: '', env: {} }, {}))?.env).toEqual({})
  })

  test('is not there when the command fails or says no version', async () => {
    for (const script of [`${version}; exit 1`, 'echo "please install the package"'])
      expect(await redis.find({ PATH: [folderWith('redis-server', script), ...helpers()].join(':') })).toBeUndefined()
  })

  const program = process.env.REDIS_SERVER_PATH
  test.skipIf(!program)('a server answers once it is started, and is gone once all are stopped', async () => {
    const servers = createRedisServers(program ?? '')
    const { port, restart, kill } = await servers.start()
    expect(await servers.ask(port, 'SET', 'key', 'value')).toBe('OK')
    await kill()
    expect(await servers.ask(port, 'PING')).toContain('refused')
    await restart()
    expect(await servers.ask(port, 'GET', 'key')).toBe('')
    await servers.stop()
    expect(await servers.ask(port, 'PING')).toContain('refused')
  })
})

describe('provideServices', () => {
  const calls: string[] = []
  afterEach(() => {
    calls.length = 0
  })

  /** A server that is there from the start, after its installation, or never. */
  function service(name: string, there: 'found' | 'installable' | 'never'): Service {
    let installed = there === 'found'
    return {
      name,
      why: 'tests',
      command: `get ${name}`,
      find: async () => (installed ? { version: '1', where: '/bin', env: { [`${name}_FOUND`]: '1' } } : undefined),
      async install() {
        calls.push(`install ${name}`)
        installed = there === 'installable'
        return installed
      },
      async start() {
        calls.push(`start ${name}`)
        return { env: { [`${name}_URL`]: name }, stop: async () => void calls.push(`stop ${name}`) }
      },
    }
  }

  test('tells the tests of every service and stops the last one first', async () => {
    const provided = await provideServices([service('a', 'found'), service('b', 'installable')], {}, () => {})
    expect(provided.env).toEqual({ a_FOUND: '1', a_URL: 'a', b_FOUND: '1', b_URL: 'b' })
    expect(provided.ready.map(({ name }) => name)).toEqual(['a', 'b'])
    await provided.stop()
    expect(calls).toEqual(['start a', 'install b', 'start b', 'stop b', 'stop a'])
  })

  test('lists what cannot be had and goes on', async () => {
    const provided = await provideServices([service('a', 'never'), service('b', 'found')], {}, () => {})
    expect(provided.missing.map(({ command }) => command)).toEqual(['get a'])
    expect(provided.ready.map(({ name }) => name)).toEqual(['b'])
  })
})
