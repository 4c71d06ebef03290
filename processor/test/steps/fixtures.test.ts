import { checkBody, parseBody } from '@trailstitch/protocol'
import { describe, expect, it } from 'vitest'
import { loadFixtures } from '../../../protocol/test/load-fixtures.ts'
import { decodeParts } from '../../src/steps/decode.ts'
import { createEnricher } from '../../src/steps/enrich.ts'
import { normaliseEvent } from '../../src/steps/normalise.ts'
import { chunkOf, receivedAt } from '../support.ts'

const enrich = createEnricher()
const named = (folder: 'valid' | 'invalid') => loadFixtures(folder).map((fixture) => [fixture.name, fixture] as const)

describe('every valid body of the wire', () => {
  it.each(named('valid'))('%s goes through all steps', (_name, { route, bytes }) => {
    const { events } = parseBody(bytes, route)
    const parts = decodeParts(chunkOf({ body: bytes, part: { kind: route, events: events.length } }))
    expect(parts.flatMap(({ rejected }) => rejected)).toEqual([])
    for (const { part, taken } of parts) {
      expect(taken).toHaveLength(events.length)
      for (const { event, place } of taken) {
        const stored = enrich(normaliseEvent(event, part, `c1:7:${place}`), part, {})
        expect(stored).toMatchObject({ project: 'demo', type: event.type, receivedAt })
        expect(Number.isSafeInteger(stored.timestamp)).toBe(true)
        expect(stored.messageId).not.toBe('')
        expect(stored.name).not.toBe('')
      }
    }
  })
})

describe('every invalid body of the wire that has events', () => {
  const withEvents = named('invalid').flatMap(([name, { route, bytes }]) => {
    try {
      return [[name, route, bytes, checkBody(parseBody(bytes, route))] as const]
    } catch {
      return [] // refused as a whole: never gets into a chunk
    }
  })

  it.each(withEvents)('%s is set aside where the collector refused it', (_name, kind, bytes, refused) => {
    const events = parseBody(bytes, kind).events.length
    const [decoded] = decodeParts(chunkOf({ body: bytes, part: { kind, events, refused } }))
    expect(decoded?.rejected.map(({ place, code }) => [place, code])).toEqual(
      refused.map(([index, code]) => [`0:${index}`, code]),
    )
    expect(decoded?.taken).toHaveLength(events - refused.length)
    for (const { body } of decoded?.rejected ?? []) expect(() => JSON.parse(body)).not.toThrow()
  })
})
