import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEvent, type ErrorCode, limits } from '../src/index.ts'

type Fields = Record<string, unknown>

/** Checks an event as it would be found alone in a body. */
function check(event: unknown): ErrorCode | undefined {
  const text = JSON.stringify(event)
  return checkEvent(JSON.parse(text), { escapes: text.includes('\\u'), bytes: Buffer.byteLength(text) })
}

const track = (more: Fields = {}): Fields => ({ type: 'track', anonymousId: 'a-1', event: 'Clicked', ...more })

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = { a: value }
  return value
}

/** A track event whose JSON is `bytes` long, filled up with `filler`. */
function eventOf(bytes: number, filler: string): Fields {
  const empty = JSON.stringify(track({ properties: { note: '' } })).length
  const size = Buffer.byteLength(JSON.stringify(filler)) - 2
  const note = filler.repeat(Math.floor((bytes - empty) / size))
  return track({ properties: { note: note + 'x'.repeat(bytes - empty - (note.length / filler.length) * size) } })
}

const keys = (count: number): Fields =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [index.toString(36), 0]))

const text = (length: number): string => 'x'.repeat(length)
const { maxNameLength, maxIdLength, maxMessageIdLength, maxEventBytes, maxDepth, maxKeys } = limits

describe('each limit is kept to the last unit', () => {
  const limited: [string, (size: number) => Fields, number, ErrorCode][] = [
    ['event name', (n) => track({ event: text(n) }), maxNameLength, 'missing_event_name'],
    ['page name', (n) => ({ type: 'page', userId: 'u', name: text(n) }), maxNameLength, 'invalid_name'],
    ['page category', (n) => ({ type: 'page', userId: 'u', category: text(n) }), maxNameLength, 'invalid_name'],
    ['screen name', (n) => ({ type: 'screen', userId: 'u', name: text(n) }), maxNameLength, 'invalid_name'],
    ['anonymousId', (n) => track({ anonymousId: text(n) }), maxIdLength, 'invalid_id'],
    ['userId', (n) => track({ userId: text(n) }), maxIdLength, 'invalid_id'],
    ['groupId', (n) => ({ type: 'group', userId: 'u', groupId: text(n) }), maxIdLength, 'invalid_id'],
    ['previousId', (n) => ({ type: 'alias', userId: 'u', previousId: text(n) }), maxIdLength, 'invalid_id'],
    ['messageId', (n) => track({ messageId: text(n) }), maxMessageIdLength, 'invalid_message_id'],
    ['depth', (n) => track({ properties: nested(n - 1) }), maxDepth, 'too_deep'],
    ['list items', (n) => track({ properties: { list: new Array(n - 5).fill(0) } }), maxKeys, 'too_many_keys'],
    [
      'keys and list items together',
      (n) => track({ properties: { ...keys(1000), list: new Array(n - 1005).fill(0) } }),
      maxKeys,
      'too_many_keys',
    ],
    ['bytes of plain text', (n) => eventOf(n, 'x'), maxEventBytes, 'event_too_large'],
    ['bytes of two-byte text', (n) => eventOf(n, 'ä'), maxEventBytes, 'event_too_large'],
    ['bytes of three-byte text', (n) => eventOf(n, '字'), maxEventBytes, 'event_too_large'],
    ['bytes of four-byte text', (n) => eventOf(n, '😀'), maxEventBytes, 'event_too_large'],
    ['bytes of escaped line ends', (n) => eventOf(n, '\n'), maxEventBytes, 'event_too_large'],
    ['bytes of escaped control characters', (n) => eventOf(n, '\u0001'), maxEventBytes, 'event_too_large'],
  ]

  test.each(limited)('%s: exactly at it is taken, one over is refused', (_, make, limit, code) => {
    expect([check(make(limit)), check(make(limit + 1))]).toEqual([undefined, code])
  })

  test('bytes of empty lists and objects count, too', () => {
    const list = Array.from({ length: 4900 }, () => ({}))
    const properties = { list, note: '字'.repeat(6_500) }
    expect(Buffer.byteLength(JSON.stringify(track({ properties })))).toBeGreaterThan(maxEventBytes)
    expect(check(track({ properties }))).toBe('event_too_large')
  })
})

describe('checkEvent', () => {
  test('answers for any JSON, with a code or with undefined, and never throws', () => {
    const facts = { escapes: true, bytes: 1_000_000 }
    const event = fc.oneof(
      fc.jsonValue({ maxDepth: 6 }),
      fc.record({ type: fc.constantFrom('track', 'page', 'alias'), userId: fc.jsonValue(), event: fc.jsonValue() }),
      fc.record({ type: fc.string(), context: fc.jsonValue(), timestamp: fc.jsonValue(), messageId: fc.jsonValue() }),
    )
    fc.assert(
      fc.property(event, (value) => {
        expect(['string', 'undefined']).toContain(typeof checkEvent(value, facts))
      }),
    )
  })

  test('takes every date a clock can show', () => {
    const facts = { escapes: false, bytes: 100 }
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), (date) => {
        expect(checkEvent(track({ timestamp: date.toISOString(), sentAt: date.getTime() }), facts)).toBeUndefined()
      }),
    )
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses the number %d', (number) => {
    expect(checkEvent(track({ properties: { number } }), { escapes: false, bytes: 100 })).toBe('number_out_of_range')
  })

  test('refuses forbidden keys at every depth, in lists, too', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', '$set']) {
      const bad = `{"type":"track","anonymousId":"a","event":"e","properties":{"a":[{"b":{"${key}":1}}]}}`
      expect(checkEvent(JSON.parse(bad), { escapes: false, bytes: bad.length })).toBe('forbidden_key')
    }
  })

  test('looks for forbidden characters only in bodies with escapes, where alone they can be', () => {
    const event = track({ properties: { note: 'a\0b' } })
    expect(checkEvent(event, { escapes: true, bytes: 100 })).toBe('forbidden_character')
  })
})
