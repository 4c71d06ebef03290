import { type AppendChunk, openStore, type Store, silentLog } from '@trailstitch/backends'
import type { AnswerMeta, LiveAnswer, OverviewAnswer, Page, Query, StoredEvent } from '@trailstitch/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stitchRules } from '../../src/stitch/index.ts'
import { withFiles, withMongo } from './databases.ts'
import { runs } from './generate.ts'
import { arbitraryChunks, arbitraryQueries, arbitraryQuery, type MarkedQuery } from './generate-queries.ts'
import { noon } from './worlds.ts'

const clock = { now: noon }
const deps = { now: () => clock.now, log: silentLog }
/** Enough for a month to be over and at rest. */
const muchLater = noon + 70 * 86_400_000

interface Candidate {
  store: Store
  /** Cursors of `live`, after each chunk. */
  marks: string[]
}

/**
 * Takes the chunks in one by one, each folded before the next, and remembers how far `live` was each time. Every third time
 * much later comes before the next one, so that days and months may be put together, and changed again.
 */
async function fill(store: Store, chunks: readonly AppendChunk[]): Promise<Candidate> {
  const marks: string[] = []
  for (const chunk of chunks) {
    await store.append([chunk])
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 1_000))
    marks.push((await store.query({ type: 'live', project: 'p' })).cursor)
    if (marks.length % 3 !== 2) continue
    clock.now = muchLater
    for (let left = 12; left > 0; left--) await store.stitch(stitchRules, 1_000)
    clock.now = noon
  }
  await store.markReplayed('c1:1:0:0', noon)
  return { store, marks }
}

/** Answers to a query and to what its cursors lead to, with another limit at each step. */
async function ask({ store, marks }: Candidate, { mark, ...query }: MarkedQuery, limits: readonly number[]) {
  const after = mark === undefined || query.type !== 'live' || query.project !== 'p' ? undefined : marks[mark]
  const answers: unknown[] = [await store.query({ ...query, ...(after && { after }) } as Query)]
  for (const limit of limits) {
    const cursor = (answers.at(-1) as { nextCursor?: string | null } | undefined)?.nextCursor
    if (!cursor) break
    answers.push(await store.query({ ...query, cursor, limit } as Query))
  }
  return answers
}

/**
 * What stores must agree on. `live` and `events` leave each store an order of its own inside a chunk, and cursors of its
 * own. There it is which chunks the events are of, or how many come on each page, and which they are where all are shown.
 */
function comparable(query: Query, answers: readonly unknown[], chunks: readonly AppendChunk[]): unknown {
  switch (query.type) {
    case 'overview':
      return (answers as OverviewAnswer[]).map(({ meta, ...figures }) => ({ ...figures, exact: meta.exact }))
    case 'live': {
      const items = (answers as LiveAnswer[]).flatMap((answer) => answer.items)
      const numbers = items.map(
        ({ messageId }) => chunks.find(({ events }) => events.some((event) => event.messageId === messageId))?.seq,
      )
      return { numbers, items: items.length < limitOf(query.limit) && byMessageId(items) }
    }
    case 'events': {
      const pages = answers as Page<StoredEvent>[]
      const items = pages.flatMap((page) => page.items)
      const isWhole = pages.at(-1)?.nextCursor === null
      return { sizes: pages.map((page) => page.items.length), isWhole, items: isWhole && byMessageId(items) }
    }
    case 'mark':
      // Each store has its own; that it moves is in the contract.
      return answers.map((answer) => typeof answer)
    default:
      // How much was read to answer is each store's own.
      return answers.map((answer) => (hasMeta(answer) ? { ...answer, meta: answer.meta.timeZone } : answer))
  }
}

const hasMeta = (answer: unknown): answer is { meta: AnswerMeta } => Object.hasOwn(Object(answer), 'meta')
const limitOf = (limit = 50): number => Math.min(Math.max(1, Math.floor(limit)), 1000)
const byMessageId = (events: readonly StoredEvent[]): StoredEvent[] =>
  events.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))

const arbitraryCase = fc.tuple(
  arbitraryChunks,
  fc.array(fc.tuple(arbitraryQuery, fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 12 })), {
    minLength: 50,
    maxLength: 50,
  }),
)

/** Holds the store to what the reference store answers. Gives the types that had something to answer. */
async function hold(
  url: string,
  [chunks, queries]: typeof arbitraryCase extends fc.Arbitrary<infer T> ? T : never,
): Promise<string[]> {
  // Some of the events are packed for reports, some not yet.
  const store = await openStore(url, deps, { segmentEvents: 7, settleMs: 0 })
  const oracle = await fill(await openStore('memory:', deps), chunks)
  const empty = await fill(await openStore('memory:', deps), [])
  const candidate = await fill(store, chunks)
  const telling: string[] = []
  for (const [query, limits] of queries) {
    const expected = comparable(query, await ask(oracle, query, limits), chunks)
    expect(comparable(query, await ask(candidate, query, limits), chunks), JSON.stringify(query)).toEqual(expected)
    const nothing = comparable(query, await ask(empty, query, limits), chunks)
    if (JSON.stringify(expected) !== JSON.stringify(nothing)) telling.push(query.type)
  }
  await store.close()
  return telling
}

test('any query, with any parameters and through any cursors, is answered as by the reference store', {
  timeout: 3_600_000,
}, async () => {
  const told = new Map<string, number>()
  await withFiles((onNew) =>
    fc.assert(
      fc.asyncProperty(arbitraryCase, async (given) => {
        for (const type of await onNew((url) => hold(url, given))) told.set(type, (told.get(type) ?? 0) + 1)
      }),
      { numRuns: Math.ceil(runs / 5) },
    ),
  )
  // Empty answers would prove nothing.
  for (const type of Object.keys(arbitraryQueries).filter((one) => one !== 'mark'))
    expect(told.get(type), type).toBeGreaterThan(runs / 50)
})

test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', { timeout: 3_600_000 }, () =>
  withMongo((onNew) =>
    fc.assert(
      fc.asyncProperty(arbitraryCase, async (given) => void (await onNew((url) => hold(url, given)))),
      { numRuns: Math.ceil(runs / 10) },
    ),
  ),
)
