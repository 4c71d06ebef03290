import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, inflateSync } from 'node:zlib'
import { type Deps, type Kv, maxChunkBytes, openKv, openQueue, type Queue, silentLog } from '@trailstitch/backends'
import {
  type BodyKind,
  type ChunkPart,
  createProjects,
  decodeChunk,
  type ErrorCode,
  parseBody,
} from '@trailstitch/protocol'
import type { FastifyInstance } from 'fastify'
import { type CollectorAppOptions, createCollectorApp } from '../../src/index.ts'

export const writeKey = 'wk-shop'
export const projects = createProjects([
  { id: 'shop', name: 'Shop', writeKeys: [writeKey, 'wk-shop-next'] },
  { id: 'blog', name: 'Blog', writeKeys: ['wk-blog'] },
])

/** A clock that stands still until it is moved. */
export function createClock(start = Date.UTC(2026, 2, 1, 12)): {
  deps: Deps
  advance(ms: number): void
  logged: string[]
} {
  let now = start
  const logged: string[] = []
  const note = (_fields: object, message: string): void => {
    logged.push(message)
  }
  return {
    deps: { now: () => now, log: { ...silentLog, warn: note, error: note } },
    advance: (ms) => {
      now += ms
    },
    logged,
  }
}

export interface Running {
  app: FastifyInstance
  queue: Queue
  kv: Kv
  logged: string[]
  advance(ms: number): void
  /** Sends an ingest request without a socket. */
  post(path: string, body: string | Uint8Array | object, headers?: Record<string, string>): Promise<Answer>
  stop(): Promise<void>
}

export interface Answer {
  status: number
  headers: Record<string, unknown>
  text: string
  json(): {
    success: boolean
    code?: string
    message?: string
    accepted?: number
    refused?: { index: number; code: ErrorCode; message: string }[]
  }
}

export const basic = (key: string): string => `Basic ${Buffer.from(`${key}:`).toString('base64')}`

/** A collector on a real queue in a folder of its own. */
export async function startCollector(options: Partial<CollectorAppOptions> = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'))
  const clock = createClock()
  const queue = options.queue ?? (await openQueue(`sqlite:${join(folder, 'queue.db')}`, clock.deps))
  const kv = options.kv ?? (await openKv('memory:', clock.deps))
  const app = await createCollectorApp({ queue, kv, projects, deps: clock.deps, ...options })
  return {
    app,
    queue,
    kv,
    logged: clock.logged,
    advance: clock.advance,
    post: async (path, body, headers = {}) => {
      const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const response = await app.inject({
        method: 'POST',
        url: path,
        payload: text instanceof Uint8Array ? Buffer.from(text) : text,
        headers: { 'content-type': 'application/json', authorization: basic(writeKey), ...headers },
      })
      return toAnswer(response)
    },
    stop: async () => {
      await app.close()
      await queue.close()
      await kv.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Injected = Awaited<ReturnType<FastifyInstance['inject']>>

export const toAnswer = (response: Injected): Answer => ({
  status: response.statusCode,
  headers: response.headers,
  text: response.body,
  json: () => response.json(),
})

export interface Arrived {
  part: ChunkPart
  bytes: Uint8Array
  events: Record<string, unknown>[]
}

/** Everything that is in the queue, decoded the way the processor does it. */
export async function arrivals(queue: Queue): Promise<Arrived[]> {
  const { items } = await queue.list('pending', { limit: 1_000 })
  return items.flatMap(({ body }) => {
    const { header, bodies } = decodeChunk(body)
    return header.parts.map((part, index) => readPart(part, bodies[index] ?? new Uint8Array()))
  })
}

function readPart(part: ChunkPart, bytes: Uint8Array): Arrived {
  const plain = { identity: (body: Uint8Array) => body, gzip: gunzipSync, deflate: inflateSync }[part.encoding](bytes)
  return { part, bytes, events: readEvents(plain, part.kind) }
}

function readEvents(plain: Uint8Array, kind: BodyKind): Record<string, unknown>[] {
  return parseBody(plain, kind).events as Record<string, unknown>[]
}

/** A queue that does as it is told, for faults a real one can't be asked for. */
export function createScriptedQueue(): {
  queue: Queue
  script: { fail: boolean; hold: Promise<void> | undefined }
  sent: Uint8Array[]
} {
  const script: { fail: boolean; hold: Promise<void> | undefined } = { fail: false, hold: undefined }
  const sent: Uint8Array[] = []
  const refuse = async (): Promise<never> => {
    throw new Error('not part of this script')
  }
  const queue: Queue = {
    traits: { maxMessageBytes: maxChunkBytes, listsPending: true },
    send: async (bodies) => {
      await script.hold
      if (script.fail) return bodies.map(() => ({ ok: false, error: new Error('scripted') }))
      sent.push(...bodies)
      return bodies.map(() => ({ ok: true }))
    },
    depth: async () => {
      if (script.fail) throw new Error('scripted')
      return { waiting: sent.length, leased: 0, dead: 0, oldestAgeMs: 0 }
    },
    list: async () => ({
      items: sent.map((body, index) => ({ id: String(index), body, receives: 0, sentAt: 0 })),
      nextCursor: null,
    }),
    receive: refuse,
    ack: refuse,
    nack: refuse,
    extend: refuse,
    redrive: refuse,
    close: async () => {},
  }
  return { queue, script, sent }
}
