import { gzipSync } from 'node:zlib'
import { basic, writeKey } from './collector.ts'
import { good } from './hostile-bodies.ts'
import { rawRequest } from './raw.ts'

const auth = `authorization: ${basic(writeKey)}`

export interface WireCase {
  name: string
  parts: (string | Uint8Array)[]
  statuses: number[]
  codes: (string | undefined)[]
}
export const post = (headers: string[], body = ''): string =>
  rawRequest('POST /v1/track HTTP/1.1', [auth, ...headers], body)
const length = `content-length: ${good.length}`
const chunked = 'transfer-encoding: chunked'
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`

/** What only bare sockets can send. Below 500, coded, and never a request smuggled in behind another. */
export const wireCases: readonly WireCase[] = [
  {
    name: 'chunked, as it should be',
    parts: [post([chunked], `${chunk(good)}0\r\n\r\n`)],
    statuses: [200],
    codes: [undefined],
  },
  { name: 'chunked without an end', parts: [post([chunked], chunk(good))], statuses: [408], codes: ['body_timeout'] },
  { name: 'a body that does not come', parts: [post([length])], statuses: [408], codes: ['body_timeout'] },
  {
    name: 'a body that comes in drops',
    parts: [post(['content-length: 1000']), '{', '"', 'a'],
    statuses: [408],
    codes: ['body_timeout'],
  },
  {
    name: 'a length that is too large to believe',
    parts: [post(['content-length: 99999999999'])],
    statuses: [400],
    codes: ['body_too_large'],
  },
  { name: 'a negative length', parts: [post(['content-length: -1'])], statuses: [400], codes: ['malformed_request'] },
  {
    name: 'a length that is no number',
    parts: [post(['content-length: 0x10'], good)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'two lengths',
    parts: [post([length, 'content-length: 3'], good)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'smuggling by length and chunks',
    parts: [post([length, chunked], `0\r\n\r\n${post([length], good)}`)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'smuggling by chunks spelt oddly',
    parts: [post([length, 'transfer-encoding: xchunked'], good)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'smuggling by chunks named twice',
    parts: [post([chunked, 'transfer-encoding: identity'], `0\r\n\r\n`)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'smuggling by a space before the colon',
    parts: [post(['transfer-encoding : chunked'], `0\r\n\r\n`)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'smuggling by a folded header',
    parts: [post(['x: a\r\n content-length: 5'], 'hello')],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'smuggling by bare line feeds',
    parts: [`POST /v1/track HTTP/1.1\nhost: x\n${auth}\n${length}\n\n${good}`],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'a chunk size with rubbish',
    parts: [post([chunked], `1f;x=y z\u0001\r\n${good}\r\n0\r\n\r\n`)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'a chunk size that overflows',
    parts: [post([chunked], 'fffffffffffffffff\r\n')],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'a chunk that is longer than it says',
    parts: [post([chunked], `3\r\n${good}\r\n0\r\n\r\n`)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'headers of 20 KB',
    parts: [post([`x: ${'y'.repeat(20_000)}`, length], good)],
    statuses: [431],
    codes: ['headers_too_large'],
  },
  {
    name: '3,000 headers',
    parts: [post([...Array.from({ length: 3_000 }, (_, i) => `x${i}: y`), length], good)],
    statuses: [431],
    codes: ['headers_too_large'],
  },
  {
    name: 'a header with a NUL',
    parts: [post(['x: a\0b', length], good)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'header injection by a carriage return',
    parts: [post(['x: a\rset-cookie: b', length], good)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'no Host',
    parts: [`POST /v1/track HTTP/1.1\r\n${auth}\r\n${length}\r\n\r\n${good}`],
    statuses: [400],
    codes: [],
  },
  {
    name: 'a protocol we do not speak',
    parts: ['POST /v1/track HTTP/9.9\r\n\r\n'],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'TLS on a plain port',
    parts: [Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])],
    statuses: [400],
    codes: ['malformed_request'],
  },
  { name: 'rubbish', parts: ['\u0001\u0002\u0003 rubbish\r\n\r\n'], statuses: [400], codes: ['malformed_request'] },
  {
    name: 'a method we do not know',
    parts: [rawRequest('BREW /v1/track HTTP/1.1', [])],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'a method Node knows and we do not',
    parts: [rawRequest('PROPFIND /v1/track HTTP/1.1', ['connection: close'])],
    statuses: [404],
    codes: ['not_found'],
  },
  {
    name: 'a query with a body',
    parts: [rawRequest('QUERY /v1/track HTTP/1.1', [length], good)],
    statuses: [400],
    codes: ['malformed_request'],
  },
  {
    name: 'an absolute address',
    parts: [rawRequest('POST http://other.example/v1/track HTTP/1.1', [auth, length], good)],
    statuses: [200],
    codes: [undefined],
  },
  { name: 'a tunnel', parts: [rawRequest('CONNECT other.example:443 HTTP/1.1', [])], statuses: [], codes: [] },
  {
    name: 'an upgrade',
    parts: [post(['connection: upgrade', 'upgrade: websocket', length], good)],
    statuses: [200],
    codes: [undefined],
  },
  {
    name: 'two requests in one go, each answered',
    parts: [post([length], good) + post([length], good)],
    statuses: [200, 200],
    codes: [undefined, undefined],
  },
  {
    name: 'a client that waits to be asked',
    parts: [post(['expect: 100-continue', length]), good],
    statuses: [100, 200],
    codes: [undefined],
  },
  { name: 'a gzip bomb in chunks', parts: bombInChunks(), statuses: [400], codes: ['body_too_large'] },
]

function bombInChunks(): (string | Uint8Array)[] {
  const bomb = gzipSync(Buffer.alloc(30_000_000))
  const parts: (string | Uint8Array)[] = [post([chunked, 'content-encoding: gzip'])]
  for (let at = 0; at < bomb.length; at += 4_096) {
    const piece = bomb.subarray(at, at + 4_096)
    parts.push(`${piece.length.toString(16)}\r\n`, piece, '\r\n')
  }
  return [...parts, '0\r\n\r\n']
}
