import { createHash } from 'node:crypto'
import type { AppendChunk } from '@trailstitch/backends'
import type { Query, StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { arbitraryEvents } from './generate.ts'
import { arbitraryAnalysis, bound, given, maybe, zone } from './generate-analysis.ts'
import { chunkOf } from './worlds.ts'

const start = Date.UTC(2026, 0, 1)
const minuteMs = 60_000

const project = fc.constantFrom('p', 'p', 'p', 'p', 'p', 'p', 'q', 'q', 'none')
/** Mostly at or beside the times of generated events, which are minutes too; now and then far from them. */
const time = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.integer({ min: -1, max: 22 }), fc.constantFrom(0, 0, 0, 1, -1))
      .map(([slot, beside]) => start + slot * 10 * minuteMs + beside),
  },
  { weight: 3, arbitrary: fc.integer({ min: -1, max: 74 }).map((hours) => start + hours * 60 * minuteMs) },
  { weight: 1, arbitrary: fc.constantFrom(0, 4_102_444_800_000) },
)
const limit = fc.constantFrom(undefined, 1, 1, 2, 3, 5, 7, 0, -3, 2.5, 1000, 5000)

/** The profileId that an id of either kind has, or would have: of people, of those they were merged from, of nobody. */
const profileId = fc.oneof(
  {
    weight: 9,
    arbitrary: fc
      .tuple(project, fc.constantFrom('a1', 'a2', 'a3', 'a4', 'u1', 'u2', 'u3', 'u4'))
      .map(([name, id]) => profileIdOf(name, id.startsWith('a') ? 'visitor' : 'user', id)),
  },
  { weight: 1, arbitrary: fc.constantFrom('', 'p_', 'p_short', `p_${'x'.repeat(22)}`, `s_${'x'.repeat(22)}`) },
)
const profileIdOf = (...parts: string[]): string =>
  `p_${createHash('sha256').update(parts.join('\0')).digest().subarray(0, 16).toString('base64url')}`

const search = fc.oneof(
  fc.constantFrom(undefined, ''),
  fc.constantFrom('u1', 'u2', 'u3', 'a1', 'a2', 'e', 'E1@', 'e1@x.test', 'e2@X'),
  fc.constantFrom('U1', '@', 'e1@x.test!', 'nobody', '\u{10FFFF}', '%', '.*', '$gt'),
)

/** The place of one of the answers to `live` before, instead of its cursor: each store has cursors of its own. */
export type MarkedQuery = Query & { mark?: number }

/** A query of each type, so that a new type without one does not compile. */
export const arbitraryQueries: { [T in Query['type']]: fc.Arbitrary<Extract<Query, { type: T }> & { mark?: number }> } =
  {
    overview: given({
      type: fc.constant('overview' as const),
      project,
      from: time,
      to: time,
      top: maybe(fc.constantFrom(0, 1, 2, 3, 100)),
      bots: maybe(fc.boolean()),
    }),
    live: given({ type: fc.constant('live' as const), project, limit, mark: maybe(fc.nat({ max: 9 })) }),
    people: given({ type: fc.constant('people' as const), project, search, limit }),
    person: given({ type: fc.constant('person' as const), project, profileId }),
    journey: given({
      type: fc.constant('journey' as const),
      project,
      profileId,
      limit,
      order: fc.constantFrom(undefined, 'asc', 'desc'),
    }),
    sessions: given({
      type: fc.constant('sessions' as const),
      project,
      profileId: maybe(profileId),
      from: maybe(time),
      to: maybe(time),
      limit,
    }),
    ledger: given({
      type: fc.constant('ledger' as const),
      project: maybe(project),
      from: maybe(time),
      to: maybe(time),
    }),
    rejected: given({
      type: fc.constant('rejected' as const),
      project: maybe(project),
      id: maybe(fc.constantFrom('c1:1:0:0', 'c1:2:0:1', 'c1:3:0:0', 'c1:x')),
      limit,
    }),
    event: given({
      type: fc.constant('event' as const),
      project,
      // As generated events have them, and one that nobody has.
      messageId: fc
        .integer({ min: 0, max: 40 })
        .map((index) => (index === 40 ? 'none' : `m${(index * 7919) % 10_007}`)),
    }),
    processed: given({
      type: fc.constant('processed' as const),
      chunks: fc.array(
        fc.record({ collector: fc.constantFrom('c1', 'c1', 'c2'), seq: fc.integer({ min: 1, max: 20 }) }),
        {
          maxLength: 8,
        },
      ),
    }),
    clocks: given({
      ...{ type: fc.constant('clocks' as const), project, from: time, to: time },
      timeZone: maybe(zone),
    }).map(bound),
    events: given({ type: fc.constant('events' as const), project, limit }),
    mark: given({ type: fc.constant('mark' as const), project }),
    ...arbitraryAnalysis(project, time, limit),
  }

/** Those with the most parameters come most often; a funnel of random steps is often one that nobody goes through. */
const weights: Partial<Record<Query['type'], number>> = {
  ...{ sessions: 4, journey: 3, people: 2, rejected: 2, event: 3 },
  ...{ trend: 2, funnel: 3, funnel_people: 5, retention: 2, paths: 2, segment: 4 },
}

export const arbitraryQuery: fc.Arbitrary<MarkedQuery> = fc.oneof(
  ...Object.entries(arbitraryQueries).map(([type, arbitrary]) => ({
    arbitrary: arbitrary as fc.Arbitrary<MarkedQuery>,
    weight: weights[type as Query['type']] ?? 1,
  })),
)

/** Chunks of two projects, with gaps in their numbers, numbers given up, and rejected events. */
export const arbitraryChunks: fc.Arbitrary<AppendChunk[]> = fc
  .tuple(
    arbitraryEvents({ minLength: 8, maxLength: 40, edges: true }),
    fc.integer({ min: 2, max: 12 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([events, size, numbers]) => {
    const chunks: AppendChunk[] = []
    for (let at = 0, seq = 1; at < events.length; at += size) {
      const own = events
        .slice(at, at + size)
        .map((event, index) => (index % 4 === 3 ? { ...event, project: 'q' } : event))
      const chance = numbers.next().value ?? 0
      const rejected =
        chance % 3 === 0 ? [rejectedIn(own[0] as StoredEvent, 0), rejectedIn(own.at(-1) as StoredEvent, 1)] : []
      chunks.push({ ...chunkOf(own, seq), rejected, voided: chance % 5 === 0 && seq > 1 ? [seq - 1] : [] })
      seq += 1 + (chance % 3)
    }
    return chunks
  })

const rejectedIn = (
  { project, receivedAt, messageId }: StoredEvent,
  place: number,
): AppendChunk['rejected'][number] => ({
  ...{ project, place: `0:${place}`, code: 'too_deep', message: 'deep', receivedAt },
  // One in three cannot be read.
  body: receivedAt % 3 === 0 ? messageId : JSON.stringify({ messageId }),
})
