import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import vm from 'node:vm'
import { gunzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { internalNames } from '../build/internal-names.js'
import { type PackedSdk, packSdk } from './support/packed.ts'

const { NODE_20_PATH = '', NODE_22_PATH = '', DENO_PATH = '', BUN_PATH = '', WORKERD_PATH = '' } = process.env
const source = fileURLToPath(new URL('../src', import.meta.url))
const count = 3_000

let folder = ''
let sdk: PackedSdk
let server: Server
let url = ''
let taken: { event: string; userId: string; context?: object }[] = []
let packed = 0
let requests = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trailstitch-runtimes-'))
  sdk = await packSdk()
  await bundle({ node: join(source, 'node.ts'), edge: join(source, 'edge.ts') })
  server = createServer(async (request, response) => {
    const body = await buffer(request)
    requests++
    const isPacked = request.headers['content-encoding'] === 'gzip'
    if (isPacked) packed++
    const { batch } = JSON.parse((isPacked ? gunzipSync(body) : body).toString()) as { batch: typeof taken }
    taken.push(...batch)
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({ success: true, accepted: batch.length - 1, refused: [{ index: 0, code: 'invalid_name' }] }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true })
  sdk.remove()
})

/** As the package is built, with names shortened. */
const bundle = (entryPoints: Record<string, string>) =>
  build({
    entryPoints,
    format: 'esm',
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    external: ['node:*'],
    mangleProps: internalNames,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
  })

/** Sends, and prints what became of it. */
const program = (client: string, create: string): string => `
import { ${create} } from './${client}.mjs'
const dropped = []
const analytics = ${create}({ writeKey: 'wk', endpoint: '${url}', onDrop: (event, reason) => dropped.push(reason) })
for (let index = 0; index < ${count}; index++) analytics.track({ userId: 'u-' + index, event: 'Event' })
const isDone = await analytics.close()
console.log(JSON.stringify({ isDone, dropped: dropped.length }))
`

function begin(): void {
  taken = []
  packed = 0
  requests = 0
}

function expectAll(): void {
  expect(new Set(taken.map(({ userId }) => userId)).size).toBe(count)
  expect(taken).toHaveLength(count)
  expect(packed).toBeGreaterThan(0)
}

const why = (path: string, variable: string): string => (path === '' ? ` (skipped where ${variable} names none)` : '')

/** An app on a server: the browser's client does nothing there, the others deliver. */
const app = (load: (entry: string) => string): string => `
const { createAnalytics } = ${load('@trailstitch/sdk')}
const { createNodeAnalytics } = ${load('@trailstitch/sdk/node')}
const { createEdgeAnalytics } = ${load('@trailstitch/sdk/edge')}
const page = createAnalytics({ writeKey: 'wk', endpoint: '${url}', plugins: [() => { throw new Error('started') }] })
page.track('From a page')
page.identify('u-1')
const options = { writeKey: 'wk', endpoint: '${url}' }
const node = createNodeAnalytics(options)
const edge = createEdgeAnalytics(options)
const run = async () => {
  await node.runWith({ userId: 'u-scope' }, async () => {
    await Promise.resolve()
    node.current.track({ event: 'From node' })
  })
  edge.track({ userId: 'u-edge', event: 'From edge' })
  return [await page.flush(), page.anonymousId(), await node.close(), await edge.close()]
}
`
const expectApp = (stdout: string): void => {
  expect(JSON.parse(stdout)).toEqual([null, '', true, true])
  expect(taken.map(({ event, userId }) => [event, userId]).sort()).toEqual([
    ['From edge', 'u-edge'],
    ['From node', 'u-scope'],
  ])
}

