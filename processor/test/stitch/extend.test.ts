import type { SessionState, VisitorState } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { compareStamps, stampOf } from '../../src/stitch/stamp.ts'
import { arbitraryEvents, runs } from './generate.ts'

const sorted = (events: readonly StoredEvent[]): StoredEvent[] =>
  events.toSorted((a, b) => compareStamps(stampOf(a), stampOf(b)))

/** Folds batches one after the other as a store does: the short way where it is open, else all events again. */
function foldInBatches(batches: readonly StoredEvent[][]): {
  state: VisitorState | undefined
  sessions: SessionState[]
  short: number
} {
  let state: VisitorState | undefined
  let sessions: SessionState[] = []
  let seen: StoredEvent[] = []
  let short = 0
  for (const batch of batches) {
    const fresh = sorted(batch)
    const first = fresh[0]
    const last = fresh.at(-1)
    if (!first || !last) continue
    seen = sorted([...seen, ...fresh])
    const latest = sessions.at(-1)
    const near = sessions.filter(
      (one) =>
        one === latest || (one.first[0] <= last.timestamp + 1_800_000 && one.last[0] >= first.timestamp - 1_800_000),
    )
    const extended = stitchRules.extendVisitor(state, near, fresh)
    if (!extended) {
      ;({ state, sessions } = stitchRules.foldVisitor(seen, []))
      continue
    }
    short++
    const gone = new Set(
      [...extended.removed, ...extended.saved.map((one) => one.first)].map((stamp) => JSON.stringify(stamp)),
    )
    sessions = [...sessions.filter((one) => !gone.has(JSON.stringify(one.first))), ...extended.saved].sort((a, b) =>
      compareStamps(a.first, b.first),
    )
    state = extended.state
  }
  return { state, sessions, short }
}

/** Events of one visitor, and the same in another order and in batches. */
const inBatches = (options: Parameters<typeof arbitraryEvents>[0]) =>
  arbitraryEvents(options).chain((events) => {
    const own = events.map((event) => ({ ...event, anonymousId: 'a1' }))
    return fc
      .tuple(fc.shuffledSubarray(own, { minLength: own.length }), fc.infiniteStream(fc.integer({ min: 1, max: 6 })))
      .map(([rest, sizes]) => {
        const batches: StoredEvent[][] = []
        for (let left = rest; left.length > 0; ) {
          const size = sizes.next().value ?? 1
          batches.push(left.slice(0, size))
          left = left.slice(size)
        }
        return { own, batches }
      })
  })

test('folding in batches, in any order, gives the bytes of folding all at once', () => {
  let short = 0
  fc.assert(
    fc.property(inBatches({ maxLength: 40, edges: false }), ({ own, batches }) => {
      const full = stitchRules.foldVisitor(sorted(own), [])
      const batched = foldInBatches(batches)
      short += batched.short
      expect(JSON.stringify(batched.state)).toBe(JSON.stringify(full.state))
      expect(JSON.stringify(batched.sessions)).toBe(JSON.stringify(full.sessions))
    }),
    { numRuns: runs },
  )
  expect(short).toBeGreaterThan(runs) // the short way is the one that is taken
})

test('so it is where sessions reach 24 hours and late events move the cut', () => {
  let cuts = 0
  fc.assert(
    fc.property(inBatches({ minLength: 60, maxLength: 120, edges: false, dense: true }), ({ own, batches }) => {
      for (const event of own) delete event.userId
      for (const event of batches.flat()) delete event.userId
      const full = stitchRules.foldVisitor(sorted(own), [])
      if (full.sessions.some((session) => session.last[0] - session.first[0] >= 23.5 * 3_600_000)) cuts++
      const batched = foldInBatches(batches)
      expect(JSON.stringify(batched.state)).toBe(JSON.stringify(full.state))
      expect(JSON.stringify(batched.sessions)).toBe(JSON.stringify(full.sessions))
    }),
    { numRuns: runs },
  )
  expect(cuts).toBeGreaterThan(runs / 10)
})

test('events that come in order never need the long way, but where a second user appears', () => {
  fc.assert(
    fc.property(arbitraryEvents({ maxLength: 40, edges: false }), (events) => {
      const own = sorted(events.map((event) => ({ ...event, anonymousId: 'a1' })))
      for (const event of own) if (event.userId) event.userId = 'u1'
      const { short } = foldInBatches(own.map((event) => [event]))
      expect(short).toBe(own.length)
    }),
    { numRuns: runs },
  )
})
