import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { internalNames } from '../build/internal-names.js'
import { version } from '../src/version.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
  version: string
  sideEffects: boolean
  dependencies?: object
  peerDependenciesMeta: Record<string, { optional: boolean }>
}

const sources = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

test('there are no dependencies but an optional React, and of the protocol only types are used', () => {
  expect(manifest.dependencies).toBeUndefined()
  expect(manifest.peerDependenciesMeta).toEqual({ react: { optional: true } })
  const imports = sources.flatMap((name) => {
    const code = readFileSync(`${root}src/${name}`, 'utf8')
    return [...code.matchAll(/^(?:import|export)[^;]*?from '([^'.][^']*)'/gms)].map(([line, from]) => ({
      name,
      line,
      from,
    }))
  })
  expect(imports.length).toBeGreaterThan(3)
  for (const { name, line, from } of imports) {
    if (from?.startsWith('node:')) expect(name).toMatch(/^node/)
    else if (from === 'react') expect(name).toBe('react.ts')
    else expect([name, from, line.startsWith('import type')]).toEqual([name, '@trailstitch/protocol', true])
  }
})

test('the public types need no other package', () => {
  for (const name of [
    ...['types.ts', 'server/types.ts', 'node/types.ts', 'index.ts'],
    ...['react.ts', 'testing.ts', 'snippet.ts', 'plugins/index.ts'],
  ])
    expect(readFileSync(`${root}src/${name}`, 'utf8')).not.toContain("'@trailstitch/")
})

test('no name that the builds shorten stands in quotes, where they would miss it', () => {
  for (const name of sources) {
    const quoted = [...readFileSync(`${root}src/${name}`, 'utf8').matchAll(/(['"])(\w+)\1 in /g)].map(
      ([, , key]) => key,
    )
    expect([name, quoted.filter((key) => internalNames.test(key ?? ''))]).toEqual([name, []])
  }
})

test('the version the library tells is that of the package', () => {
  expect(version).toBe(manifest.version)
  expect(manifest.sideEffects).toBe(false)
})