describe.each([
  { name: 'Node 20', path: NODE_20_PATH, variable: 'NODE_20_PATH', args: [], entries: ['node', 'edge'] },
  { name: 'Node 22', path: NODE_22_PATH, variable: 'NODE_22_PATH', args: [], entries: ['node', 'edge'] },
  { name: 'Node of the project', path: process.execPath, variable: '', args: [], entries: ['node', 'edge'] },
  { name: 'Deno', path: DENO_PATH, variable: 'DENO_PATH', args: ['run', '-A'], entries: ['node', 'edge'] },
  { name: 'Bun', path: BUN_PATH, variable: 'BUN_PATH', args: ['run'], entries: ['node', 'edge'] },
])('$name', ({ path, variable, args, entries }) => {
  test.skipIf(path === '').each(entries)(`runs the built client %s${why(path, variable)}`, async (entry) => {
    begin()
    const file = join(folder, `run-${entry}.mjs`)
    writeFileSync(file, program(entry, entry === 'node' ? 'createNodeAnalytics' : 'createEdgeAnalytics'))
    const env = { PATH: process.env.PATH, HOME: folder }
    const { stdout } = await promisify(execFile)(path, [...args, file], { env, timeout: 60_000 })
    expectAll()
    // The collector of this test refuses the first event of each request.
    const { isDone, dropped } = JSON.parse(stdout) as { isDone: boolean; dropped: number }
    expect([isDone, dropped]).toEqual([true, requests])
  })

  const loads = {
    import: (entry: string) => `await import('${entry}')`,
    require: (entry: string) => `require('${entry}')`,
  }
  test.skipIf(path === '').each(Object.entries(loads))(
    `takes the installed package by %s${why(path, variable)}`,
    async (way, load) => {
      begin()
      const file = join(sdk.folder, way === 'import' ? 'app.mjs' : 'app.cjs')
      const print = 'run().then((values) => console.log(JSON.stringify(values)))'
      writeFileSync(file, app(load) + print)
      const env = { PATH: process.env.PATH, HOME: folder }
      const { stdout, stderr } = await promisify(execFile)(path, [...args, file], { env, timeout: 60_000 })
      expectApp(stdout)
      expect(stderr).toBe('')
    },
  )
})

/** The two ways to say that work goes on after the answer. */
const goingOn = {
  'flush() for the waitUntil of the request': { option: '', call: 'context.waitUntil(analytics.flush())' },
  'a waitUntil of its own': { option: 'waitUntil', call: '' },
}

const worker = ({ option, call }: { option: string; call: string }): string => `
import { waitUntil } from 'cloudflare:workers'
import { createEdgeAnalytics } from './edge.mjs'
const analytics = createEdgeAnalytics({ writeKey: 'wk', endpoint: '${url}', ${option} })
export default {
  async fetch(request, env, context) {
    const user = new URL(request.url).searchParams.get('user')
    for (let index = 0; index < 30; index++) analytics.track({ userId: user + '-' + index, event: 'Event' })
    ${call}
    return new Response('ok')
  },
}
`
const workerConfig = (modules: string[], flags: string): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
${modules.map((name) => `(name = "${name}", esModule = embed "${name}"),`).join('')}
      ],
      compatibilityDate = "2025-10-01",
      compatibilityFlags = [${flags}],
    )),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`

/** Runs the worker of these modules for as long as `use` takes. */
async function withWorker(
  { modules, flags = '' }: { modules: string[]; flags?: string },
  use: (origin: string) => Promise<void>,
): Promise<void> {
  writeFileSync(join(folder, 'config.capnp'), workerConfig(modules, flags))
  const args = ['serve', join(folder, 'config.capnp'), '--control-fd=3']
  const child = spawn(WORKERD_PATH, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
  try {
    await use(`http://127.0.0.1:${await readPort(child)}`)
  } finally {
    child.kill()
  }
}

