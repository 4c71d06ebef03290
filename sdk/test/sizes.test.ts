import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { internalNames } from '../build/internal-names.js'
import { snippet } from '../src/snippet.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Limits in bytes after gzip -9. Raise one only with a reason. `added` is what an export adds to the core. */
const limits = JSON.parse(readFileSync(`${root}sizes.json`, 'utf8')) as {
  core: number
  everything: number
  scripts: Record<string, number>
  added: Record<string, number>
}

/** Bytes as a page loads them: bundled and minified by the page's bundler, fields shortened as in our build. */
async function measure(input: BuildOptions): Promise<{ plain: number; gzip: number }> {
  const { outputFiles } = await build({
    ...input,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    conditions: ['source'],
    external: ['react'],
    mangleProps: internalNames,
    write: false,
  })
  const bytes = outputFiles?.[0]?.contents ?? new Uint8Array()
  return { plain: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length }
}

const fromCode = (contents: string): BuildOptions => ({ stdin: { contents, resolveDir: root, loader: 'ts' } })

/** How each is used: what it is imported from, and a plugin's arguments. */
const plugins: Record<string, string> = {
  attribution: '',
  bots: '',
  clicks: '',
  crossDomain: `{ domains: ['a.example', 'b.example'] }`,
  errors: '',
  forms: '',
  masks: '',
  media: '',
  outbound: '',
  pageViews: '',
  scrollDepth: '',
  webVitals: `() => import('https://a.example/web-vitals.js')`,
}
const names = Object.keys(plugins)
/** Not among the plugins of the options: an option of its own. */
const fallback = 'indexedDbFallback'
const started = (used: string[]): string =>
  `const analytics = createAnalytics({
     writeKey: 'wk',
     plugins: [${used.filter((name) => name !== fallback).map((name) => `${name}(${plugins[name]})`)}],
     ${used.includes(fallback) ? `fallback: ${fallback}(),` : ''}
   })
   analytics.track('Signed Up', { plan: 'pro' })
   analytics.identify('u1', { email: 'a@b.example' })`
const withPlugins = (used: string[]): BuildOptions =>
  fromCode(`import { createAnalytics } from '@trailstitch/sdk'
    import { ${used} } from '@trailstitch/sdk/plugins'
    ${started(used)}`)

const coreSize = async (): Promise<number> => (await measure(withPlugins([]))).gzip

describe('sizes stay within their limits', () => {
  test('the core', async () => {
    expect(await coreSize()).toBeLessThanOrEqual(limits.core)
  })

  test('the core and all plugins', async () => {
    expect((await measure(withPlugins([...names, fallback]))).gzip).toBeLessThanOrEqual(limits.everything)
  })

  test.each([...names, fallback])('%s', async (name) => {
    const added = (await measure(withPlugins([name]))).gzip - (await coreSize())
    expect(added).toBeLessThanOrEqual(limits.added[name] ?? 0)
  })

  test.each([
    ['createConsented', `import { createConsented as createAnalytics } from '@trailstitch/sdk'`, ''],
    ['schemas', `import { schemas } from '@trailstitch/sdk/schemas'`, 'analytics.on("track", schemas({}))'],
    [
      'react',
      `import { AnalyticsProvider, usePage, useTrack } from '@trailstitch/sdk/react'`,
      'export const used = [AnalyticsProvider, usePage, useTrack]',
    ],
  ])('%s', async (name, code, use) => {
    const core = code.includes('createAnalytics') ? '' : `import { createAnalytics } from '@trailstitch/sdk'`
    const added = (await measure(fromCode(`${core}\n${code}\n${started([])}\n${use}`))).gzip - (await coreSize())
    expect(added).toBeLessThanOrEqual(limits.added[name] ?? 0)
  })

  test.each(Object.entries(limits.scripts))('%s, limit %d', async (name, limit) => {
    expect((await measure({ entryPoints: [`${root}src/${name}.ts`] })).gzip).toBeLessThanOrEqual(limit)
  })
})

test('every plugin has a limit, and every limit is of something', async () => {
  const { outputFiles } = await build({
    ...fromCode(`export * from '@trailstitch/sdk/plugins'`),
    bundle: true,
    format: 'esm',
    conditions: ['source'],
    write: false,
  })
  const exported = /export \{([^}]*)\}/.exec(outputFiles[0]?.text ?? '')?.[1] ?? ''
  const found = exported.split(',').map((name) => name.trim())
  expect(found.sort()).toEqual([...names, fallback].sort())
  expect(Object.keys(limits.added).sort()).toEqual([...names, fallback, 'createConsented', 'react', 'schemas'].sort())
})

/** Fails when a page of the docs says another size of something than it has, in KB of 1,000 bytes after gzip. */
function expectStated(page: string, what: string, bytes: number): void {
  const text = readFileSync(`${root}../${page}`, 'utf8')
  const stated = new RegExp(`${what}[^;|]*?\\|? ?(\\d+\\.\\d) KB`).exec(text)?.[1]
  expect([page, what, stated]).toEqual([page, what, (bytes / 1_000).toFixed(1)])
}

test('the docs say how large things are, as they are', async () => {
  const scriptSize = async (name: string): Promise<number> =>
    (await measure({ entryPoints: [`${root}src/${name}.ts`] })).gzip
  const tag = gzipSync(snippet({ src: 'https://t.example.com/sdk/v1.js', writeKey: 'wk' }), { level: 9 }).length
  const [withViews, everything] = [['pageViews'], [...names, fallback]].map(withPlugins)
  for (const page of ['README.md', 'docs/sdk.md']) {
    expectStated(page, 'core with page views', (await measure(withViews ?? {})).gzip)
    expectStated(page, 'everything', (await measure(everything ?? {})).gzip)
    expectStated(page, 'script for pages', await scriptSize('script'))
    expectStated(page, 'snippet', tag)
  }
  expectStated('docs/sdk-plugins.md', '/sdk/v1-all.js`', await scriptSize('script-all'))
})

test.each(['', '/edge', '/plugins', '/schemas', '/react', '/testing', '/snippet'])(
  'an import from @trailstitch/sdk%s that is not used leaves nothing',
  async (entry) => {
    const { plain } = await measure(fromCode(`import * as unused from '@trailstitch/sdk${entry}'`))
    // React itself is the page's.
    expect(plain).toBeLessThanOrEqual(entry === '/react' ? 'import"react";\n'.length : 0)
  },
)
