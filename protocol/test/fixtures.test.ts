import { Check } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import {
  checkBody,
  commonFields,
  contextShape,
  type ErrorCode,
  errorTable,
  eventSchemas,
  parseBody,
  WireError,
} from '../src/index.ts'
import { type Fixture, loadFixtures } from './load-fixtures.ts'

/** Codes that answer to something else than a body: headers, keys, routes, load, or later steps. */
const notFromBodies: readonly ErrorCode[] = [
  'invalid_encoding',
  'unsupported_encoding',
  'body_timeout',
  'missing_write_key',
  'unknown_write_key',
  'write_key_mismatch',
  'origin_not_allowed',
  'not_found',
  'method_not_allowed',
  'rate_limited',
  'overloaded',
  'queue_unavailable',
  'stopping',
  'internal',
  'undecodable_chunk',
  'processing_failed',
]

const valid = loadFixtures('valid')
const invalid = loadFixtures('invalid')

/** What happens to a fixture: the code of the request, or the refused events. */
function outcome(fixture: Fixture): { request: ErrorCode } | { events: number; refused: [number, ErrorCode][] } {
  try {
    const body = parseBody(fixture.bytes, fixture.route)
    return { events: body.events.length, refused: checkBody(body) }
  } catch (error) {
    if (error instanceof WireError) return { request: error.code }
    throw error
  }
}

describe('valid fixtures', () => {
  test.each(valid)('$name: no event is refused', (fixture) => {
    expect(outcome(fixture)).toMatchObject({ refused: [] })
  })

  test.each(valid.filter(({ route }) => route !== 'batch'))('$name passes its schema', (fixture) => {
    const [event] = parseBody(fixture.bytes, fixture.route).events
    expect(Check(eventSchemas[fixture.route as keyof typeof eventSchemas], event)).toBe(true)
  })

  test('every call occurs alone and in a batch', () => {
    const inBatches = new Set(
      valid
        .filter(({ route }) => route === 'batch')
        .flatMap((fixture) =>
          parseBody(fixture.bytes, 'batch').events.map((event) => (event as { type: string }).type),
        ),
    )
    expect([...inBatches].sort()).toEqual(Object.keys(eventSchemas).sort())
    expect(new Set(valid.map(({ route }) => route))).toEqual(new Set([...Object.keys(eventSchemas), 'batch']))
  })

  test('every common field and every context field occurs', () => {
    const events = valid.flatMap(
      (fixture) => parseBody(fixture.bytes, fixture.route).events as Record<string, unknown>[],
    )
    const fields = new Set(events.flatMap((event) => Object.keys(event)))
    expect(commonFields.filter((field) => !fields.has(field))).toEqual([])
    const context = new Set(events.flatMap((event) => Object.keys(event.context ?? {})))
    expect(Object.keys(contextShape.properties).filter((field) => !context.has(field))).toEqual([])
    const full = valid.find(({ name }) => name === 'context-all-fields')?.body as { context: unknown }
    expect(Check(contextShape, full.context)).toBe(true)
  })
})

describe('invalid fixtures', () => {
  test.each(invalid)('$name: is refused as the fixture says', (fixture) => {
    const result = outcome(fixture)
    if (fixture.refused) {
      expect(result).toMatchObject({ refused: fixture.refused })
    } else if ('request' in result) {
      expect(result.request).toBe(fixture.code)
    } else {
      expect(result.events).toBeGreaterThan(0)
      expect(result.refused).toEqual(Array.from({ length: result.events }, (_, index) => [index, fixture.code]))
    }
  })

  test('every code that a body can cause occurs', () => {
    const seen = new Set(
      invalid.flatMap(({ code, refused }) => [...(code ? [code] : []), ...(refused ?? []).map(([, c]) => c)]),
    )
    const expected = (Object.keys(errorTable) as ErrorCode[]).filter((code) => !notFromBodies.includes(code))
    expect([...seen].sort()).toEqual(expected.sort())
  })
})

test('fixtures are well-formed and there are at least 70', () => {
  expect(valid.length + invalid.length).toBeGreaterThanOrEqual(70)
  for (const fixture of valid) expect([fixture.code, fixture.refused]).toEqual([undefined, undefined])
  for (const fixture of invalid) expect([fixture.code, fixture.refused].filter(Boolean)).toHaveLength(1)
})
