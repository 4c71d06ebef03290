import type { Answer } from '../lib/verdict.ts'
import type { BrowserWindow } from './deps.ts'

const requestTimeoutMs = 30_000
/** Below this size packing costs more than it saves. */
const minPackedBytes = 2_000

export type RequestBody = string | ArrayBuffer

/** In bytes. Not by a Blob: each of those is a matter between the processes of a browser. */
export const sizeOf = (body: RequestBody): number =>
  typeof body === 'string' ? new TextEncoder().encode(body).length : body.byteLength

/** Gzip, where the browser has it and it pays; else the text. No header says so: that would cost a preflight. */
export async function pack({ CompressionStream, Response }: BrowserWindow, text: string): Promise<RequestBody> {
  if (!CompressionStream || text.length < minPackedBytes) return text
  return new Response(new Response(text).body?.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
}

/** Rejects when no answer came, or none in time. `keepalive`: the request outlives the page. */
export async function post(window: BrowserWindow, url: string, body: RequestBody, keepalive: boolean): Promise<Answer> {
  const abort = new window.AbortController()
  const timer = window.setTimeout(() => abort.abort(), requestTimeoutMs)
  try {
    const init: RequestInit = { method: 'POST', body, keepalive, credentials: 'omit', signal: abort.signal }
    const response = await window.fetch(url, init)
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
  } finally {
    window.clearTimeout(timer)
  }
}
