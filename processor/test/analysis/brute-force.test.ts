import {
  countTests,
  type EventFilter,
  type FunnelQuery,
  type RetentionQuery,
  type StoredEvent,
} from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runs } from '../stitch/generate.ts'
import { dayMs, eventAt, midnight, minuteMs, storeOf } from './support.ts'

// The definitions once more, as plainly as they can be said, and however slow.

const names = ['A', 'B', 'C', 'D']
/** Some events of three visitors, on a grid of minutes so that times are often equal. */
const arbitraryEvents = (unitMs: number, places: number) =>
  fc
    .array(fc.tuple(fc.nat({ max: places }), fc.constantFrom(...names), fc.nat({ max: 2 })), { maxLength: 14 })
    .map((rows) =>
      rows.map(([place, name, visitor]) => eventAt(midnight + place * unitMs, name, { anonymousId: `a${visitor}` })),
    )

const byVisitor = (events: readonly StoredEvent[]): StoredEvent[][] =>
  [...Map.groupBy(events, ({ anonymousId }) => anonymousId).values()].map((own) =>
    own.toSorted((a, b) => a.timestamp - b.timestamp || (a.messageId < b.messageId ? -1 : 1)),
  )
const fits = ({ event }: EventFilter, one: StoredEvent): boolean => event === undefined || one.name === event

/** The most steps that some choice of events takes, tried in every way. */
function furthest(own: readonly StoredEvent[], { steps, order, windowMs = 0, from, to }: FunnelQuery): number {
  const isEntry = ({ timestamp }: StoredEvent): boolean => timestamp >= from && timestamp < to
  const go = (taken: StoredEvent[], open: readonly EventFilter[]): number => {
    const [first, last] = [taken[0], taken.at(-1)]
    const candidates = own.filter((event) => {
      if (taken.includes(event)) return false
      if (!first || !last) return isEntry(event)
      if (event.timestamp < last.timestamp || event.timestamp - first.timestamp > windowMs) return false
      return order !== 'strict' || event === own[own.indexOf(last) + 1]
    })
    return Math.max(
      taken.length,
      ...candidates.flatMap((event) =>
        open.flatMap((step, index) => {
          if ((order !== 'any' && index > 0) || !fits(step, event)) return []
          return go([...taken, event], open.toSpliced(index, 1))
        }),
      ),
    )
  }
  return go([], steps)
}

/** Steps that no event fits twice: else which step an event of an equal moment stands for is a matter of choice. */
const arbitrarySteps = fc
  .shuffledSubarray(names, { minLength: 2 })
  .map((chosen) => chosen.map((event): EventFilter => ({ event })))

test('a funnel of people is what trying every way gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryEvents(minuteMs, 12),
      arbitrarySteps,
      fc.constantFrom('ordered' as const, 'strict' as const, 'any' as const),
      fc.nat({ max: 8 }),
      fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 })),
      async (events, steps, order, window, [from, to]) => {
        const range = {
          from: midnight + Math.min(from, to) * minuteMs,
          to: midnight + (Math.max(from, to) + 1) * minuteMs,
        }
        const query: FunnelQuery = { type: 'funnel', project: 'p', ...range, steps, order, windowMs: window * minuteMs }
        const depths = byVisitor(events).map((own) => furthest(own, query))
        const { total } = await (await storeOf(events)).query(query)
        expect(total.steps.map(({ reached }) => reached)).toEqual(
          steps.map((_, step) => depths.filter((depth) => depth > step).length),
        )
      },
    ),
    { numRuns: runs },
  )
})

/** Which days after the cohort's one a visitor returned on. */
const daysOf = (own: readonly StoredEvent[], name: string): number[] =>
  own.filter((event) => event.name === name).map(({ timestamp }) => Math.floor((timestamp - midnight) / dayMs))

test('retention is what sets of days give', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryEvents(dayMs / 3, 24),
      fc.constantFrom('on' as const, 'on_or_after' as const),
      fc.constantFrom('ever' as const, 'range' as const, 'every' as const),
      fc.nat({ max: 3 }),
      async (events, mode, cohort, first) => {
        const periods = 4
        const query: RetentionQuery = {
          ...{ type: 'retention', project: 'p', start: { event: 'A' }, return: { event: 'B' }, unit: 'day' },
          ...{ from: midnight + first * dayMs, to: midnight + 6 * dayMs, periods, mode, cohort },
        }
        const { cohorts } = await (await storeOf(events)).query(query)
        const expected = Array.from({ length: 6 - first }, (_, index) => {
          const day = first + index
          const members = byVisitor(events).filter((own) => {
            const starts = daysOf(own, 'A')
            if (cohort === 'every') return starts.includes(day)
            return Math.min(...starts.filter((one) => cohort === 'ever' || one >= first)) === day
          })
          const returned = Array.from({ length: periods + 1 }, (_, period) => {
            if (period === 0) return members.length
            return members.filter((own) =>
              daysOf(own, 'B').some((one) => (mode === 'on' ? one === day + period : one >= day + period)),
            ).length
          })
          return { size: members.length, returned }
        })
        expect(cohorts.map(({ size, returned }) => ({ size, returned }))).toEqual(expected)
      },
    ),
    { numRuns: runs },
  )
})

test('a segment is what counting one event after the other gives', async () => {
  const arbitraryCount = fc.record({
    event: fc.constantFrom(...names),
    times: fc.constantFrom(...countTests),
    count: fc.nat({ max: 3 }),
  })
  const maybeNamed = fc.option(
    fc.constantFrom(...names).map((event): EventFilter => ({ event })),
    { nil: undefined },
  )
  await fc.assert(
    fc.asyncProperty(
      arbitraryEvents(minuteMs, 12),
      fc.array(arbitraryCount, { minLength: 1, maxLength: 3 }),
      fc.tuple(maybeNamed, maybeNamed),
      fc.tuple(fc.nat({ max: 12 }), fc.nat({ max: 12 })),
      async (events, counts, [did, didNot], places) => {
        const [from = 0, to = 0] = places.map((place) => midnight + place * minuteMs).sort((a, b) => a - b)
        const isIn = byVisitor(events).flatMap((own) => {
          const there = own.filter(({ timestamp }) => timestamp >= from && timestamp <= to)
          const doneOf = (filter: EventFilter): number => there.filter((event) => fits(filter, event)).length
          const holds = counts.every(({ times, count, ...filter }) => {
            const done = doneOf(filter)
            return { at_least: done >= count, at_most: done <= count, exactly: done === count }[times]
          })
          const isAsked = (!did || doneOf(did) > 0) && (!didNot || doneOf(didNot) === 0)
          return there.length > 0 && holds && isAsked ? (own[0]?.anonymousId ?? []) : []
        })
        const { items, total } = await (await storeOf(events)).query({
          ...{ type: 'segment', project: 'p', from, to: to + 1, counts },
          ...(did && { did }),
          ...(didNot && { didNot }),
        })
        expect(items.flatMap(({ anonymousIds }) => anonymousIds).sort()).toEqual(isIn.sort())
        expect(total).toBe(isIn.length)
      },
    ),
    { numRuns: runs },
  )
})
