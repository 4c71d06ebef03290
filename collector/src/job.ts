import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Body, BodyKind, ChunkPart, ErrorCode } from '@trailstitch/protocol'

/**
 * One request on its way through the steps. Each step reads what the ones before it have set; the order is the
 * contract, see steps/index.ts.
 */
export interface Job {
  readonly kind: BodyKind
  /** When the request arrived, ms since 1970: closest to the client's `sentAt`. */
  readonly receivedAt: number
  readonly ip: string
  readonly headers: IncomingHttpHeaders
  /** Where the body comes from; undefined when `raw` is there from the start. */
  readonly payload: Readable | undefined
  /** Set by receive: the body as it came, still compressed. */
  raw: Buffer
  /** Set by receive: bytes counted as held by the collector for this request. */
  held: number
  /** Set by decompress. */
  encoding: ChunkPart['encoding']
  bytes: Buffer
  /** Set by parse, let go by check: a parsed body is many times its text. */
  body: Body
  events: number
  /** Set by authorize. */
  writeKey: string
  project: string
  /** Set by check. */
  refused: [index: number, code: ErrorCode][]
  /** Set by parse. */
  parts: Body['parts']
  /** Set by confirm. */
  known: readonly string[]
  /** Set by stamp. */
  part: Omit<ChunkPart, 'bytes'> | undefined
}

export const noBytes: Buffer = Buffer.alloc(0)
export const noBody: Body = Object.freeze({
  events: [],
  shared: {},
  writeKey: undefined,
  facts: { escapes: false, bytes: 0 },
  parts: { ids: [], unconfirmed: [] },
})

export function createJob(given: Pick<Job, 'kind' | 'receivedAt' | 'ip' | 'headers' | 'payload'>): Job {
  return {
    kind: given.kind,
    receivedAt: given.receivedAt,
    ip: given.ip,
    headers: given.headers,
    payload: given.payload,
    raw: noBytes,
    held: 0,
    encoding: 'identity',
    bytes: noBytes,
    body: noBody,
    events: 0,
    writeKey: '',
    project: '',
    refused: [],
    parts: noBody.parts,
    known: [],
    part: undefined,
  }
}
