import type { BodyKind, WireEvent } from '@trailstitch/protocol'

/** A request as a client sends it: where to, and the body. */
export interface WireRequest {
  kind: BodyKind
  body: Buffer
  events: number
}

/** Several events as one batch. */
export function createBatch(events: readonly WireEvent[], sentAt: number, writeKey: string): WireRequest {
  const text = JSON.stringify({ batch: events, sentAt: new Date(sentAt).toISOString(), writeKey })
  return { kind: 'batch', body: Buffer.from(text), events: events.length }
}

/** One event, for the route of its type. */
export function createSingle(event: WireEvent, sentAt: number, writeKey: string): WireRequest {
  const text = JSON.stringify({ ...event, sentAt: new Date(sentAt).toISOString(), writeKey })
  return { kind: event.type, body: Buffer.from(text), events: 1 }
}

/** The whole HTTP request in one piece, ready for the socket. */
export function toHttp({ kind, body }: WireRequest): Buffer {
  const head = [
    `POST /v1/${kind} HTTP/1.1`,
    'host: 127.0.0.1',
    'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
    'content-type: application/json',
    `content-length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body])
}
