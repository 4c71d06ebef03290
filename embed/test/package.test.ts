import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { dependencies?: object; exports: object }
const maxGzipKiB = 30

/** The built package as npm would publish it. */
async function pack(): Promise<Buffer<ArrayBuffer>> {
  const folder = mkdtempSync(join(tmpdir(), 'trailstitch-embed-'))
  try {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root })
    return readFileSync(join(folder, /"filename": "([^"]+)"/.exec(stdout)?.[1] ?? ''))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('publint has nothing to say, and types and code are found at both entries', async () => {
  const packed = await pack()
  const tarball = packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength)
  const { messages } = await publint({ pack: { tarball }, level: 'suggestion', strict: true })
  expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([])
  const analysis = await checkPackage(createPackageFromTarballData(packed))
  if (!analysis.types) throw new Error('no types')
  // The package is ES modules behind `exports`, which the oldest ways of looking do not know.
  const unknown = analysis.problems.filter(
    (problem) =>
      !(problem.kind === 'NoResolution' && problem.resolutionKind === 'node10') &&
      !(problem.kind === 'CJSResolvesToESM' && problem.resolutionKind === 'node16-cjs'),
  )
  expect(unknown).toEqual([])
  expect(Object.keys(analysis.entrypoints)).toEqual(Object.keys(manifest.exports))
})

test('it needs no other package, not even for its types', () => {
  expect(manifest.dependencies).toBeUndefined()
  for (const file of readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.ts'))
      expect([file, /from '[^.]/.test(readFileSync(`${root}src/${file}`, 'utf8'))]).toEqual([file, false])
})

const bytesOf = async (contents: string): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    write: false,
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}

test('all of it is at most 30 KiB compressed, and one chart brings less than all', async () => {
  const all = await bytesOf(`import '@trailstitch/embed/element'\nexport * from '@trailstitch/embed'`)
  const one = await bytesOf(`import { mountFigure } from '@trailstitch/embed'\nmountFigure(document.body, {})`)
  console.log('compressed, KiB:', { all: all / 1024, figure: one / 1024 })
  expect(all).toBeLessThanOrEqual(maxGzipKiB * 1024)
  expect(one).toBeLessThan(all)
  expect(one).toBeGreaterThan(500)
})
