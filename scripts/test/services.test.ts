import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { chromium } from '../services/chromium.ts'
import { fauxqs } from '../services/fauxqs.ts'
import { hadolint } from '../services/hadolint.ts'
import { mongodb } from '../services/mongodb.ts'
import { redis } from '../services/redis.ts'
import { createRedisServers } from '../services/redis-servers.ts'
import { runtimeServices } from '../services/runtimes.ts'
import { freePort, isListening, startServer } from '../services/server.ts'
import type { Service } from '../services/service.ts'
import { versitygw } from '../services/versitygw.ts'
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

describe('runtimes', () => {
  const node20 = runtimeServices.find(({ name }) => name === 'node 20')

  test('are found on the PATH in the version that is wanted, and by their variable before that', async () => {
    const folder = folderWith('node', 'echo v20.11.1')
    expect(await node20?.find({ PATH: folder, XDG_CACHE_HOME: '/nowhere' })).toEqual({
      version: '20.11.1',
      where: join(folder, 'node'),
      env: { NODE_20_PATH: join(folder, 'node') },
    })
    const own = join(folderWith('my-node', 'echo v20.9.0'), 'my-node')
    expect(await node20?.find({ PATH: folder, NODE_20_PATH: own })).toMatchObject({ version: '20.9.0', where: own })
  })

  test('of another version do not count', async () => {
    const folder = folderWith('node', 'echo v24.20.1')
    expect(await node20?.find({ PATH: folder, XDG_CACHE_HOME: '/nowhere' })).toBeUndefined()
  })
})

