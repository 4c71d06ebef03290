import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readCommandLine } from '../../cli/src/command-line.ts'
import { commands } from '../../cli/src/commands/index.ts'
import { environmentNames } from '../../cli/src/config.ts'
import { serviceEnv } from '../support/config.ts'
import { type ComposeService, readCompose } from './compose.ts'
import { parseDockerfile, settingsOf } from './dockerfile.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const stages = parseDockerfile(readFileSync(`${root}Dockerfile`, 'utf8'))
const { services, volumes } = readCompose()
const all = Object.entries(services)
const ours = all.filter(([name]) => commands.some((command) => command.name === name))
const settingsFor = ({ build }: ComposeService) => (build ? settingsOf(stages, build.target) : undefined)

test('there are the services apart, two processors of them, and their parts', () => {
  expect(ours.map(([name]) => name)).toEqual(['collector', 'processor', 'dashboard'])
  expect(all.map(([name]) => name).slice(ours.length)).toEqual(['emulator', 'mongo', 'redis'])
  expect(services.processor?.deploy?.replicas).toBe(2)
})

describe.each(all)('%s', (name, service) => {
  test('is an image of a version, or one that is built from here', () => {
    if (service.build) {
      expect(service.build).toEqual({ context: '.', target: name })
      expect(stages.has(name)).toBe(true)
    } else expect(service.image).toMatch(/:\d+\.\d+\.\d+$/)
  })

  test('is not root, cannot become it, and writes nowhere but where it has to', () => {
    expect(service.user ?? settingsFor(service)?.user).toMatch(/^(?!0|root)\w+/)
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    expect(service.privileged).toBeUndefined()
  })

  test('has a health check, unless it is the processor, which has nothing to ask', () => {
    expect(service.healthcheck !== undefined || settingsFor(service)?.healthcheck !== undefined).toBe(
      name !== 'processor',
    )
  })

  test('is reached from this machine only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test('names volumes that there are', () => {
    for (const volume of service.volumes ?? []) expect(volumes).toHaveProperty(volume.split(':')[0] ?? '')
  })
})

describe.each(ours)('%s', (name, service) => {
  test('is told settings that there are, and values that they take', () => {
    const { environment = {} } = service
    const strange = Object.keys(environment).filter(
      (key) => !Object.hasOwn(environmentNames, key) && !/^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)$/.test(key),
    )
    expect(strange).toEqual([])
    const [command] = commands.filter((each) => each.name === name)
    if (!command) throw new Error(`there is no command ${name}`)
    const { config } = readCommandLine(command, [], { ...settingsFor(service)?.env, ...environment })
    expect(config).toMatchObject({ data: '/data', host: '0.0.0.0', writeKey: 'wk_local' })
  })

  test('has the same settings as the others', () => {
    expect(service.environment).toEqual(services.collector?.environment)
  })

  test('may write into its data folder, which its user owns', () => {
    const [uid, gid] = settingsFor(service)?.user.split(':') ?? []
    expect(service.tmpfs).toEqual([`/data:uid=${uid},gid=${gid},mode=0700`])
  })

  test('has the time it needs for a stop, and waits for its parts', () => {
    expect(Number.parseInt(service.stop_grace_period ?? '', 10)).toBeGreaterThan(28)
    const healthy = { condition: 'service_healthy' }
    expect(service.depends_on).toEqual({ emulator: healthy, mongo: healthy, redis: healthy })
  })

  test('finds its parts by the names they have here', () => {
    const urls = Object.entries(service.environment ?? {}).filter(([key]) => key.endsWith('_URL'))
    const hosts = urls.map(([, url]) => new URL(new URL(url).searchParams.get('endpoint') ?? url).hostname)
    expect([...new Set(hosts)].sort()).toEqual(['emulator', 'mongo', 'redis'])
  })
})

const hasCompose = spawnSync('docker', ['compose', 'version'], { env: serviceEnv }).status === 0
test.skipIf(!hasCompose)('docker compose takes the file (skipped where its client has no compose)', () => {
  const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
    cwd: root,
    env: serviceEnv,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
})
