import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { type Chunk, decodeChunk, encodeChunk, limits } from '@trailstitch/protocol'
import { describe, expect, it } from 'vitest'
import { decodeParts, setAside } from '../../src/steps/decode.ts'
import { chunkOf, partOf, receivedAt } from '../support.ts'

const track = (fields: object = {}) => ({ type: 'track', event: 'Clicked', anonymousId: 'a1', ...fields })
const only = (chunk: Chunk) => {
  const [decoded] = decodeParts(chunk)
  if (!decoded) throw new Error('the chunk has no part')
  return decoded
}

describe('decoding', () => {
  const batch = { batch: [track({ messageId: 'm1' }), track({ messageId: 'm2' })], writeKey: 'k' }
  const text = Buffer.from(JSON.stringify(batch))

  it.each([
    ['identity', text],
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
  ] as const)('opens a body sent as %s', (encoding, body) => {
    const { taken, rejected } = only(chunkOf({ body, part: { encoding, events: 2 } }))
    expect(taken.map(({ event, place }) => [event.messageId, place])).toEqual([
      ['m1', '0:0'],
      ['m2', '0:1'],
    ])
    expect(rejected).toEqual([])
  })

  it('opens single events by the route they came on', () => {
    const body = { anonymousId: 'a1', traits: { plan: 'pro' }, type: 'track' }
    const { taken } = only(chunkOf({ body, part: { kind: 'identify' } }))
    expect(taken).toEqual([{ event: { ...body, type: 'identify' }, place: '0:0' }])
  })

  it('merges what the batch says for all into each event, and the event wins', () => {
    const body = {
      context: { library: { name: 'x', version: '1' }, ip: '203.0.113.9' },
      integrations: { All: true },
      sentAt: '2026-03-01T12:00:00Z',
      batch: [track(), track({ context: { library: { version: '2' } }, integrations: { All: false }, sentAt: 5 })],
    }
    const { taken } = only(chunkOf({ body }))
    expect(taken.map(({ event }) => [event.context, event.integrations, event.sentAt])).toEqual([
      [body.context, { All: true }, '2026-03-01T12:00:00Z'],
      [{ library: { name: 'x', version: '2' }, ip: '203.0.113.9' }, { All: false }, 5],
    ])
  })

  it('gives the same places when the chunk comes again', () => {
    const chunk = chunkOf({ body: batch }, { body: batch, part: { refused: [[0, 'invalid_id']] } })
    const again = decodeChunk(encodeChunk(chunk.header, chunk.bodies))
    expect(decodeParts(again)).toEqual(decodeParts(chunk))
    expect(decodeParts(chunk).map(({ taken, rejected }) => [...taken, ...rejected].map(({ place }) => place))).toEqual([
      ['0:0', '0:1'],
      ['1:1', '1:0'],
    ])
  })
})

