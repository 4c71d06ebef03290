import type { JsonObject, StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'

/**
 * Times lie on a grid, so that equal times and gaps of just 30 minutes are frequent: every 10 minutes over three days or,
 * with `dense`, every 29 minutes over 29 hours with few holes, which gives chains that are cut at 24 hours.
 */
const gridMs = 10 * 60_000
const denseMs = 29 * 60_000
const denseSlots = 60
const start = Date.UTC(2026, 0, 1)

/** More runs by TRAILSTITCH_RUNS: the nightly form takes 10,000. */
export const runs = Number(process.env.TRAILSTITCH_RUNS ?? 500)

/** At and beside the limits of classes. */
const clockErrorsMs = [0, 1_000, -1_001, 10_000, -60_000, 60_001, -600_001, 3_600_000, -3_600_001, 9_000_000]

const place = fc.record({
  anonymousId: fc.option(fc.constantFrom('a1', 'a2', 'a3'), { nil: undefined, freq: 6 }),
  userId: fc.option(fc.constantFrom('u1', 'u2', 'u3'), { nil: undefined, freq: 1 }),
  slot: fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 20 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 432 }) },
  ),
  kind: fc.constantFrom('page', 'page', 'track', 'track', 'identify', 'screen', 'alias', 'unlink', 'group'),
  other: fc.constantFrom('a1', 'a2', 'u1', 'u2', 'u3'),
  value: fc.integer({ min: 0, max: 3 }),
})

/** A set of events with distinct messageIds, in any order. */
export function arbitraryEvents(options: {
  minLength?: number
  maxLength: number
  edges: boolean
  dense?: boolean
}): fc.Arbitrary<StoredEvent[]> {
  return fc.array(place, { minLength: options.minLength ?? 1, maxLength: options.maxLength }).map((places) =>
    places.map((given, index): StoredEvent => {
      const isEdge = given.kind === 'alias' || given.kind === 'unlink'
      const type = isEdge && !options.edges ? 'track' : (given.kind as StoredEvent['type'])
      const userId = type === 'alias' || type === 'unlink' ? (given.userId ?? 'u1') : given.userId
      const anonymousId = given.anonymousId ?? (userId === undefined ? 'a1' : undefined)
      const timestamp =
        start +
        (options.dense ? ((index + (given.slot % 40 === 0 ? 1 : 0)) % denseSlots) * denseMs : given.slot * gridMs)
      return {
        project: 'p',
        messageId: `m${(index * 7919) % 10_007}`,
        type,
        name: type === 'track' ? `Event ${given.value}` : type,
        timestamp,
        receivedAt: timestamp + 1000,
        ...(index % 5 > 0 && {
          sentAt: timestamp + 1000 + (clockErrorsMs[(index + given.slot) % clockErrorsMs.length] ?? 0),
        }),
        ...(anonymousId !== undefined && { anonymousId }),
        ...(userId !== undefined && { userId }),
        ...((type === 'alias' || type === 'unlink') && { previousId: given.other }),
        ...(type === 'identify' && {
          traits: { [`t${given.value}`]: index, ...(given.value === 1 && { email: `E${index % 3}@x.test` }) },
        }),
        ...((type === 'page' || type === 'screen') && { path: `/${given.value}` }),
        ...(type === 'track' && { properties: propertiesOf(given.value, index) }),
        ...(anonymousId !== undefined &&
          given.value > 0 && { touch: { channel: `c${given.value}`, ...(given.value > 1 && { referrer: 'r.test' }) } }),
        ...(given.value === 2 && { device: { type: 'mobile' as const, browser: `b${index % 2}` }, country: 'AT' }),
        ...(anonymousId === 'a3' && { bot: 'ua' }),
      }
    }),
  )
}

/** Numbers, numbers as text, and what is none; a value inside another. */
const propertiesOf = (value: number, index: number): JsonObject => ({
  plan: value > 1 ? 'pro' : 'free',
  ...(value > 0 && { total: index % 3 === 0 ? `${value / 2}` : index % 7 === 0 ? 'much' : value * 1.5 }),
  ...(index % 4 === 0 && { a: { b: value === 3 } }),
})
