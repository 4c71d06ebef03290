import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { checkTidy } from '../tidy/check.ts'

const roots: string[] = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true })
})

const packageJson = (name: string, more: object = {}): string =>
  JSON.stringify({ name, exports: { '.': { source: './src/index.ts', default: './dist/index.js' } }, ...more })

const folders = ['protocol', 'backends', 'sdk', 'collector', 'processor', 'dashboard', 'cli', 'e2e']
const ours = Object.fromEntries(folders.map((folder) => [`@acme/${folder}`, '1.0.0']))

/** Packages like ours, each allowed by its package.json to import all others, so that only the rules can object. */
const emptyWorkspace: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'root',
    workspaces: [...folders, 'examples/*'],
    devDependencies: { vitest: '1' },
  }),
  ...Object.fromEntries(
    folders.flatMap((folder) => [
      [`${folder}/package.json`, packageJson(`@acme/${folder}`, { dependencies: ours })],
      [`${folder}/src/index.ts`, 'export const here = 1\n'],
    ]),
  ),
}

function makeTree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'tidy-'))
  roots.push(root)
  for (const [path, text] of Object.entries({ ...emptyWorkspace, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

/** The offences of a workspace with these files added, as `rule path:line`. */
function offencesOf(files: Record<string, string>): string[] {
  return checkTidy(makeTree(files)).offences.map(({ rule, path, line }) => `${rule} ${path}:${line}`)
}

const importOf = (name: string): string => `import { here } from '@acme/${name}'\nexport const more = here\n`
const typesOf = (name: string): string => `import type { here } from '@acme/${name}'\nexport type More = typeof here\n`
/** A word cut in two, so that the check does not find it in this file. */
const word = (start: string, end: string): string => start + end

test('a clean workspace has no offence', () => {
  expect(offencesOf({})).toEqual([])
})

describe('imports between packages', () => {
  const upward: [string, string][] = [
    ['protocol', 'backends'],
    ['backends', 'collector'],
    ['sdk', 'backends'],
    ['collector', 'processor'],
    ['processor', 'collector'],
    ['dashboard', 'processor'],
    ['collector', 'cli'],
    ['processor', 'e2e'],
  ]
  test.each(upward)('%s may not import %s, not even its types', (from, to) => {
    expect(offencesOf({ [`${from}/src/other.ts`]: importOf(to) })).toEqual([`direction ${from}/src/other.ts:1`])
    expect(offencesOf({ [`${from}/src/other.ts`]: typesOf(to) })).toEqual([`direction ${from}/src/other.ts:1`])
  })

  test.each([
    ['backends', 'protocol'],
    ['collector', 'backends'],
    ['processor', 'protocol'],
    ['dashboard', 'backends'],
    ['cli', 'processor'],
    ['e2e', 'cli'],
  ])('%s may import %s', (from, to) => {
    expect(offencesOf({ [`${from}/src/other.ts`]: importOf(to) })).toEqual([])
  })

  test('the sdk may import types of the protocol and nothing that runs', () => {
    expect(offencesOf({ 'sdk/src/other.ts': typesOf('protocol') })).toEqual([])
    expect(offencesOf({ 'sdk/src/other.ts': importOf('protocol') })).toEqual(['direction sdk/src/other.ts:1'])
    const inline = `import { type here } from '@acme/protocol'\nexport type More = typeof here\n`
    expect(offencesOf({ 'sdk/src/other.ts': inline })).toEqual(['direction sdk/src/other.ts:1'])
  })

  test('what runs in browsers may import types of the protocol, and nothing of the server beside it', () => {
    expect(offencesOf({ 'dashboard/web/other.ts': typesOf('protocol') })).toEqual([])
    for (const text of [importOf('protocol'), typesOf('backends'), `export { here } from '../src/index.ts'\n`])
      expect(offencesOf({ 'dashboard/web/other.ts': text })).toEqual(['direction dashboard/web/other.ts:1'])
  })

  test.each([
    ['a dynamic import', `export const more = () => import('@acme/collector')\n`],
    ['an export of everything', `export * from '@acme/collector'\n`],
    ['an export of a name', `export { here } from '@acme/collector'\n`],
    ['a type written as an import', `export type More = import('@acme/collector').More\n`],
    ['a path', `export { here } from '../../collector/src/index.ts'\n`],
  ])('%s counts', (_, text) => {
    expect(offencesOf({ 'backends/src/other.ts': text })).toEqual(['direction backends/src/other.ts:1'])
  })

  test('a package is imported by its name, not by a path', () => {
    const text = `export { here } from '../../protocol/src/index.ts'\n`
    expect(offencesOf({ 'backends/src/other.ts': text })).toEqual(['direction backends/src/other.ts:1'])
  })

  test('tests may import their own package, protocol and backends, and no service', () => {
    const own = `import { here } from '../src/index.ts'\nimport { x } from '../../backends/test/help.ts'\nexport const more = here + x\n`
    const helper = { 'backends/test/help.ts': 'export const x = 1\n' }
    expect(
      offencesOf({ ...helper, 'collector/test/a.test.ts': own, 'collector/test/b.test.ts': importOf('protocol') }),
    ).toEqual([])
    expect(offencesOf({ 'collector/test/a.test.ts': importOf('processor') })).toEqual([
      'direction collector/test/a.test.ts:1',
    ])
  })

  test('what is shipped does not import from tests', () => {
    const files = {
      'backends/test/help.ts': 'export const x = 1\n',
      'backends/src/a.ts': `export { x } from '../test/help.ts'\n`,
    }
    expect(offencesOf(files)).toEqual(['direction backends/src/a.ts:1'])
  })
})

describe('cycles between files', () => {
  test('are found, with the way round, types included', () => {
    const files = {
      'backends/src/a.ts': `import { b } from './b.ts'\nexport const a = () => b\n`,
      'backends/src/b.ts': `import { c } from './c.ts'\nexport const b = () => c\n`,
      'backends/src/c.ts': `import type { a } from './a.ts'\nexport type C = typeof a\nexport const c = 1\n`,
    }
    const { offences } = checkTidy(makeTree(files))
    expect(offences).toMatchObject([{ rule: 'cycle', path: 'backends/src/a.ts', line: 1 }])
    expect(offences[0]?.message).toContain(
      'backends/src/a.ts -> backends/src/b.ts -> backends/src/c.ts -> backends/src/a.ts',
    )
  })

  test('are found through package names', () => {
    const files = {
      'cli/src/a.ts': importOf('cli'),
      'cli/src/index.ts': `export * from './a.ts'\nexport const here = 1\n`,
    }
    expect(offencesOf(files)).toEqual(['cycle cli/src/a.ts:1'])
  })

  test('two ways to one file are none', () => {
    const files = {
      'backends/src/a.ts': `export { c } from './b.ts'\nexport { c as d } from './c.ts'\n`,
      'backends/src/b.ts': `export { c } from './c.ts'\n`,
      'backends/src/c.ts': 'export const c = 1\n',
    }
    expect(offencesOf(files)).toEqual([])
  })
})

describe('packages of others', () => {
  const lib = `import { x } from 'left-pad/sub'\nexport const y = x\n`
  const withDeps = (more: object) => ({
    'collector/package.json': packageJson('@acme/collector', more),
    'collector/src/a.ts': lib,
  })

  test('are declared by the package that imports them', () => {
    expect(offencesOf({ 'collector/src/a.ts': lib })).toEqual(['declared collector/src/a.ts:1'])
    expect(offencesOf(withDeps({ dependencies: { 'left-pad': '1' } }))).toEqual([])
    expect(offencesOf(withDeps({ peerDependencies: { 'left-pad': '1' } }))).toEqual([])
  })

  test('as development dependencies are enough for types and tests, not for what is shipped', () => {
    expect(offencesOf(withDeps({ devDependencies: { 'left-pad': '1' } }))).toEqual(['declared collector/src/a.ts:1'])
    const types = withDeps({ devDependencies: { 'left-pad': '1' } })
    expect(offencesOf({ ...types, 'collector/src/a.ts': lib.replace('import', 'import type') })).toEqual([])
    expect(offencesOf({ 'collector/test/a.test.ts': `import { test } from 'vitest'\ntest('', () => {})\n` })).toEqual(
      [],
    )
    expect(offencesOf({ 'collector/src/a.ts': `export { test } from 'vitest'\n` })).toHaveLength(1)
  })

  test('that are parts of Node need their prefix', () => {
    expect(offencesOf({ 'collector/src/a.ts': `export { join } from 'node:path'\n` })).toEqual([])
    expect(offencesOf({ 'collector/src/a.ts': `export { join } from 'path'\n` })).toHaveLength(1)
  })

  test('relative imports lead to a file, and none starts at the root of the disk', () => {
    expect(offencesOf({ 'collector/src/a.ts': `export { x } from '/tmp/x.ts'\n` })).toEqual([
      'resolved collector/src/a.ts:1',
    ])
    expect(offencesOf({ 'collector/src/a.ts': `export { here } from './index'\n` })).toEqual([
      'resolved collector/src/a.ts:1',
    ])
  })
})

describe('the environment', () => {
  const reads = [
    'export const a = process.env.A\n',
    "export const a = process['env']['A']\n",
    'export const { env } = process\n',
    "import { env } from 'node:process'\nexport const a = env.A\n",
    'export const a = globalThis.process.env.A\n',
  ]
  test.each(reads)('is not read by %j', (text) => {
    expect(offencesOf({ 'collector/src/limit.ts': text })).toEqual(['environment collector/src/limit.ts:1'])
  })

  test.each(reads)('may be read in main.ts, config.ts, tests and e2e by %j', (text) => {
    const files = ['collector/src/main.ts', 'dashboard/src/server/config.ts', 'collector/test/help.ts', 'e2e/help.ts']
    expect(offencesOf(Object.fromEntries(files.map((path) => [path, text])))).toEqual([])
  })
})

describe('lengths', () => {
  const lines = (count: number, line = '// line\n'): string => line.repeat(count)

  test('a file may have 400 lines', () => {
    expect(offencesOf({ 'collector/src/a.ts': lines(400) })).toEqual([])
    expect(offencesOf({ 'collector/src/a.ts': lines(401) })).toEqual(['file-length collector/src/a.ts:1'])
  })

  test.each([
    ['a declaration', 'export function work(): void {\n', '}\n'],
    ['an arrow function', 'export const work = (): void => {\n', '}\n'],
    ['a function expression', 'export const work = function (): void {\n', '}\n'],
    ['a method', 'export const work = { run(): void {\n', '} }\n'],
    ['a test', "test('', () => {\n", '})\n'],
  ])('%s may have 70 lines', (_, head, tail) => {
    expect(offencesOf({ 'collector/src/a.ts': `\n${head}${lines(68)}${tail}` })).toEqual([])
    expect(offencesOf({ 'collector/src/a.ts': `\n${head}${lines(69)}${tail}` })).toEqual([
      'function-length collector/src/a.ts:2',
    ])
  })

  test('a group of tests is as long as its tests', () => {
    for (const head of ["describe('', () => {\n", "describe.each([1])('', () => {\n"])
      expect(offencesOf({ 'collector/test/a.test.ts': `${head}${lines(100)}})\n` })).toEqual([])
  })
})

describe('words and names', () => {
  test.each([word('TO', 'DO'), word('FIX', 'ME'), word('XX', 'X')])('%s is a leftover', (leftover) => {
    const files = { 'collector/src/a.ts': `\n// ${leftover}: later\n`, 'docs/page.md': `${leftover}\n` }
    expect(offencesOf(files)).toEqual(['leftover collector/src/a.ts:2', 'leftover docs/page.md:1'])
    expect(offencesOf({ 'collector/src/a.ts': `// ${leftover}LIST and ${leftover.toLowerCase()}\n` })).toEqual([])
  })

  test('default exports are for configuration files', () => {
    expect(offencesOf({ 'collector/src/a.ts': 'export default 1\n' })).toEqual(['default-export collector/src/a.ts:1'])
    const renamed = 'const a = 1\nexport { a as default }\n'
    expect(offencesOf({ 'collector/src/a.ts': renamed })).toEqual(['default-export collector/src/a.ts:2'])
    expect(offencesOf({ 'collector/vite.config.ts': 'export default 1\n' })).toEqual([])
  })

  test('any is not a type', () => {
    const text = 'export const a: Record<string, any> = {}\nexport const b = {} as any\nexport const any = 1\n'
    expect(offencesOf({ 'collector/src/a.ts': text })).toEqual(['any collector/src/a.ts:1', 'any collector/src/a.ts:2'])
  })

  test.each(['ignore', 'expect-error', 'nocheck'])('@ts-%s is not used', (name) => {
    const text = `// @ts-${name}\nexport const a = 1\n/* @ts-${name} */\n`
    const places = ['suppression collector/src/a.ts:1', 'suppression collector/src/a.ts:3']
    expect(offencesOf({ 'collector/src/a.ts': text })).toEqual(places)
  })

  test.each([
    'collector/src/rateLimit.ts',
    'collector/src/Limit.ts',
    'collector/src/Steps/limit.ts',
    'collector/src/a_b.ts',
  ])('%s is not kebab-case', (path) => {
    expect(offencesOf({ [path]: 'export const a = 1\n' })).toEqual([`name ${path}:1`])
  })

  test('a file that cannot be parsed is reported', () => {
    expect(offencesOf({ 'collector/src/a.ts': 'export const = 1\n' })).toEqual(['syntax collector/src/a.ts:1'])
  })
})

test('exported functions with a doc comment are counted', () => {
  const text = '/** Says it. */\nexport function said(): void {}\n\n// no\nexport function unsaid(): void {}\n'
  expect(checkTidy(makeTree({ 'collector/src/a.ts': text }))).toMatchObject({
    exportedFunctions: 2,
    documentedFunctions: 1,
  })
})

describe('the command', () => {
  const run = (root: string) => spawnSync(process.execPath, ['scripts/tidy.ts', root], { encoding: 'utf8' })

  test('ends with 0 when all is well', () => {
    expect(run(makeTree({}))).toMatchObject({ status: 0, stderr: '' })
  })

  test('ends with 1 and lists every offence with its line and what to do', () => {
    const { status, stderr } = run(
      makeTree({ 'collector/src/a.ts': 'export default 1\n', 'sdk/src/b.ts': 'export default 2\n' }),
    )
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toEqual([
      'collector/src/a.ts:1  default-export: has a default export: export it by name',
      'sdk/src/b.ts:1  default-export: has a default export: export it by name',
    ])
  })
})
