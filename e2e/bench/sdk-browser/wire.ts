import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { closeServer, listen } from '../../browser/site.ts'

/** What an event is known by on the wire, whatever a client makes of it otherwise. */
export const markOf = (index: number): string => `mark-${index}-x`
/** Of the event that a page tracks as soon as its client can. */
export const arrivalMark = markOf(0)
const marks = /mark-\d+-x/g

/** A request as it came over the wire. */
export interface WireRequest {
  method: string
  path: string
  bytes: number
  /** Of the events in it, each as often as it is there. */
  marks: string[]
  /** The answer was good: whoever answers so has the events. */
  isTaken: boolean
}

export interface Answer {
  status: number
  body: string | Uint8Array
  headers?: Record<string, string>
}

export type Respond = (request: IncomingMessage, body: Uint8Array<ArrayBuffer>) => Answer | Promise<Answer>

/** A server that clients send to, which notes what comes. */
export interface Wire {
  origin: string
  /** In order of arrival. */
  requests: WireRequest[]
  close(): Promise<void>
}

/** Each answer takes `delayMs`, as over a real network. */
export async function startWire(respond: Respond, delayMs: number): Promise<Wire> {
  const requests: WireRequest[] = []
  const server = createServer((request, response) => {
    const handle = async (): Promise<void> => {
      const body = await buffer(request)
      const noted = {
        method: request.method ?? '',
        path: request.url ?? '',
        bytes: body.length,
        marks: findMarks(body),
      }
      const answer = await respond(request, body)
      requests.push({ ...noted, isTaken: answer.status < 300 })
      await sleep(delayMs)
      response.writeHead(answer.status, { ...corsHeaders(request), ...answer.headers }).end(answer.body)
    }
    // A page that goes may break off.
    handle().catch(() => response.destroy())
  })
  return { origin: await listen(server), requests, close: () => closeServer(server) }
}

function corsHeaders({ headers }: IncomingMessage): Record<string, string> {
  return {
    'access-control-allow-origin': headers.origin ?? '*',
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-max-age': '3600',
  }
}

const findMarks = (body: Buffer): string[] => decode(body).match(marks) ?? []

/** As text: out of gzip, out of a form's base64 (PostHog), with what is base64 inside of JSON spelt out (Snowplow). */
function decode(body: Buffer): string {
  if (body[0] === 0x1f && body[1] === 0x8b) return decode(gunzipSync(body))
  const text = body.toString()
  if (text.startsWith('data=')) return decode(Buffer.from(decodeURIComponent(text.slice('data='.length)), 'base64'))
  return text.replace(/"(?:ue_px|cx)":"([^"]+)"/g, (_, inner: string) => Buffer.from(inner, 'base64url').toString())
}

/** Answers with which the vendors' clients are content: settings where they ask for some, else a receipt. */
export const respondToVendors: Respond = ({ method, url = '' }) => {
  if (method === 'OPTIONS') return { status: 204, body: '' }
  // Scripts that a client would load from its maker are not there.
  if (/\.js(?:\?|$)/.test(url)) return { status: 404, body: '' }
  const body = {
    ...(method === 'GET' && { integrations: { 'Segment.io': { apiKey: 'bench' } } }),
    supportedCompression: ['gzip', 'gzip-js'],
    success: true,
    status: 1,
  }
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** Passes everything on to a server, such as the real collector. */
export const passTo =
  (origin: string): Respond =>
  async ({ method = '', url = '', headers }, body) => {
    const passed = ['content-type', 'origin', 'access-control-request-method', 'access-control-request-headers']
    const kept = passed.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]]))
    const response = await fetch(origin + url, {
      method,
      headers: Object.fromEntries(kept) as Record<string, string>,
      ...(method === 'POST' && { body }),
    })
    const names = ['content-type', 'retry-after', 'access-control-expose-headers']
    const given = names.flatMap((name) =>
      response.headers.get(name) === null ? [] : [[name, response.headers.get(name)]],
    )
    return {
      status: response.status,
      headers: Object.fromEntries(given),
      body: new Uint8Array(await response.arrayBuffer()),
    }
  }
