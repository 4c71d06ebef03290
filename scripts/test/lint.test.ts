import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** Rules that fire on files with our biome.json, as `rule file:line`. In a folder of its own, as ours must be clean. */
function lint(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'lint-'))
  try {
    const { $schema: _schema, vcs: _vcs, ...config } = JSON.parse(readFileSync('biome.json', 'utf8'))
    writeFileSync(join(root, 'biome.json'), JSON.stringify(config))
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
    const biome = resolve('node_modules/@biomejs/biome/bin/biome')
    const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=json'], { cwd: root, encoding: 'utf8' })
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] }
    return diagnostics.map(({ category, location }) => `${category} ${location.path}:${location.start.line}`)
  } finally {
    rmSync(root, { recursive: true })
  }
}

interface Diagnostic {
  category: string
  location: { path: string; start: { line: number } }
}

// The rule is a young one of biome: this holds that an update still knows what a promise is, across files, too.
test('a promise nobody waits for is an error', () => {
  const text = [
    "import { later } from './later.ts'",
    'async function work(): Promise<void> {}',
    'interface Port { send(): Promise<void> }',
    'export async function run(port: Port): Promise<void> {',
    '  work()',
    '  later()',
    '  port.send()',
    '  work().then(() => {})',
    '  await work()',
    '  void work()',
    '  work().catch(() => {})',
    '}',
  ]
  const rule = 'lint/nursery/noFloatingPromises'
  expect(lint({ 'run.ts': text.join('\n'), 'later.ts': 'export async function later(): Promise<void> {}\n' })).toEqual(
    [5, 6, 7, 8].map((line) => `${rule} run.ts:${line}`),
  )
})

test('a promise where a condition or a plain callback is meant is an error', () => {
  const text =
    'async function ask(): Promise<boolean> { return true }\nexport const run = () => {\n  if (ask()) return 1\n  return 2\n}\n'
  expect(lint({ 'run.ts': text })).toEqual(['lint/nursery/noMisusedPromises run.ts:3'])
})

test('default exports and any are errors, but for the configuration files that demand one', () => {
  const files = {
    'a.ts': 'export default 1\n',
    'b.ts': 'export const b: any = 1\n',
    'vite.config.ts': 'export default 1\n',
  }
  expect(lint(files)).toEqual(['lint/style/noDefaultExport a.ts:1', 'lint/suspicious/noExplicitAny b.ts:1'])
})
