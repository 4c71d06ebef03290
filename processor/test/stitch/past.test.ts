import type { Edge, SessionState, VisitorState } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { compareStamps, stampOf } from '../../src/stitch/stamp.ts'
import { arbitraryEvents, runs } from './generate.ts'

const sorted = (events: readonly StoredEvent[]): StoredEvent[] =>
  events.toSorted((a, b) => compareStamps(stampOf(a), stampOf(b)))

/** What an alias or an undo says of the visitor, at times among those of its events. */
const arbitraryEdges: fc.Arbitrary<Edge[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('link', 'link', 'unlink'),
    from: fc.constant('a1'),
    user: fc.constantFrom('u1', 'u2', 'u3'),
    at: fc.tuple(
      fc.integer({ min: -1, max: 22 }).map((slot) => Date.UTC(2026, 0, 1) + slot * 600_000),
      fc.constantFrom('e1', 'e2', 'm0'),
    ),
  }),
  { maxLength: 4 },
)

/** Events of the visitor: some at first, some that come late. With `oneUser` there is one at most. */
const arbitraryVisitor = fc
  .tuple(
    arbitraryEvents({ minLength: 2, maxLength: 30, edges: false }),
    arbitraryEdges,
    fc.record({ cuts: fc.tuple(fc.nat(), fc.nat()), lateCount: fc.nat({ max: 4 }), oneUser: fc.boolean() }),
  )
  .map(([events, edges, { oneUser, lateCount, cuts }]) => {
    const own = events.map((event) => ({
      ...event,
      anonymousId: 'a1',
      ...(oneUser && event.userId && { userId: 'u1' }),
    }))
    return { first: sorted(own.slice(lateCount)), late: own.slice(0, lateCount), edges, cuts }
  })

const withoutPast = ({ past: _past, ...state }: VisitorState): string => JSON.stringify(state)

/** Lets go of the first sessions, as many as given, and folds the rest with what is kept. */
function letGo(
  { events, state, sessions }: { events: StoredEvent[]; state: VisitorState; sessions: SessionState[] },
  edges: readonly Edge[],
  count: number,
) {
  const ended = sessions.slice(0, count)
  const last = ended.at(-1)?.last
  const gone = events.filter((event) => last !== undefined && compareStamps(stampOf(event), last) <= 0)
  const rest = events.slice(gone.length)
  const past = stitchRules.forget(state, edges, gone, ended)
  return { events: rest, ...stitchRules.foldVisitor(rest, edges, past) }
}

test('what is kept of events that are gone, with the others, gives the state and the sessions there were', () => {
  let several = 0
  fc.assert(
    fc.property(arbitraryVisitor, ({ first, late, edges, cuts }) => {
      let left = { events: first, ...stitchRules.foldVisitor(first, edges) }
      for (const [index, cut] of cuts.entries()) {
        const before = left
        left = letGo(before, edges, cut % (before.sessions.length + 1))
        expect(withoutPast(left.state)).toBe(withoutPast(before.state))
        expect(left.sessions).toEqual(before.sessions.slice(before.sessions.length - left.sessions.length))
        // Whatever comes late falls among what is gone.
        const events = sorted([...left.events, ...(index === 0 ? late : [])])
        left = { events, ...stitchRules.foldVisitor(events, edges, left.state.past) }
      }
      if ((left.state.past?.length ?? 0) > 1) several++
    }),
    { numRuns: runs },
  )
  expect(several).toBeGreaterThan(runs / 10)
})

const at = (messageId: string, timestamp: number, userId?: string): StoredEvent => ({
  ...{ project: 'p', messageId, type: 'page', name: 'page', anonymousId: 'a1', timestamp, receivedAt: timestamp },
  ...(userId !== undefined && { userId }),
})

/** Folds events, lets go of all of them, and folds the others with what is kept. */
function foldLate(gone: readonly StoredEvent[], edges: readonly Edge[], others: readonly StoredEvent[]): VisitorState {
  const { state, sessions } = stitchRules.foldVisitor(gone, edges)
  return stitchRules.foldVisitor(others, edges, stitchRules.forget(state, edges, gone, sessions)).state
}

test('an event that comes late does not take over what came after it and is gone', () => {
  const gone = [at('m1', 1, 'u1'), at('m2', 10, 'u1')]
  const { runs } = foldLate(gone, [], [at('late', 5, 'u2'), at('m3', 12)])
  expect(runs.map(({ user }) => user)).toEqual(['u1', 'u2', 'u1'])
})

test('what is gone on both sides of an event of somebody else is kept apart', () => {
  const link = (user: string, time: number): Edge => ({ kind: 'link', from: 'a1', user, at: [time, 'e1'] })
  const edges = [link('u2', 0), link('u1', 10), link('u2', 20)]
  const [early, between, late] = [at('m1', 0), at('m2', 10), at('m3', 20)]
  const all = stitchRules.foldVisitor([early, between, late], edges)
  const gone = all.sessions.filter(({ user }) => user === 'u2')
  const past = stitchRules.forget(all.state, edges, [early, late], gone)
  expect(past).toHaveLength(2)
  expect(stitchRules.foldVisitor([between], edges, past).state.runs).toEqual(all.state.runs)
})

test('a link that was taken back and made again counts from when it was made again', () => {
  const gone = [at('m1', 1, 'u1'), at('m2', 2, 'u1'), at('m3', 3, 'u1')]
  const edges: Edge[] = [{ kind: 'unlink', from: 'a1', user: 'u1', at: [1, 'm9'] }]
  expect(foldLate(gone, edges, []).links).toEqual([{ user: 'u1', at: [2, 'm2'], undone: false }])
})

test('what is kept grows with the changes of hands, and not with the events', () => {
  const events = Array.from(
    { length: 1_000 },
    (_, index): StoredEvent => ({
      ...{ project: 'p', messageId: `m${index}`, type: 'page', name: 'page', anonymousId: 'a1' },
      ...{ timestamp: index * 7_200_000, receivedAt: index * 7_200_000, touch: { channel: `c${index}` } },
      ...(index >= 500 && { userId: index < 700 ? 'u1' : 'u2' }),
    }),
  )
  const { state, sessions } = stitchRules.foldVisitor(events, [])
  const past = stitchRules.forget(state, [], events, sessions)
  expect(past.map(({ user, first, last }) => [user, first[1], last[1]])).toEqual([
    [null, 'm0', 'm499'],
    ['u1', 'm500', 'm699'],
    ['u2', 'm700', 'm999'],
  ])
  expect(past.map(({ touches }) => touches.map(({ value }) => value.channel))).toEqual([
    ['c0', 'c499'],
    ['c500', 'c699'],
    ['c700', 'c999'],
  ])
})
