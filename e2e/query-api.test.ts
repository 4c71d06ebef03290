import { openKv, openStore, silentLog } from '@trailstitch/backends'
import { apiPlugin } from '@trailstitch/dashboard'
import { stitchRules } from '@trailstitch/processor'
import type { StoredEvent, TrendAnswer, TrendQuery } from '@trailstitch/protocol'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createOptions, start, storedEvent, token } from '../dashboard/test/server/scripted.ts'

const dayMs = 86_400_000
const trend = (more: Partial<TrendQuery> = {}): TrendQuery => ({
  ...{ type: 'trend', project: 'shop', from: start - dayMs, to: start + 1, interval: 'day' },
  ...{ series: [{ measure: 'events' }], ...more },
})

/** The API over a store that holds these events, and a count of the questions that reached the store. */
async function open(events: StoredEvent[] = [storedEvent()]) {
  let now = start + 10_000
  const deps = { now: () => now, log: silentLog }
  const store = await openStore('memory:', deps)
  let seq = 0
  const append = async (more: StoredEvent[]): Promise<void> => {
    await store.append([{ collector: 'c1', seq: ++seq, voided: [], received: [], events: more, rejected: [] }])
    for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(stitchRules, 1_000))
  }
  await append(events)
  const asked: string[] = []
  const counted = { query: (query: Parameters<typeof store.query>[0]) => (asked.push(query.type), store.query(query)) }
  const kv = await openKv('memory:', deps)
  const app = Fastify()
  const options = { ...createOptions({}), deps, kv, store: counted as typeof store }
  await app.register(apiPlugin, options)
  const post = (body: unknown, { format = 'json', headers = {} } = {}) =>
    app.inject({
      ...{ method: 'POST', url: `/api/v1/query?format=${format}`, payload: body as object },
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
  return {
    post,
    append,
    asked,
    kv,
    elapse: (ms: number) => (now += ms),
    count: () => asked.filter((t) => t !== 'mark').length,
  }
}

test('a question is answered as by the store', async () => {
  const { post } = await open([storedEvent(), storedEvent({ messageId: 'm2', anonymousId: 'visitor-2' })])
  const { rows } = (await post(trend({ series: [{ measure: 'people' }] }))).json<TrendAnswer>()
  expect(rows.map(({ total }) => total)).toEqual([2])
})

test.each<[string, object, RegExp]>([
  ['no type', { project: 'shop' }, /"type" must be one of/],
  ['a type of all objects', { ...trend(), type: 'constructor' }, /"type" must be one of/],
  ['a range that holds nothing', trend({ from: start, to: start }), /from must be before/],
  ['a range of eleven years', trend({ from: start - 4_000 * dayMs }), /3,660 days/],
  ['too many intervals', trend({ from: start - 600 * dayMs, interval: 'hour' }), /10,000 intervals/],
  ['too many series', trend({ series: Array.from({ length: 10_000 }, () => ({ measure: 'events' })) }), /series/],
  ['a field that is none', trend({ breakdown: '__proto__' as 'path' }), /breakdown/],
  ['a field that is not known', { ...trend(), extra: 1 }, /extra is not a field/],
  ['a time zone that is none', trend({ timeZone: 'Mars/Olympus' }), /timeZone/],
  ['a value too long', trend({ where: [{ field: 'path', operator: 'is', values: ['x'.repeat(501)] }] }), /where/],
  ['an operator without values', trend({ where: [{ field: 'path', operator: 'is' }] }), /takes values/],
  ['a comparison with a word', trend({ where: [{ field: 'path', operator: 'less', values: ['x'] }] }), /one number/],
  ['a sum of nothing', trend({ series: [{ measure: 'sum' }] }), /takes a "property"/],
  ['a funnel of one step', { ...trend(), type: 'funnel', steps: [{}] }, /is not a field/],
])('%s is refused, and the message says where', async (_name, body, message) => {
  const { post, count } = await open()
  const response = await post(body)
  expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_query'])
  expect(response.json().message).toMatch(message)
  expect(count()).toBe(0)
})

test('a project that is not there is not asked for', async () => {
  const { post, count } = await open()
  expect((await post(trend({ project: 'other' }))).json().code).toBe('unknown_project')
  expect(count()).toBe(0)
})

test('what is kept is given until something comes that may change it', async () => {
  const { post, append, elapse, count } = await open()
  const total = async (): Promise<number | null | undefined> => (await post(trend())).json<TrendAnswer>().rows[0]?.total
  expect([await total(), await total(), count()]).toEqual([1, 1, 1])
  elapse(3_000)
  expect([await total(), count()]).toEqual([1, 1])
  await append([storedEvent({ messageId: 'm2' })])
  elapse(3_000)
  expect([await total(), count()]).toEqual([2, 2])
})

test('questions that differ do not get the same answer, nor do projects', async () => {
  const { post, count } = await open([storedEvent(), storedEvent({ messageId: 'm2', project: 'blog', name: 'Read' })])
  const questions: Partial<TrendQuery>[] = [
    {},
    { project: 'blog' },
    { series: [{ measure: 'events', event: 'Read' }] },
    { where: [{ field: 'path', operator: 'set' }] },
    { where: [{ field: 'path', operator: 'not_set' }] },
    { bots: true },
  ]
  const totals = []
  for (const one of questions) totals.push((await post(trend(one))).json<TrendAnswer>().rows[0]?.total)
  expect([totals, count()]).toEqual([[1, 1, 0, 0, 1, 1], questions.length])
  const { type, ...rest } = trend()
  await post({ ...rest, type })
  expect(count(), 'the order of fields is none of a question').toBe(questions.length)
})

test('an answer that the client has is not sent again', async () => {
  const { post, append, elapse } = await open()
  const first = await post(trend())
  const etag = first.headers.etag as string
  const again = await post(trend(), { headers: { 'if-none-match': etag } })
  expect([again.statusCode, again.body]).toEqual([304, ''])
  // As compressing proxies, and caches that know several, send it.
  for (const tags of [`W/${etag}`, `"another", W/${etag}`, `${etag},"another"`])
    expect((await post(trend(), { headers: { 'if-none-match': tags } })).statusCode, tags).toBe(304)
  for (const tags of [etag.slice(1, -1), `${etag}x`, '"another"'])
    expect((await post(trend(), { headers: { 'if-none-match': tags } })).statusCode, tags).toBe(200)
  expect((await post(trend({ bots: true }), { headers: { 'if-none-match': etag } })).statusCode).toBe(200)
  expect((await post(trend(), { format: 'csv', headers: { 'if-none-match': etag } })).statusCode).toBe(200)
  await append([storedEvent({ messageId: 'm2' })])
  elapse(3_000)
  expect((await post(trend(), { headers: { 'if-none-match': etag } })).statusCode).toBe(200)
})

test('a table holds no formula, and quotes what would break it', async () => {
  const names = ['=1+1', '+1', '-1', '@x', 'a,b', 'a"b', 'a\nb', 'plain']
  const events = names.map((name, index) => storedEvent({ messageId: `m${index}`, name }))
  const { post } = await open(events)
  const { body, headers } = await post(trend({ breakdown: 'event' }), { format: 'csv' })
  expect(headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(headers['content-disposition']).toBe('attachment; filename="trend.csv"')
  const expected = ["'+1", "'-1", "'=1+1", "'@x", '"a\nb"', '"a""b"', '"a,b"', 'plain']
  expect(
    body
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.slice(2, -6)),
  ).toEqual(expected)
})
