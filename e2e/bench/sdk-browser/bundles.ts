import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import type { Client } from './clients.ts'
import { arrivalMark } from './wire.ts'

/** JavaScript modules by path; the entry is `entry.js`. */
export type Bundle = ReadonlyMap<string, string>

const here = fileURLToPath(new URL('.', import.meta.url))

const shape = {
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  splitting: true,
  outdir: '/bundle',
  entryNames: 'entry',
  write: false,
  metafile: true,
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
} as const satisfies BuildOptions

async function bundle(contents: string, vendorsFolder: string | undefined) {
  const nodePaths = vendorsFolder ? [`${vendorsFolder}/node_modules`] : []
  const { outputFiles, metafile } = await build({ ...shape, nodePaths, stdin: { contents, resolveDir: here } })
  const files = new Map(outputFiles.map(({ path, text }) => [path.replace('/bundle/', ''), text]))
  return { files, metafile }
}

/** Stands in a bundle for the server's address, to be replaced by whoever serves it. */
export const endpointInBundle = 'http://endpoint.invalid'

/** The client for the pages of the benchmark. It tracks an event at once, and others as the page says. */
export async function bundleForPage(client: Client, vendorsFolder?: string): Promise<Bundle> {
  const { imports, start, track } = client
  const lines = [
    imports,
    `const endpoint = '${endpointInBundle}'`,
    start,
    `globalThis.track = (event, properties) => { ${track} }`,
    `globalThis.track('Arrived', { mark: '${arrivalMark}' })`,
  ]
  return (await bundle(lines.join('\n'), vendorsFolder)).files
}

/** Bytes of the smallest app that starts a client, tracks and identifies, in what must be loaded before it runs. */
export async function measureSize(client: Client, vendorsFolder?: string): Promise<{ gzip: number; plain: number }> {
  const { imports, start, track, identify } = client
  const lines = [
    imports,
    `const endpoint = 'https://t.example.com', event = 'Signed Up', properties = { plan: 'pro' }, email = 'ada@example.com'`,
    start,
    track,
    identify,
  ]
  return sizeOf(await bundle(lines.join('\n'), vendorsFolder))
}

/** Bytes that remain of a client that is imported and not used. */
export const measureUnused = async ({ imports }: Client, vendorsFolder?: string): Promise<number> =>
  sizeOf(await bundle(imports, vendorsFolder)).plain

/** Without chunks that are loaded later, if at all. */
function sizeOf({ files, metafile }: { files: Bundle; metafile: Metafile }): { gzip: number; plain: number } {
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [path.replace(/^.*bundle\//, ''), output]),
  )
  const needed = new Set(['entry.js'])
  for (const path of needed)
    for (const { path: to, kind } of outputs.get(path)?.imports ?? [])
      if (kind === 'import-statement') needed.add(to.replace(/^.*bundle\//, ''))
  const texts = [...needed].map((path) => files.get(path)?.trim() ?? '')
  return {
    gzip: texts.reduce((sum, text) => sum + (text ? gzipSync(text, { level: 9 }).length : 0), 0),
    plain: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  }
}
