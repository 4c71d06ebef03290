import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PackedSdk, packSdk } from './support/packed.ts'

let packed: PackedSdk
let manifest: { dependencies?: object; exports: Record<string, object> }
beforeAll(async () => {
  packed = await packSdk()
  manifest = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'))
})
afterAll(() => packed.remove())

const installed = (): string => join(packed.folder, 'node_modules/@trailstitch/sdk')

test('publint has nothing to say, and nothing to suggest', async () => {
  const { buffer, byteOffset, byteLength } = packed.tarball
  const tarball = buffer.slice(byteOffset, byteOffset + byteLength)
  const { messages } = await publint({ pack: { tarball }, level: 'suggestion', strict: true })
  expect(messages.map((message) => `${message.type}: ${formatMessage(message, manifest, { color: false })}`)).toEqual(
    [],
  )
})

/**
 * The package is ES modules behind `exports`. So what TypeScript calls `node10`, which knows no `exports`, finds nothing;
 * and `node16-cjs` finds ES modules, which TypeScript refuses to `require` unless told of a newer Node. Both are known and
 * left out here: Node itself can `require` them from 20.19 and 22.12 on, which `runtimes.test.ts` holds it to.
 */
test('types and code are found at every entry by ES modules on Node and by bundlers', async () => {
  const plugins = readdirSync(join(installed(), 'dist/plugins')).filter((name) => name.endsWith('.js'))
  const analysis = await checkPackage(createPackageFromTarballData(packed.tarball), {
    excludeEntrypoints: ['./plugins/*'],
    includeEntrypoints: plugins.map((name) => `./plugins/${name.slice(0, -3)}`),
  })
  if (!analysis.types) throw new Error('no types')
  const unknown = analysis.problems.filter(
    (problem) =>
      !(problem.kind === 'NoResolution' && problem.resolutionKind === 'node10') &&
      !(problem.kind === 'CJSResolvesToESM' && problem.resolutionKind === 'node16-cjs'),
  )
  expect(unknown).toEqual([])
  const found = Object.entries(analysis.entrypoints).flatMap(([entry, { resolutions }]) => {
    const both = [resolutions['node16-esm'], resolutions.bundler]
    return both.every(({ resolution, implementationResolution }) => resolution && implementationResolution)
      ? [entry]
      : []
  })
  expect(Object.keys(manifest.exports).filter((entry) => !found.includes(entry))).toEqual(['./plugins/*'])
  expect(found.length).toBeGreaterThan(20)
})

test('it brings no dependency, its licence, and at most 100 KB', () => {
  expect(Object.keys(manifest.dependencies ?? {})).toEqual([])
  expect(packed.tarball.length).toBeLessThanOrEqual(100_000)
  expect(readFileSync(join(installed(), 'LICENSE'), 'utf8')).toBe(
    readFileSync(new URL('../../LICENSE', import.meta.url), 'utf8'),
  )
})