describe('mongodb', () => {
  const says = (version: string): string => `echo "db version v${version}"`

  test('is a mongod that was fetched, and one on the PATH before that', async () => {
    const cache = folderWith('unused', '')
    const fetched = join(cache, 'trailstitch/mongod-8.2.6/bin')
    mkdirSync(fetched, { recursive: true })
    const program = join(fetched, 'mongod-x64-debian-8.2.6')
    writeFileSync(program, `#!/bin/sh\n${says('8.2.6')}\n`)
    chmodSync(program, 0o755)
    writeFileSync(`${program}.lock`, '')
    const env = { PATH: '/nowhere', XDG_CACHE_HOME: cache }
    expect(await mongodb.find(env)).toEqual({ version: '8.2.6', where: program, env: {} })
    const folder = folderWith('mongod', says('8.0.1'))
    expect(await mongodb.find({ ...env, PATH: folder })).toMatchObject({ version: '8.0.1', where: `${folder}/mongod` })
    const broken = folderWith('mongod', 'exit 1')
    expect(await mongodb.find({ ...env, PATH: broken })).toMatchObject({ where: program })
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

describe('versitygw', () => {
  const cached = 'trailstitch/versitygw-1.8.0'

  test('is found on the PATH before the cache', async () => {
    const cache = folderWith('unused', '')
    mkdirSync(join(cache, cached), { recursive: true })
    writeFileSync(join(cache, cached, 'versitygw'), '#!/bin/sh\necho "Version  : git"\n', { mode: 0o755 })
    const inCache = join(cache, cached, 'versitygw')
    expect(await versitygw.find({ XDG_CACHE_HOME: cache })).toEqual({ version: '1.8.0', where: inCache, env: {} })
    const folder = folderWith('versitygw', 'echo "Version  : v1.9.1"')
    const onPath = { version: '1.9.1', where: join(folder, 'versitygw'), env: {} }
    expect(await versitygw.find({ XDG_CACHE_HOME: cache, PATH: folder })).toEqual(onPath)
  })

  test('a server that was named is used as it is', async () => {
    const env = { TEST_S3_ENDPOINT: 'http://127.0.0.1:9000' }
    const found = await versitygw.find(env)
    expect(found).toMatchObject({ where: 'http://127.0.0.1:9000', env: {} })
    expect((await versitygw.start?.(found ?? never(), env))?.env).toEqual({})
    expect((await fauxqs.find({ FAUXQS_URL: 'http://127.0.0.1:9001' }))?.where).toBe('http://127.0.0.1:9001')
  })

  test('is built into the cache where Go is, and says so', async () => {
    const cache = folderWith('unused', '')
    const said: string[] = []
    const script = 'test "$1" = version || { echo "$*" > "$GOBIN/versitygw"; }'
    const go = folderWith('go', script)
    const env = { XDG_CACHE_HOME: cache, PATH: `${go}:/usr/bin:/bin` }
    expect(await versitygw.install(env, (line) => said.push(line))).toBe(true)
    expect(readFileSync(join(cache, cached, 'versitygw'), 'utf8')).toMatch(/^install github.com\/versity.*@v1\.8\.0\n$/)
    expect(said).toEqual([expect.stringContaining(`into ${join(cache, cached)} `)])
  })

  test('is not built without Go, or when the build fails', async () => {
    const said: string[] = []
    const cache = folderWith('unused', '')
    expect(await versitygw.install({ XDG_CACHE_HOME: cache, PATH: '/nowhere' }, (line) => said.push(line))).toBe(false)
    expect(said).toEqual([])
    const go = folderWith('go', 'test "$1" = version || { echo "no network"; exit 1; }')
    const env = { XDG_CACHE_HOME: cache, PATH: `${go}:/usr/bin:/bin` }
    expect(await versitygw.install(env, (line) => said.push(line))).toBe(false)
    expect(said.at(-1)).toBe('no network')
  })
})

describe('servers', () => {
  test('fauxqs listens on 127.0.0.1 until it is stopped', async () => {
    const found = await fauxqs.find({})
    expect(found?.version).toMatch(/^\d+\.\d+\.\d+$/)
    const started = await fauxqs.start?.(found ?? never(), { PATH: process.env.PATH })
    const { hostname, port } = new URL(started?.env.FAUXQS_URL ?? '')
    expect([hostname, await isListening(Number(port))]).toEqual(['127.0.0.1', true])
    await started?.stop()
    expect(await isListening(Number(port))).toBe(false)
  })

  test('a program that ends before it is ready says why', async () => {
    const starting = startServer(['/bin/sh', '-c', 'echo no space >&2; exit 1'], {}, async () => false)
    await expect(starting).rejects.toThrow('/bin/sh ended at once: no space')
    await expect(startServer(['/nowhere/program'], {}, async () => false)).rejects.toThrow(/ENOENT/)
  })

  test('a free port is one that can be listened on', async () => {
    const port = await freePort()
    expect(port).toBeGreaterThan(0)
    expect(await isListening(port)).toBe(false)
  })
})

function never(): never {
  throw new Error('not found')
}

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

  test('lists what does not start, says why, and goes on', async () => {
    const said: string[] = []
    const failing = { ...service('a', 'found'), start: () => Promise.reject(new Error('no port')) }
    const provided = await provideServices([failing, service('b', 'found')], {}, (line) => said.push(line))
    expect(provided.missing.map(({ name }) => name)).toEqual(['a'])
    expect(provided.env).toEqual({ b_FOUND: '1', b_URL: 'b' })
    expect(said).toEqual(['a did not start: no port'])
  })
})

describe('hadolint', () => {
  test('is found on the PATH', async () => {
    const folder = folderWith('hadolint', 'echo "Haskell Dockerfile Linter 2.12.0"')
    expect(await hadolint.find({ PATH: folder, XDG_CACHE_HOME: '/nowhere' })).toEqual({
      version: '2.12.0',
      where: join(folder, 'hadolint'),
      env: { HADOLINT_PATH: join(folder, 'hadolint') },
    })
  })

  test('is found where it was fetched to, and nowhere else', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'services-'))
    folders.push(cache)
    expect(await hadolint.find({ PATH: '/nowhere', XDG_CACHE_HOME: cache })).toBeUndefined()
    const bin = join(cache, 'trailstitch', 'hadolint-2.15.1', 'bin')
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'hadolint'), '#!/bin/sh\necho "Haskell Dockerfile Linter 2.15.1"\n', { mode: 0o755 })
    expect((await hadolint.find({ PATH: '/nowhere', XDG_CACHE_HOME: cache }))?.where).toBe(join(bin, 'hadolint'))
  })
})
