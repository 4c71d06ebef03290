import { deflateSync, gzipSync } from 'node:zlib'
/** A request without a socket of its own, and what it must be answered with. */
export interface HostileCase {
  name: string
  path?: string
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  headers?: Record<string, string>
  body?: string | Uint8Array
  status: number
  /** Absent: the request is taken. */
  code?: string
}

export const track = (properties: string): string => `{"anonymousId":"a","event":"x","properties":${properties}}`
export const nest = (open: string, inner: string, close: string, times: number): string =>
  open.repeat(times) + inner + close.repeat(times)
const encoded = (encoding: string): Record<string, string> => ({ 'content-encoding': encoding })
const pad = (bytes: number): string => `{"batch":[],"pad":"${'x'.repeat(bytes - 21)}"}`
const zeros = (bytes: number): Buffer => gzipSync(Buffer.alloc(bytes, 32))
export const good = track('{}')

/** Bodies that are not what they should be, before anybody looks at events. */
export const hostileBodies: readonly HostileCase[] = [
  { name: 'no body', body: '', status: 400, code: 'empty_body' },
  { name: 'only spaces', body: '   ', status: 400, code: 'invalid_json' },
  { name: 'a byte order mark and good JSON', body: `\u{feff}${good}`, status: 200 },
  { name: 'only a byte order mark', body: '\u{feff}', status: 400, code: 'invalid_json' },
  { name: 'two byte order marks', body: `\u{feff}\u{feff}${good}`, status: 400, code: 'invalid_json' },
  { name: 'UTF-16', body: Buffer.from(good, 'utf16le'), status: 400, code: 'invalid_json' },
  { name: 'UTF-16 with its mark', body: Buffer.from(`\u{feff}${good}`, 'utf16le'), status: 400, code: 'invalid_utf8' },
  {
    name: 'a lone byte over 127',
    body: Buffer.from([...Buffer.from('{"a":"'), 0xff]),
    status: 400,
    code: 'invalid_utf8',
  },
  { name: 'an overlong slash', body: Buffer.from([0x22, 0xc0, 0xaf, 0x22]), status: 400, code: 'invalid_utf8' },
  {
    name: 'random bytes',
    body: Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 197) % 256)),
    status: 400,
    code: 'invalid_utf8',
  },
  { name: 'JSON cut off', body: good.slice(0, -1), status: 400, code: 'invalid_json' },
  { name: 'two documents', body: good + good, status: 400, code: 'invalid_json' },
  { name: 'a comment', body: `/**/${good}`, status: 400, code: 'invalid_json' },
  { name: 'a trailing comma', body: '{"anonymousId":"a",}', status: 400, code: 'invalid_json' },
  { name: 'a raw control character in text', body: track('{"a":"\u0001"}'), status: 400, code: 'invalid_json' },
  { name: 'a raw NUL', body: track('{"a":"\u0000"}'), status: 400, code: 'invalid_json' },
  { name: 'a list instead of an object', body: '[]', status: 400, code: 'invalid_body' },
  { name: 'null', body: 'null', status: 400, code: 'invalid_body' },
  { name: 'a number', body: '1', status: 400, code: 'invalid_body' },
  { name: 'text', body: '"x"', status: 400, code: 'invalid_body' },
  {
    name: 'XML',
    body: '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    status: 400,
    code: 'invalid_json',
  },
  {
    name: 'a form',
    body: 'anonymousId=a&event=x',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 400,
    code: 'invalid_json',
  },
  { name: 'exactly the size limit', path: '/v1/batch', body: pad(512_000), status: 200 },
  { name: 'one byte over the size limit', path: '/v1/batch', body: pad(512_001), status: 400, code: 'body_too_large' },
  { name: 'megabytes', path: '/v1/batch', body: pad(5_000_000), status: 400, code: 'body_too_large' },
  {
    name: 'more than is read to the end',
    path: '/v1/batch',
    body: pad(9_000_000),
    status: 400,
    code: 'body_too_large',
  },
  { name: 'a million brackets', path: '/v1/batch', body: '['.repeat(500_000), status: 400, code: 'invalid_json' },
  {
    name: 'a quarter million closed brackets',
    path: '/v1/batch',
    body: nest('[', '', ']', 250_000),
    status: 400,
    code: 'invalid_body',
  },
]

