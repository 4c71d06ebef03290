// A collector that keeps nothing: it unpacks, counts, and fails when it is told to.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { serveParent } from '../lib/worker.ts'

export type Fault = 'none' | '503' | '429' | 'reset'

/** `begin` starts a new count; for `faultMs` from then on the fault is there. */
export type SinkRequest = { kind: 'begin'; fault: Fault; faultMs: number } | { kind: 'count' }

export interface Count {
  port: number
  /** Different events, and events that came again. */
  events: number
  repeated: number
  requests: number
  /** Of these: packed; while the fault was there; before the time that a Retry-After had named. */
  gzipped: number
  faulty: number
  early: number
  bytes: number
}

const retryAfterSeconds = 5

let [fault, faultUntil, earliest]: [Fault, number, number] = ['none', 0, 0]
let seen = new Set<number>()
let count = emptyCount()

function emptyCount(): Count {
  return { port: 0, events: 0, repeated: 0, requests: 0, gzipped: 0, faulty: 0, early: 0, bytes: 0 }
}

const server = createServer((request, response) => {
  // A client that is killed in the middle is not our trouble.
  answer(request, response).catch(() => response.destroy())
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const now = performance.now()
  count.requests++
  if (now < earliest) count.early++
  if (now < faultUntil) count.faulty++
  if (now < faultUntil && fault === 'reset') {
    request.socket.resetAndDestroy()
    return
  }
  const body = await buffer(request)
  count.bytes += body.length
  const isGzipped = request.headers['content-encoding'] === 'gzip'
  if (isGzipped) count.gzipped++
  if (now < faultUntil) {
    if (fault === '429') {
      response.setHeader('retry-after', retryAfterSeconds)
      earliest = performance.now() + retryAfterSeconds * 1_000
    }
    response.writeHead(Number(fault)).end()
    return
  }
  const accepted = take((isGzipped ? gunzipSync(body) : body).toString())
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ success: true, status: 1, accepted, refused: [] }))
}

function take(text: string): number {
  const { batch } = JSON.parse(text) as { batch: { properties: { number: number } }[] }
  for (const { properties } of batch) {
    if (seen.has(properties.number)) count.repeated++
    seen.add(properties.number)
  }
  count.events = seen.size
  return batch.length
}

serveParent<SinkRequest, Count>(async (request) => {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  if (request.kind === 'begin') {
    ;[fault, faultUntil, earliest] = [request.fault, performance.now() + request.faultMs, 0]
    ;[seen, count] = [new Set(), emptyCount()]
  }
  return { ...count, port: (server.address() as AddressInfo).port }
})
