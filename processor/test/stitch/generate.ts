import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'

/** Times on a coarse grid over three days, so that equal times, 30-minute gaps and 24-hour cuts are all frequent. */
const gridMs = 10 * 60_000
const start = Date.UTC(2026, 0, 1)

/** More runs by TRAILSTITCH_RUNS: the nightly form takes 10,000. */
export const runs = Number(process.env.TRAILSTITCH_RUNS ?? 500)

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
export function arbitraryEvents(options: { maxLength: number; edges: boolean }): fc.Arbitrary<StoredEvent[]> {
  return fc.array(place, { minLength: 1, maxLength: options.maxLength }).map((places) =>
    places.map((given, index): StoredEvent => {
      const isEdge = given.kind === 'alias' || given.kind === 'unlink'
      const type = isEdge && !options.edges ? 'track' : (given.kind as StoredEvent['type'])
      const userId = type === 'alias' || type === 'unlink' ? (given.userId ?? 'u1') : given.userId
      const anonymousId = given.anonymousId ?? (userId === undefined ? 'a1' : undefined)
      const timestamp = start + given.slot * gridMs
      return {
        project: 'p',
        messageId: `m${(index * 7919) % 10_007}`,
        type,
        name: type === 'track' ? `Event ${given.value}` : type,
        timestamp,
        receivedAt: timestamp + 1000,
        ...(anonymousId !== undefined && { anonymousId }),
        ...(userId !== undefined && { userId }),
        ...((type === 'alias' || type === 'unlink') && { previousId: given.other }),
        ...(type === 'identify' && {
          traits: { [`t${given.value}`]: index, ...(given.value === 1 && { email: `E${index % 3}@x.test` }) },
        }),
        ...((type === 'page' || type === 'screen') && { path: `/${given.value}` }),
        ...(anonymousId !== undefined &&
          given.value > 0 && { touch: { channel: `c${given.value}`, ...(given.value > 1 && { referrer: 'r.test' }) } }),
        ...(given.value === 2 && { device: { type: 'mobile' as const, browser: `b${index % 2}` }, country: 'AT' }),
        ...(anonymousId === 'a3' && { bot: 'ua' }),
      }
    }),
  )
}
