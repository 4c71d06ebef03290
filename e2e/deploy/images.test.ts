import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { cloudNeeds, createCloud, hasCloud } from '../support/cloud.ts'
import { type Disk, mountDisk } from '../support/disk.ts'
import { findFreePort } from '../support/services.ts'
import { until } from '../support/until.ts'
import { createImages, type Images } from './build.ts'
import { readCompose } from './compose.ts'
import { type Container, type ContainerOptions, canContain, startContainer } from './container.ts'

// There need not be a container engine: the Dockerfile is done step by step in a folder, and its services are started in
// namespaces of their own, with the user, the command and the health check that the Dockerfile says.

const source = fileURLToPath(new URL('../../', import.meta.url))
const { services } = readCompose()
const tmpfs = ['/data:uid=1000,gid=1000,mode=0700']
const local = { TRAILSTITCH_HOST: '127.0.0.1', TRAILSTITCH_WRITE_KEY: 'wk_image', TRAILSTITCH_ADMIN_TOKEN: 'token' }

describe.skipIf(!canContain)('the images (skipped where this user may not make namespaces)', () => {
  let disk: Disk
  let images: Images
  const running: Container[] = []

  beforeAll(() => {
    // In memory, and gone at once: thousands of small files.
    disk = mountDisk(1024)
    images = createImages(source, disk.folder)
  })
  afterEach(async () => {
    await Promise.all(running.splice(0).map((container) => container.end('SIGKILL')))
  })
  afterAll(() => disk.remove())

  async function run(target: string, options: ContainerOptions): Promise<Container> {
    const container = startContainer(await images.rootOf(target), images.settingsOf(target), options)
    running.push(container)
    return container
  }

  const check = (target: string): readonly string[] => images.settingsOf(target).healthcheck ?? []

  test('hold what is needed in production and no tool', { timeout: 300_000 }, async () => {
    const lock = JSON.parse(readFileSync(`${source}package-lock.json`, 'utf8')) as { packages: Record<string, Locked> }
    for (const target of ['collector', 'processor', 'dashboard', 'start', 'emulator']) {
      const file = `${await images.rootOf(target)}/app/node_modules/.package-lock.json`
      const { packages } = JSON.parse(readFileSync(file, 'utf8')) as typeof lock
      const tools = Object.keys(packages).filter((path) => lock.packages[path]?.dev ?? lock.packages[path]?.devOptional)
      expect(tools).toEqual([])
      expect(Object.keys(packages)).toContain('node_modules/fastify')
    }
  })

  test('start serves shop, script and API, and nothing but /data can be written', async () => {
    const port = String(await findFreePort())
    const container = await run('start', { env: { ...local, TRAILSTITCH_PORT: port }, tmpfs })
    const url = await container.ready
    for (const path of ['/', '/demo/', '/sdk/v1.js']) expect((await fetch(url + path)).status).toBe(200)
    expect(await container.exec(check('start'))).toEqual({ code: 0, output: '' })

    const say = async (line: string): Promise<string> => (await container.exec(['/bin/sh', '-c', line])).output.trim()
    expect(await say('id -u; id -g; id -G')).toBe('1000\n1000\n1000')
    expect(await say('cat /proc/1/cmdline | tr "\\0" " "')).toBe('node cli/bin/trailstitch.js start')
    expect(await say('grep -hE "^(CapEff|CapBnd|NoNewPrivs)" /proc/1/status | tr -s "\\t\\n" "  "')).toMatch(
      /^CapEff: 0+ CapBnd: 0+ NoNewPrivs: 1$/,
    )
    for (const path of ['/app/x', '/tmp/x', '/x']) expect(await say(`touch ${path}`)).toContain('Read-only file system')
    expect(await container.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  test('a health check fails where nobody answers', async () => {
    const port = String(await findFreePort())
    const container = await run('processor', { env: { ...local, TRAILSTITCH_PORT: port }, tmpfs })
    await container.ready
    for (const target of ['collector', 'dashboard', 'start'])
      expect((await container.exec(check(target))).code).not.toBe(0)
  })

  const startEmulator = async (): Promise<{ container: Container; port: string }> => {
    const port = String(await findFreePort())
    const container = await run('emulator', { env: { EMULATOR_PORT: port }, args: ['--host', '127.0.0.1'] })
    expect(await container.ready).toBe(`http://127.0.0.1:${port}`)
    return { container, port }
  }

  test('the emulator answers its health check and stops when asked', async () => {
    const { container } = await startEmulator()
    expect(await container.exec(check('emulator'))).toEqual({ code: 0, output: '' })
    expect(await container.end('SIGTERM')).toMatchObject({ code: 0 })
  })

  test.skipIf(!hasCloud)(
    `the services of compose.yaml share an event and no folder (skipped without ${cloudNeeds})`,
    async () => {
      const cloud = await createCloud()
      onTestFinished(() => cloud.close())
      const { port } = await startEmulator()
      const { STORE_URL = '', KV_URL = '' } = cloud.env
      const start = async (name: string): Promise<{ container: Container; url: string }> => {
        const { environment = {}, tmpfs = [] } = services[name] ?? {}
        const here = Object.entries(environment).map(([key, value]) => [
          key,
          value.replace('emulator:4566', `127.0.0.1:${port}`),
        ])
        const places = { STORE_URL, KV_URL, DIRECTORY_URL: STORE_URL }
        const own = { TRAILSTITCH_HOST: '127.0.0.1', TRAILSTITCH_PORT: String(await findFreePort()), ...places }
        const container = await run(name, { env: { ...Object.fromEntries(here), ...own }, tmpfs })
        return { container, url: await container.ready }
      }
      const started = [await start('processor'), await start('collector'), await start('dashboard')]
      const [, collector, dashboard] = started
      const { TRAILSTITCH_WRITE_KEY: writeKey, TRAILSTITCH_ADMIN_TOKEN: token } = services.collector?.environment ?? {}
      const body = JSON.stringify({ writeKey, event: 'Hello', anonymousId: 'me' })
      expect((await fetch(`${collector?.url}/v1/track`, { method: 'POST', body })).status).toBe(200)
      await until('the event is read', 30_000, async () => {
        const headers = { authorization: `Bearer ${token}` }
        const answer = await fetch(`${dashboard?.url}/api/v1/people?search=me`, { headers })
        return ((await answer.json()) as { items: unknown[] }).items.length === 1
      })
      for (const [name, each] of [
        ['collector', collector],
        ['dashboard', dashboard],
      ] as const)
        expect(await each?.container.exec(check(name))).toEqual({ code: 0, output: '' })
      for (const { container } of started) expect(await container.end('SIGTERM')).toMatchObject({ code: 0 })
    },
  )
})

interface Locked {
  dev?: boolean
  devOptional?: boolean
}
