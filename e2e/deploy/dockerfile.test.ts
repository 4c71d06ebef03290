import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { hadolintPath } from '../support/config.ts'
import { createIgnore, listContext } from './context.ts'
import { lineage, parseDockerfile, parseExec, settingsOf } from './dockerfile.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (name: string): string => readFileSync(`${root}${name}`, 'utf8')
const stages = parseDockerfile(read('Dockerfile'))
const services = ['collector', 'processor', 'dashboard', 'start']
const targets = [...services, 'emulator']

test('all images are of the Node that the tests run under, by its full version', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version: string }> }
  const images = [...stages.values()].map(({ from }) => from).filter((from) => !stages.has(from))
  expect(new Set(images)).toEqual(new Set([`node:${lock.packages['node_modules/node']?.version}-trixie-slim`]))
})

test.each(services)('%s runs its command in Node, as a user that is not root', (target) => {
  const { user, command } = settingsOf(stages, target)
  expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  expect(command).toEqual(['node', 'cli/bin/trailstitch.js', target])
})

test('the emulator, too, is Node and not root', () => {
  const { user, command } = settingsOf(stages, 'emulator')
  expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
  expect(command[0]).toBe('node')
})

test('what listens has a health check, in Node, which is all the image has for it', () => {
  const checked = targets.filter((target) => settingsOf(stages, target).healthcheck?.[0] === 'node')
  expect(checked).toEqual(['collector', 'dashboard', 'start', 'emulator'])
})

test('a shell between Docker and the service is an error', () => {
  expect(() => parseExec('npm start')).toThrow()
  expect(() => parseExec('"npm start"')).toThrow('not the exec form')
})

test('no package runs a script of its own while an image is built, and none of the tools gets into one', () => {
  const installs = [...stages.values()].flatMap(({ name, instructions }) =>
    instructions
      .filter(({ word, text }) => word === 'RUN' && text.startsWith('npm '))
      .map(({ text }) => ({ name, text })),
  )
  const production = 'npm ci --ignore-scripts --omit=dev --omit=optional --workspace='
  expect(installs).toEqual([
    { name: 'build', text: 'npm ci --ignore-scripts' },
    { name: 'build', text: 'npm run build' },
    { name: 'dependencies', text: `${production}trailstitch` },
    { name: 'emulator-dependencies', text: `${production}@trailstitch/example-local-cloud` },
  ])
  for (const target of targets) {
    const fromBuild = lineage(stages, target).filter(({ text }) => text.includes('--from=build '))
    for (const { text } of fromBuild) expect(text).toMatch(/^--from=build \/app\/(\w+)\/dist \1\/dist$/)
  }
})

test('npm finds every package that the lock file knows', () => {
  const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] }
  const manifests = globSync(
    workspaces.map((folder) => `${folder}/package.json`),
    { cwd: root },
  )
  const copied = stages.get('manifests')?.instructions.filter(({ word }) => word === 'COPY') ?? []
  const names = copied.flatMap(({ text }) => text.split(' ').slice(0, -1))
  expect(names.sort()).toEqual(['package.json', 'package-lock.json', '.npmrc', ...manifests].sort())
})

describe('.dockerignore', () => {
  const isIgnored = createIgnore(read('.dockerignore'))
  test.each([
    ...['.git/config', 'data/store.db', 'data/admin-token', '.env', 'docs/operate.md', 'e2e/stop.test.ts'],
    ...['node_modules/fastify/index.js', 'cli/node_modules/a/b.js', 'protocol/dist/index.js', 'sdk/.turbo/x.log'],
    ...['cli/test/start.test.ts', 'examples/local-cloud/test/local-cloud.test.ts', 'protocol/spec/valid/unicode.json'],
  ])('keeps %s out', (path) => expect(isIgnored(path)).toBe(true))

  test('lets in all that a build is made of', () => {
    const files = listContext(root, read('.dockerignore'))
    const inputs = globSync(['*/src/**/*.*', '*/package.json', '*/tsconfig.build.json', '*/*.config.*', 'cli/bin/*'], {
      cwd: root,
      exclude: ['**/node_modules', 'coverage'],
    }).filter((path) => !/^(?:e2e|scripts)\/src/.test(path))
    expect(files).toEqual(expect.arrayContaining([...inputs, 'tsconfig.json', 'turbo.json', 'package-lock.json']))
    expect(inputs.length).toBeGreaterThan(100)
  })
})

test.skipIf(hadolintPath === undefined)('hadolint finds nothing (skipped where HADOLINT_PATH names none)', () => {
  const { stdout, stderr, status } = spawnSync(hadolintPath ?? '', ['--no-color', `${root}Dockerfile`], {
    encoding: 'utf8',
  })
  expect(stdout + stderr).toBe('')
  expect(status).toBe(0)
})