describe(`Workers${why(WORKERD_PATH, 'WORKERD_PATH')}`, () => {
  test.skipIf(WORKERD_PATH === '').each(Object.entries(goingOn))(
    'a client made at module level delivers what many requests at once tracked, with %s',
    async (_name, way) => {
      begin()
      writeFileSync(join(folder, 'worker.mjs'), worker(way))
      await withWorker({ modules: ['worker.mjs', 'edge.mjs'] }, async (origin) => {
        const answers = Array.from({ length: 40 }, (_, index) => fetch(`${origin}/?user=${index}`))
        for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
        await expect.poll(() => new Set(taken.map(({ userId }) => userId)).size, { timeout: 15_000 }).toBe(40 * 30)
        expect(taken).toHaveLength(40 * 30)
      })
    },
  )

  test.skipIf(WORKERD_PATH === '').each([
    ['with nodejs_compat', '"nodejs_compat"', 'u-scope'],
    ['without it, where runWith has nothing to go by', '', undefined],
  ])('the entry for Node delivers %s', async (_name, flags, userId) => {
    begin()
    const handler = 'export default { fetch: async () => Response.json(await run()) }'
    const code = await bundleApp(
      ['workerd', 'worker', 'browser'],
      `${app((entry) => `await import('${entry}')`)}${handler}`,
    )
    writeFileSync(join(folder, 'app.mjs'), code)
    await withWorker({ modules: ['app.mjs'], flags }, async (origin) => {
      expect(await (await fetch(origin)).json()).toEqual([null, '', true, true])
      expect(taken.map(({ event, userId }) => [event, userId]).sort()).toEqual([
        ['From edge', 'u-edge'],
        ['From node', userId],
      ])
    })
  })
})

/** The code of an app as a bundler for a platform makes it of the installed package. */
async function bundleApp(conditions: string[], contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: sdk.folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    conditions,
  })
  return outputFiles[0]?.text ?? ''
}

test.each(['workerd', 'worker', 'edge-light', 'browser'])(
  'a bundle for %s needs nothing of Node, has the same names for all entries, and says what is missing',
  async (condition) => {
    const names = async (entry: string): Promise<string[]> =>
      Object.keys(await import(join(sdk.folder, 'node_modules/@trailstitch/sdk/dist', entry)))
    expect(await names('node-elsewhere.js')).toEqual(await names('node.js'))
    const start = `import { createNodeAnalytics } from '@trailstitch/sdk/node'
      const node = createNodeAnalytics({ writeKey: 'wk', endpoint: 'http://127.0.0.1:1', spillFolder: '/tmp/x' })
      answers.push(node.runWith({ userId: 'u-1' }, () => 7))`
    const answers: unknown[] = []
    const warnings: unknown[] = []
    const console = { warn: (text: unknown) => warnings.push(text) }
    vm.runInNewContext(await bundleApp([condition], start), { answers, console, TextEncoder, TextDecoder })
    expect(answers).toEqual([7])
    expect(warnings).toEqual([expect.stringContaining('no disk'), expect.stringContaining('no AsyncLocalStorage')])
  },
)

/** workerd says on a pipe where it listens. */
async function readPort(child: ChildProcess): Promise<number> {
  const control = child.stdio[3]
  if (!control || !('on' in control)) throw new Error('no pipe')
  for await (const line of control as AsyncIterable<Buffer>) {
    const port = /"port":\s*(\d+)/.exec(line.toString())?.[1]
    if (port) return Number(port)
  }
  throw new Error('workerd ended')
}

test('the edge entry imports nothing and needs no global of Node', async () => {
  begin()
  const { metafile, outputFiles } = await build({
    entryPoints: [join(source, 'edge.ts')],
    bundle: true,
    write: false,
    metafile: true,
    format: 'iife',
    globalName: 'client',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  expect(imports.filter(({ external, path }) => external || path.includes('/node/'))).toEqual([])
  const web = { fetch, setTimeout, clearTimeout, queueMicrotask, crypto, AbortController, Response, Blob }
  const context = vm.createContext({ ...web, TextEncoder, TextDecoder, CompressionStream, url })
  vm.runInContext(outputFiles[0]?.text ?? '', context)
  const isDone = await vm.runInContext(
    `const analytics = client.createEdgeAnalytics({ writeKey: 'wk', endpoint: url })
    for (let index = 0; index < ${count}; index++) analytics.track({ userId: 'u-' + index, event: 'Event' })
    analytics.close()`,
    context,
  )
  expect(isDone).toBe(true)
  expectAll()
})
