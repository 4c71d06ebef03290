import { expect, test } from 'vitest'
import { describePlace, parseRedisUrl } from '../../src/kv/redis-url.ts'

const plain = { isEncrypted: false, user: undefined, password: undefined, db: 0, group: '', prefix: 'ts:' }

test.each([
  ['redis://host', { kind: 'single', nodes: [{ host: 'host', port: 6379 }] }],
  ['redis://[::1]:7000/3', { kind: 'single', nodes: [{ host: '::1', port: 7000 }], db: 3 }],
  ['rediss://host?prefix=', { kind: 'single', nodes: [{ host: 'host', port: 6379 }], isEncrypted: true, prefix: '' }],
  [
    'redis://me:p%40ss:w%2Frd@host/?prefix=a%20b:',
    { kind: 'single', nodes: [{ host: 'host', port: 6379 }], user: 'me', password: 'p@ss:w/rd', prefix: 'a b:' },
  ],
  ['redis://:secret@host', { kind: 'single', nodes: [{ host: 'host', port: 6379 }], password: 'secret' }],
  [
    'redis+cluster://a:7000,b',
    {
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 7000 },
        { host: 'b', port: 6379 },
      ],
    },
  ],
  ['rediss+cluster://a', { kind: 'cluster', nodes: [{ host: 'a', port: 6379 }], isEncrypted: true }],
  [
    'redis+sentinel://:secret@a,b:7000/main/2',
    {
      kind: 'sentinel',
      nodes: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 7000 },
      ],
      password: 'secret',
      group: 'main',
      db: 2,
    },
  ],
])('%s says where, who and under which prefix', (url, expected) => {
  expect(parseRedisUrl(url)).toEqual({ ...plain, ...expected })
})

test.each([
  'redis:host',
  'redis://',
  'redis://a,b',
  'redis://host:port',
  'redis://host:65536',
  'redis://host/db',
  'redis://host?db=1',
  'redis://host?prefix=a&maxKeys=1',
  'redis://user:%zz@host',
  'redis+cluster://a,b/1',
  'redis+cluster://a,,b',
  'redis+sentinel://a,b',
  'redis://user:sec/ret@host',
])('%s is refused, and not repeated', (url) => {
  expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'invalid_url' }))
  expect(() => parseRedisUrl(url)).not.toThrow(/sec.ret|%zz/)
})

test('what is shown of a place holds no secret', () => {
  expect(describePlace(parseRedisUrl('redis+cluster://me:secret@[::1]:7000,b'))).toBe('[::1]:7000,b:6379')
})