describe('setting aside', () => {
  it('keeps what the collector refused, with its batch’s context, and takes the rest', () => {
    const body = { context: { ip: '203.0.113.9' }, sentAt: 9, batch: [track(), track({ userId: {} }), 7] }
    const part = {
      refused: [
        [1, 'invalid_id'],
        [2, 'invalid_event'],
      ] as [number, 'invalid_id'][],
    }
    const { taken, rejected } = only(chunkOf({ body, part }))
    expect(taken.map(({ place }) => place)).toEqual(['0:0'])
    expect(rejected).toEqual([
      {
        project: 'demo',
        place: '0:1',
        code: 'invalid_id',
        message: 'Ids must be text or numbers of at most 512 characters, and not empty.',
        receivedAt,
        body: JSON.stringify({ ...track({ userId: {} }), context: { ip: '203.0.113.9' }, sentAt: 9 }),
      },
      expect.objectContaining({ place: '0:2', code: 'invalid_event', body: '7' }),
    ])
  })

  it('does not write a large context once for every event of a batch', () => {
    const refused = Array.from({ length: 2000 }, (_, index) => [index, 'invalid_id'] as [number, 'invalid_id'])
    const body = { context: { big: 'x'.repeat(200_000) }, batch: refused.map(() => track()) }
    const { rejected } = only(chunkOf({ body, part: { refused } }))
    expect(rejected).toHaveLength(2000)
    expect(rejected.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(200_000)
  })

  it('leaves forbidden keys where they were', () => {
    const body = '{"context":{"a":1},"batch":[{"type":"track","context":{"__proto__":{"polluted":1}}}]}'
    const { rejected } = only(chunkOf({ body, part: { events: 1, refused: [[0, 'forbidden_key']] } }))
    expect(rejected[0]?.body).toBe('{"type":"track","context":{"__proto__":{"polluted":1}}}')
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it('writes down what nests too deep to be written whole', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const body = `{"batch":[{"type":"track","properties":{"deep":${deep}}}]}`
    const { rejected } = only(chunkOf({ body, part: { events: 1, refused: [[0, 'too_deep']] } }))
    expect(rejected[0]?.body).toContain('cut: nests too deep')
    expect(() => JSON.parse(rejected[0]?.body ?? '')).not.toThrow()
  })

  it('refuses types the wire does not know even if the collector did not', () => {
    const { taken, rejected } = only(
      chunkOf({ body: { batch: [track({ type: 'unlink', userId: 'u' }), 'x', track()] } }),
    )
    expect(rejected.map(({ place, code }) => [place, code])).toEqual([
      ['0:0', 'unknown_type'],
      ['0:1', 'invalid_event'],
    ])
    expect(taken).toHaveLength(1)
  })

  it('is open to later steps', () => {
    expect(setAside(partOf(), '0:3', 'processing_failed', { a: 1 }, 'It was odd.')).toEqual({
      project: 'demo',
      place: '0:3',
      code: 'processing_failed',
      message: 'The event made the processor fail and was set aside. It was odd.',
      receivedAt,
      body: '{"a":1}',
    })
  })
})

describe('an operator’s request', () => {
  const operator = (event: object) => only(chunkOf({ body: { batch: [event] }, part: { operator: true } }))

  it('may undo a merge', () => {
    expect(
      operator({ type: 'unlink', anonymousId: 'a1', userId: 'u1', messageId: 'm', timestamp: 1 }).taken,
    ).toHaveLength(1)
    expect(operator({ type: 'unlink', previousId: 'u0', userId: 'u1' }).taken).toHaveLength(1)
    expect(operator({ type: 'unlink', userId: 'u1' }).rejected[0]?.code).toBe('missing_previous_id')
    expect(operator({ type: 'unlink', anonymousId: 'a1' }).rejected[0]?.code).toBe('missing_user_id')
  })

  it('is checked like a client’s', () => {
    expect(operator({ type: 'track', anonymousId: 'a1' }).rejected[0]?.code).toBe('missing_event_name')
    expect(operator({ type: 'nothing', anonymousId: 'a1' }).rejected[0]?.code).toBe('unknown_type')
    expect(operator(track()).taken).toHaveLength(1)
  })
})

describe('a body that cannot be opened', () => {
  const bomb = gzipSync(Buffer.alloc(limits.maxBodyBytes + 1, 32))

  it.each([
    ['not gzip', 'gzip', Buffer.from('{"batch":[]}')],
    ['a bomb', 'gzip', bomb],
    ['a deflate bomb', 'deflate', deflateSync(Buffer.alloc(5_000_000, 32))],
    ['cut off', 'gzip', gzipSync(Buffer.from('{"batch":[]}')).subarray(0, 15)],
    ['not UTF-8', 'identity', Buffer.from([0x7b, 0xff, 0x7d])],
  ] as const)('because it is %s is set aside once for each counted event', (_name, encoding, body) => {
    const chunk = chunkOf({ body, part: { encoding, events: 3 } }, { body: { batch: [track()] } })
    const [broken, whole] = decodeParts(chunk)
    expect(whole?.taken).toHaveLength(1)
    expect(broken?.taken).toEqual([])
    expect(broken?.rejected.map(({ place, code }) => [place, code])).toEqual(
      [0, 1, 2].map((index) => [`0:${index}`, 'undecodable_chunk']),
    )
    const [first, ...others] = broken?.rejected ?? []
    expect(JSON.parse(first?.body ?? '')).toEqual({ encoding, base64: body.toString('base64') })
    for (const other of others) expect(JSON.parse(other.body)).toEqual({ bodyAt: '0:0' })
  })

  it('is kept as text if it is text', () => {
    const body = gzipSync(Buffer.from('{"batch":['))
    const { rejected } = only(chunkOf({ body, part: { encoding: 'gzip', events: 1 } }))
    expect(rejected[0]).toMatchObject({ body: '{"batch":[', message: expect.stringContaining('not valid JSON') })
  })

  it('is one with another number of events than counted, so that the books balance', () => {
    const { taken, rejected } = only(chunkOf({ body: { batch: [track(), track()] }, part: { events: 3 } }))
    expect(taken).toEqual([])
    expect(rejected).toHaveLength(3)
  })
})
