import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, inflateSync } from 'node:zlib'
import { openKv, openQueue, type Queue, systemDeps } from '@trailstitch/backends'
import { createCollectorApp } from '@trailstitch/collector'
import { createProjects, decodeChunk, parseBody } from '@trailstitch/protocol'
import { build } from 'esbuild'
import { internalNames } from '../../sdk/build/internal-names.js'

export type ArrivedEvent = Record<string, unknown> & { type: string; messageId: string; event?: string }

/** The real collector on a real queue, on a port of its own, with the browser scripts made from source. */
export interface RunningCollector {
  origin: string
  writeKey: string
  /** While true the queue takes nothing, which the collector answers with 503. */
  setDown(isDown: boolean): void
  /** Events in the queue, in order of arrival. */
  arrived(): Promise<ArrivedEvent[]>
  close(): Promise<void>
}

export async function startCollector(): Promise<RunningCollector> {
  const folder = await mkdtemp(join(tmpdir(), 'sdk-browser-'))
  const sdkFile = join(folder, 'v1.js')
  const sdkAllFile = join(folder, 'v1-all.js')
  await buildScript(sdkFile)
  await buildScript(sdkAllFile, 'script-all')
  const real = await openQueue(`sqlite:${join(folder, 'queue.db')}`, systemDeps)
  const kv = await openKv('memory:', systemDeps)
  let isDown = false
  const queue: Queue = {
    ...real,
    send: async (bodies) =>
      isDown ? bodies.map(() => ({ ok: false, error: new Error('down') })) : await real.send(bodies),
  }
  const writeKey = 'wk-browser'
  const projects = createProjects([{ id: 'shop', name: 'Shop', writeKeys: [writeKey] }])
  const app = await createCollectorApp({ queue, kv, projects, deps: systemDeps, sdkFile, sdkAllFile })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    origin,
    writeKey,
    setDown(next) {
      isDown = next
    },
    arrived: () => readQueue(real),
    async close() {
      await app.close()
      await real.close()
      await kv.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The script-tag file, or another entry of the SDK, from the source as it stands. */
export async function buildScript(outfile: string, name = 'script', format: 'iife' | 'esm' = 'iife'): Promise<void> {
  const entry = new URL(`../../sdk/src/${name}.ts`, import.meta.url).pathname
  const shape = { bundle: true, minify: true, target: 'es2022', mangleProps: internalNames } as const
  await build({ entryPoints: [entry], outfile, format, ...shape })
}

async function readQueue(queue: Queue): Promise<ArrivedEvent[]> {
  const { items } = await queue.list('pending', { limit: 1_000 })
  return items.flatMap(({ body }) => {
    const { header, bodies } = decodeChunk(body)
    return header.parts.flatMap(({ kind, encoding }, index) => {
      const bytes = bodies[index] ?? new Uint8Array()
      const unpack = { identity: (plain: Uint8Array) => plain, gzip: gunzipSync, deflate: inflateSync }[encoding]
      const { events, shared } = parseBody(unpack(bytes), kind)
      return events.map((event) => ({ sentAt: shared.sentAt, ...(event as ArrivedEvent) }))
    })
  })
}
