import { openKv, openStore, type Store, silentLog } from '@trailstitch/backends'
import { apiPlugin } from '@trailstitch/dashboard'
import { stitchRules } from '@trailstitch/processor'
import { type AnalysisQuery, createProjects, type Query } from '@trailstitch/protocol'
import fc from 'fast-check'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createOptions, token } from '../dashboard/test/server/scripted.ts'
import { type OnNewDatabase, withFiles, withMongo } from '../processor/test/stitch/databases.ts'
import { runs } from '../processor/test/stitch/generate.ts'
import { arbitraryChunks, arbitraryQueries } from '../processor/test/stitch/generate-queries.ts'
import { noon } from '../processor/test/stitch/worlds.ts'

// Questions over HTTP, to each store, have the answers that the reference store gives to the same questions asked directly.

type Type = AnalysisQuery['type']
const types: readonly Type[] = ['trend', 'funnel', 'funnel_people', 'retention', 'paths', 'properties', 'segment']
const deps = { now: () => noon, log: silentLog }
const projects = createProjects(['p', 'q'].map((id) => ({ id, name: id, writeKeys: [] })))

const arbitraryCase = fc.tuple(
  arbitraryChunks,
  fc.array(
    fc.tuple(
      fc.oneof(...types.map((type) => arbitraryQueries[type] as fc.Arbitrary<AnalysisQuery>)),
      fc.record({ inWords: fc.boolean(), again: fc.boolean() }),
    ),
    { minLength: 40, maxLength: 40 },
  ),
)
type Case = typeof arbitraryCase extends fc.Arbitrary<infer T> ? T : never

async function fill(url: string, chunks: Case[0]): Promise<Store> {
  const store = await openStore(url, deps)
  await store.append(chunks)
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 1_000))
  return store
}

async function openApi(store: Store) {
  const app = Fastify()
  const kv = await openKv('memory:', deps)
  await app.register(apiPlugin, { ...createOptions({}), projects, deps, store, kv })
  return async (query: object) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await app.inject({ method: 'POST', url: '/api/v1/query', headers, payload: query })
    return { status: response.statusCode, body: response.json() }
  }
}

/** Without what each store has of its own. */
function comparable(answer: unknown): unknown {
  const { meta, ...rest } = JSON.parse(JSON.stringify(answer))
  return { ...rest, ...(meta && { exact: meta.exact, timeZone: meta.timeZone }) }
}

/** Gives the types of the questions that had something to answer. */
async function hold(url: string, [chunks, questions]: Case): Promise<Type[]> {
  const [oracle, empty] = [await fill('memory:', chunks), await fill('memory:', [])]
  const store = await fill(url, chunks)
  const post = await openApi(store)
  const telling: Type[] = []
  for (const [query, { inWords, again }] of questions) {
    const [from, to] = [query.from, query.to].map((ms) => new Date(ms).toISOString())
    const asked = inWords ? { ...query, from, to } : query
    const { status, body } = await post(asked)
    if (!projects.byId(query.project) || status === 400) {
      expect(['unknown_project', 'invalid_query'], JSON.stringify(query)).toContain(body.code)
      continue
    }
    const expected = comparable(await oracle.query(query as Query))
    expect(comparable(body), JSON.stringify(query)).toEqual(expected)
    if (again) expect(comparable((await post(asked)).body), JSON.stringify(query)).toEqual(expected)
    for (let cursor = body.nextCursor, page = 0; cursor && page < 3; page++) {
      const next = { ...query, cursor }
      const answer = (await post(next)).body
      expect(comparable(answer), JSON.stringify(next)).toEqual(comparable(await oracle.query(next as Query)))
      cursor = answer.nextCursor
    }
    const nothing = comparable(await empty.query(query as Query))
    if (JSON.stringify(expected) !== JSON.stringify(nothing)) telling.push(query.type)
  }
  await store.close()
  return telling
}

async function holdAll(onNew: OnNewDatabase, numRuns: number): Promise<void> {
  const told = new Map<Type, number>(types.map((type) => [type, 0]))
  await fc.assert(
    fc.asyncProperty(arbitraryCase, async (given) => {
      for (const type of await onNew((url) => hold(url, given))) told.set(type, (told.get(type) ?? 0) + 1)
    }),
    { numRuns },
  )
  // Empty answers, and refusals, would prove nothing.
  for (const [type, count] of told) expect(count, type).toBeGreaterThan(0)
}

test('every type of question is answered over HTTP as by the reference store', { timeout: 3_600_000 }, () =>
  holdAll((work) => work('memory:'), Math.ceil(runs / 20)),
)
test('so it is in SQLite', { timeout: 3_600_000 }, () => withFiles((onNew) => holdAll(onNew, Math.ceil(runs / 20))))
test.skipIf(!process.env.MONGO_URL)('so it is in MongoDB', { timeout: 3_600_000 }, () =>
  withMongo((onNew) => holdAll(onNew, Math.ceil(runs / 40))),
)
