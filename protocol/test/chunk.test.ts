import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type ChunkHeader,
  type ChunkPart,
  chunkId,
  decodeChunk,
  decodeChunkHeader,
  encodeChunk,
  eventTypes,
  WireError,
} from '../src/index.ts'

const body = fc.uint8Array({ maxLength: 200 })
const part: fc.Arbitrary<Omit<ChunkPart, 'bytes'>> = fc.record(
  {
    project: fc.string(),
    kind: fc.constantFrom(...eventTypes, 'batch' as const),
    receivedAt: fc.nat(),
    ip: fc.ipV6(),
    userAgent: fc.string({ unit: 'binary' }),
    encoding: fc.constantFrom('identity' as const, 'gzip' as const, 'deflate' as const),
    events: fc.nat({ max: 2500 }),
    refused: fc.array(fc.tuple(fc.nat(), fc.constant('too_deep' as const))),
  },
  { requiredKeys: ['project', 'kind', 'receivedAt', 'encoding', 'events'], noNullPrototype: true },
)
const chunk: fc.Arbitrary<{ header: ChunkHeader; bodies: Uint8Array[] }> = fc
  .record({
    collector: fc.string({ minLength: 1 }),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    packedAt: fc.nat(),
    requests: fc.array(fc.tuple(part, body), { maxLength: 8 }),
  })
  .map(({ requests, ...header }) => ({
    header: { ...header, parts: requests.map(([fields, bytes]) => ({ ...fields, bytes: bytes.length })) },
    bodies: requests.map(([, bytes]) => bytes),
  }))

/** `TSC1`, a length and a header as given, without the care of encodeChunk. */
function forge(header: unknown, ...bodies: Uint8Array[]): Uint8Array {
  return encodeChunk(header as ChunkHeader, bodies)
}

/** Decoding gives either a chunk whose bodies fill the bytes, or `undecodable_chunk`; never anything else. */
function decodesOrSaysWhy(bytes: Uint8Array): 'decoded' | 'undecodable' {
  try {
    const { header, bodies } = decodeChunk(bytes)
    expect(bodies.map(({ length }) => length)).toEqual(header.parts.map((each) => each.bytes))
    return 'decoded'
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    expect(error.code).toBe('undecodable_chunk')
    return 'undecodable'
  }
}

describe('a chunk', () => {
  test('comes back as it went in', () => {
    fc.assert(
      fc.property(chunk, ({ header, bodies }) => {
        const bytes = encodeChunk(header, bodies)
        const decoded = decodeChunk(bytes)
        expect(decoded.header).toEqual(header)
        expect(decoded.bodies.map((each) => [...each])).toEqual(bodies.map((each) => [...each]))
        expect(decodeChunkHeader(bytes)).toEqual(header)
      }),
    )
  })

  test('is read at any offset of a larger buffer', () => {
    fc.assert(
      fc.property(chunk, fc.nat({ max: 9 }), ({ header, bodies }, offset) => {
        const packed = encodeChunk(header, bodies)
        const large = new Uint8Array(packed.length + offset + 3)
        large.set(packed, offset)
        expect(decodeChunk(large.subarray(offset, offset + packed.length)).header).toEqual(header)
      }),
    )
  })

  test('is named after its collector and number', () => {
    expect(chunkId({ collector: 'c1', seq: 7 })).toBe('c1:7')
  })
})

describe('what is no chunk', () => {
  test('is refused when it is cut off anywhere', () => {
    fc.assert(
      fc.property(chunk, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ({ header, bodies }, where) => {
        const bytes = encodeChunk(header, bodies)
        expect(decodesOrSaysWhy(bytes.subarray(0, Math.floor(where * bytes.length)))).toBe('undecodable')
      }),
    )
  })

  test('is refused when bytes follow', () => {
    fc.assert(
      fc.property(chunk, fc.uint8Array({ minLength: 1, maxLength: 20 }), ({ header, bodies }, extra) => {
        expect(decodesOrSaysWhy(Buffer.concat([encodeChunk(header, bodies), extra]))).toBe('undecodable')
      }),
    )
  })

  test('is refused when it is garbage', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(decodesOrSaysWhy(bytes)).toBe('undecodable')
      }),
    )
  })

  test('never throws anything but undecodable_chunk, whatever JSON its header is', () => {
    const fields = fc.oneof(fc.jsonValue(), fc.record({ bytes: fc.oneof(fc.integer(), fc.jsonValue()) }))
    const header = fc.oneof(
      fc.jsonValue(),
      fc.record({ collector: fc.string(), seq: fc.nat(), parts: fc.array(fields, { maxLength: 4 }) }),
    )
    fc.assert(
      fc.property(header, body, (json, bytes) => {
        decodesOrSaysWhy(forge(json, bytes))
      }),
    )
  })

  test('never throws anything but undecodable_chunk when bits flip', () => {
    fc.assert(
      fc.property(chunk, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ header, bodies }, place, mask) => {
        const bytes = Uint8Array.from(encodeChunk(header, bodies))
        const index = place % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ mask
        decodesOrSaysWhy(bytes)
      }),
    )
  })

  test.each([
    ['a part that is null', { collector: 'c', seq: 1, parts: [null] }],
    ['a part without a length', { collector: 'c', seq: 1, parts: [{}] }],
    ['negative lengths that add up', { collector: 'c', seq: 1, parts: [{ bytes: -4 }, { bytes: 4 }] }],
    ['a fractional length', { collector: 'c', seq: 1, parts: [{ bytes: 0.5 }, { bytes: -0.5 }] }],
    ['a list as header', []],
    ['null as header', null],
    ['a number that is none', { collector: 'c', seq: 'one', parts: [] }],
  ])('is refused with %s', (_, header) => {
    expect(decodesOrSaysWhy(forge(header))).toBe('undecodable')
  })
})
