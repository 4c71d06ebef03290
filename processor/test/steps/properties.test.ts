import { checkEvent, eventTypes, limits } from '@trailstitch/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeParts } from '../../src/steps/decode.ts'
import { createEnricher } from '../../src/steps/enrich.ts'
import { normaliseEvent } from '../../src/steps/normalise.ts'
import { chunkOf, partOf, receivedAt } from '../support.ts'

// Anything may stand where the later steps look: half of the values fit the field, half are any JSON.
const json = fc.jsonValue({ maxDepth: 2 })
const or = (fitting: fc.Arbitrary<unknown>) => fc.oneof(fitting, json)
const url = fc.oneof(
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constantFrom('', '-', '//', 'https://', 'https://[::1', '/?gclid=%', '?utm_source=%zz&utm_medium=a+b', 'a:b:c'),
  fc.string(),
)
const agent = fc.oneof(fc.constantFrom('-', 'node', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/120.0'), fc.string())
const ip = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())
const time = fc.oneof(
  fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('2026-01-01', '2026-01-01 10:00', 'Jan 1 2026'),
)
const id = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constantFrom(null, 'null', '""'),
)
const page = fc.record(
  { url: or(url), path: or(url), referrer: or(url), search: or(url), title: json },
  { requiredKeys: [] },
)
const context = fc.record(
  {
    page: or(page),
    referrer: or(fc.record({ url: or(url) })),
    campaign: or(fc.record({ source: json, medium: json, name: json }, { requiredKeys: [] })),
    userAgent: or(agent),
    ip: or(ip),
    library: or(fc.record({ name: json })),
    os: or(fc.record({ name: json, version: json })),
    device: or(fc.record({ type: json })),
    direct: json,
    groupId: json,
  },
  { requiredKeys: [] },
)
const event = fc.record(
  {
    type: fc.constantFrom(...eventTypes),
    event: fc.string({ minLength: 1, maxLength: 20 }),
    name: fc.option(fc.string({ maxLength: 20 })),
    anonymousId: id,
    userId: id,
    previousId: id,
    groupId: id,
    messageId: fc.string({ minLength: 1, maxLength: limits.maxMessageIdLength }),
    timestamp: time,
    originalTimestamp: time,
    sentAt: time,
    context,
    properties: fc.oneof(page, fc.dictionary(fc.string(), json)),
    traits: fc.dictionary(fc.string(), json),
    integrations: fc.dictionary(fc.string(), json),
  },
  { requiredKeys: ['type', 'event', 'anonymousId', 'userId', 'previousId', 'groupId'] },
)
const taken = event
  .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, unknown>)
  .filter((value) => checkEvent(value, { escapes: true, bytes: 1e6 }) === undefined)
const part = fc
  .record({ ip, userAgent: agent, operator: fc.constant(true as const) }, { requiredKeys: [] })
  .map((fields) => partOf(fields))
const policy = fc.record({ ipPolicy: fc.constantFrom('full', 'truncated', 'none') }, { requiredKeys: [] })

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) deepFreeze(inner)
  return value
}

describe('whatever passes the collector’s check', () => {
  const warm = createEnricher({ countryOf: () => 'DE', cacheSize: 20 })

  it('is normalised and enriched without throwing, always the same, and left as it was', () => {
    fc.assert(
      fc.property(taken, part, policy, (raw, from, project) => {
        deepFreeze(raw)
        deepFreeze(from)
        const normalised = deepFreeze(normaliseEvent(raw, from, 'c1:7:0:0'))
        const stored = warm(normalised, from, project)
        const fresh = createEnricher({ countryOf: () => 'DE' })
        expect(fresh(normaliseEvent(structuredClone(raw), from, 'c1:7:0:0'), from, project)).toEqual(stored)
        expect(JSON.parse(JSON.stringify(stored))).toEqual(stored)
        expect(stored.timestamp).toBeLessThanOrEqual(receivedAt + limits.maxFutureMs)
        expect(stored.timestamp).toBeGreaterThanOrEqual(limits.earliestTimestamp)
        expect(Number.isSafeInteger(stored.timestamp)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is stored without a full address or click id value unless the project says so', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12}$/)
    fc.assert(
      fc.property(fc.ipV4(), secret, fc.constantFrom('gclid', 'fbclid', 'mc_eid'), (address, value, name) => {
        fc.pre(!address.endsWith('.0'))
        const link = `https://shop.example/?a=1&${name}=${value}&b=2`
        const raw = {
          type: 'page',
          properties: { url: link, search: new URL(link).search },
          context: { ip: address, page: { url: link, referrer: link }, referrer: { url: link } },
        }
        const text = JSON.stringify(warm(normaliseEvent(raw, partOf(), 'm'), partOf({ ip: address }), {}))
        expect(text).not.toContain(`"${address}"`)
        expect(text).not.toContain(value)
      }),
      { numRuns: 200 },
    )
  })

  it('and whatever bytes a chunk holds: as many events come out as went in', () => {
    const body = fc.oneof(fc.uint8Array(), fc.json(), fc.record({ batch: fc.array(fc.jsonValue()) }))
    const header = fc.record({
      kind: fc.constantFrom('batch', ...eventTypes),
      encoding: fc.constantFrom('identity', 'gzip', 'deflate'),
      events: fc.nat(5),
      refused: fc.array(fc.tuple(fc.nat(5), fc.constantFrom('invalid_id', 'too_deep')), { maxLength: 3 }),
    })
    fc.assert(
      fc.property(body, header, (content, fields) => {
        for (const { taken, rejected } of decodeParts(chunkOf({ body: content, part: fields }))) {
          expect(taken.length + rejected.length).toBe(fields.events)
          expect(new Set([...taken, ...rejected].map(({ place }) => place)).size).toBe(fields.events)
        }
      }),
      { numRuns: 500 },
    )
  })
})