/** Bodies whose Content-Encoding lies or bites. */
export const hostileEncodings: readonly HostileCase[] = [
  { name: 'a bomb of 1000:1', body: zeros(50_000_000), headers: encoded('gzip'), status: 400, code: 'body_too_large' },
  {
    name: 'a bomb past the helper thread limit',
    body: zeros(100_000_000),
    headers: encoded('gzip'),
    status: 400,
    code: 'body_too_large',
  },
  {
    name: 'a deflate bomb',
    body: deflateSync(Buffer.alloc(20_000_000)),
    headers: encoded('deflate'),
    status: 400,
    code: 'body_too_large',
  },
  { name: 'gzip in gzip', body: gzipSync(gzipSync(good)), headers: encoded('gzip'), status: 400, code: 'invalid_utf8' },
  {
    name: 'a bomb in gzip in gzip',
    body: gzipSync(zeros(10_000_000)),
    headers: encoded('gzip'),
    status: 400,
    code: 'invalid_utf8',
  },
  {
    name: 'the encoding named twice',
    body: gzipSync(gzipSync(good)),
    headers: encoded('gzip, gzip'),
    status: 400,
    code: 'unsupported_encoding',
  },
  {
    name: 'a list of encodings',
    body: gzipSync(good),
    headers: encoded('identity, gzip'),
    status: 400,
    code: 'unsupported_encoding',
  },
  { name: 'br', body: good, headers: encoded('br'), status: 400, code: 'unsupported_encoding' },
  { name: 'zstd', body: good, headers: encoded('zstd'), status: 400, code: 'unsupported_encoding' },
  {
    name: 'an encoding of the prototype',
    body: good,
    headers: encoded('constructor'),
    status: 400,
    code: 'unsupported_encoding',
  },
  {
    name: 'a very long encoding',
    body: good,
    headers: encoded('gzip;'.repeat(1_000)),
    status: 400,
    code: 'unsupported_encoding',
  },
  { name: 'gzip that is none', body: good, headers: encoded('gzip'), status: 400, code: 'invalid_encoding' },
  { name: 'gzip of nothing', body: '', headers: encoded('gzip'), status: 400, code: 'invalid_encoding' },
  { name: 'gzip of an empty text', body: gzipSync(''), headers: encoded('gzip'), status: 400, code: 'empty_body' },
  {
    name: 'gzip cut off',
    body: gzipSync(good).subarray(0, -9),
    headers: encoded('gzip'),
    status: 400,
    code: 'invalid_encoding',
  },
  {
    name: 'gzip with a wrong checksum',
    body: flip(gzipSync(good), -6),
    headers: encoded('gzip'),
    status: 400,
    code: 'invalid_encoding',
  },
  {
    name: 'gzip with a broken middle',
    body: flip(gzipSync(good), 14),
    headers: encoded('gzip'),
    status: 400,
    code: 'invalid_encoding',
  },
  {
    name: 'gzip sent as deflate',
    body: gzipSync(good),
    headers: encoded('deflate'),
    status: 400,
    code: 'invalid_encoding',
  },
  {
    name: 'deflate sent as gzip',
    body: deflateSync(good),
    headers: encoded('gzip'),
    status: 400,
    code: 'invalid_encoding',
  },
  {
    name: 'deflate that is none',
    body: '\u0007\u0007\u0007',
    headers: encoded('deflate'),
    status: 400,
    code: 'invalid_encoding',
  },
  { name: 'gzip in gzip without saying so', body: gzipSync(gzipSync(good)), status: 400, code: 'invalid_utf8' },
  {
    name: 'a bomb without saying so',
    body: gzipSync(Buffer.alloc(50_000_000, 32)),
    status: 400,
    code: 'body_too_large',
  },
]

function flip(bytes: Buffer, at: number): Buffer {
  const place = at < 0 ? bytes.length + at : at
  bytes[place] = (bytes[place] ?? 0) ^ 0xff
  return bytes
}
