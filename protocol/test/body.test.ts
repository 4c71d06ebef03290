import { describe, expect, test } from 'vitest'
import { type BodyKind, checkBody, limits, mergeObjects, parseBody } from '../src/index.ts'

const parse = (text: string, kind: BodyKind) => parseBody(Buffer.from(text), kind)
const batchOf = (count: number) => JSON.stringify({ batch: new Array(count).fill(0) })
const bodyOf = (bytes: number) => `{"batch":[],"note":"${'x'.repeat(bytes - 22)}"}`

describe('parseBody', () => {
  test('takes a body of exactly the limit and refuses one byte more', () => {
    expect(Buffer.byteLength(bodyOf(limits.maxBodyBytes))).toBe(limits.maxBodyBytes)
    expect(parse(bodyOf(limits.maxBodyBytes), 'batch').events).toEqual([])
    expect(() => parse(bodyOf(limits.maxBodyBytes + 1), 'batch')).toThrow(
      expect.objectContaining({ code: 'body_too_large' }),
    )
  })

  test('takes exactly as many events as a batch may hold and refuses one more', () => {
    expect(parse(batchOf(limits.maxBatchEvents), 'batch').events).toHaveLength(limits.maxBatchEvents)
    expect(() => parse(batchOf(limits.maxBatchEvents + 1), 'batch')).toThrow(
      expect.objectContaining({ code: 'batch_too_long' }),
    )
  })

  test('gives the event of a single route the type of the route', () => {
    expect(parse('{"type":"page","userId":"u","event":"e"}', 'track').events).toEqual([
      { type: 'track', userId: 'u', event: 'e' },
    ])
  })

  test('hands out the write key of either kind of body', () => {
    expect(parse('{"writeKey":"k","userId":"u"}', 'identify').writeKey).toBe('k')
    expect(parse('{"writeKey":"k","batch":[]}', 'batch').writeKey).toBe('k')
  })

  test('keeps what a batch shares apart from its events', () => {
    const body = parse(
      '{"batch":[{"type":"page"}],"context":{"ip":"x"},"integrations":{"All":true},"sentAt":5}',
      'batch',
    )
    expect(body.shared).toEqual({ context: { ip: 'x' }, integrations: { All: true }, sentAt: 5 })
    expect(body.events).toEqual([{ type: 'page' }])
  })

  test('does not let a body reach the prototype of objects', () => {
    const body = parse('{"batch":[{"type":"page","userId":"u"}],"__proto__":{"admin":true}}', 'batch')
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
    expect(checkBody(body)).toEqual([])
  })
})

describe('mergeObjects', () => {
  test('merges nested objects and lets the second side win', () => {
    const batch = { page: { path: '/a', title: 'A' }, ip: '1', list: [1] }
    const event = { page: { path: '/b' }, ip: null, list: [2, 3] }
    expect(mergeObjects(batch, event)).toEqual({ page: { path: '/b', title: 'A' }, ip: null, list: [2, 3] })
  })

  test('leaves both sides as they were', () => {
    const batch = Object.freeze({ page: Object.freeze({ path: '/a' }) })
    const event = Object.freeze({ page: Object.freeze({ title: 'B' }) })
    expect(mergeObjects(batch, event)).toEqual({ page: { path: '/a', title: 'B' } })
  })

  test('gives the other side when one is absent', () => {
    expect(mergeObjects(undefined, { a: 1 })).toEqual({ a: 1 })
    expect(mergeObjects({ a: 1 }, undefined)).toEqual({ a: 1 })
    expect(mergeObjects(undefined, undefined)).toBeUndefined()
  })
})
