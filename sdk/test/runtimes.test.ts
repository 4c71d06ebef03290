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

const { NODE_20_PATH = '', NODE_22_PATH = '', DENO_PATH = '', BUN_PATH = '', WORKERD_PATH = '' } = process.env
const source = fileURLToPath(new URL('../src', import.meta.url))
const count = 3_000

let folder = ''
let server: Server
let url = ''
let taken: { event: string; userId: string; context?: object }[] = []
let packed = 0
let requests = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trailstitch-runtimes-'))
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
const workerConfig = `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "edge.mjs", esModule = embed "edge.mjs"),
      ],
      compatibilityDate = "2025-10-01",
    )),
    (name = "internet", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`

describe('Workers', () => {
  test.skipIf(WORKERD_PATH === '').each(Object.entries(goingOn))(
    `a client made at module level delivers what many requests at once tracked, with %s${why(WORKERD_PATH, 'WORKERD_PATH')}`,
    async (_name, way) => {
      begin()
      writeFileSync(join(folder, 'worker.mjs'), worker(way))
      writeFileSync(join(folder, 'config.capnp'), workerConfig)
      const args = ['serve', join(folder, 'config.capnp'), '--control-fd=3']
      const child = spawn(WORKERD_PATH, args, { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] })
      try {
        const port = await readPort(child)
        const answers = Array.from({ length: 40 }, (_, index) => fetch(`http://127.0.0.1:${port}/?user=${index}`))
        for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
        await expect.poll(() => new Set(taken.map(({ userId }) => userId)).size, { timeout: 15_000 }).toBe(40 * 30)
        expect(taken).toHaveLength(40 * 30)
      } finally {
        child.kill()
      }
    },
  )
})

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
