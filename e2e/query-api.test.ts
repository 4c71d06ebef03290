import { openKv, openStore, type Store, silentLog } from '@trailstitch/backends'
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
  const counted: Pick<Store, 'query' | 'markReplayed'> = {
    markReplayed: (id, at) => store.markReplayed(id, at),
    query(query) {
      asked.push(query.type)
      return store.query(query)
    },
  }
  const kv = await openKv('memory:', deps)
  const app = Fastify()
  const options = { ...createOptions({}), deps, kv, store: counted }
  await app.register(apiPlugin, options)
  const post = (body: unknown, { format = 'json', headers = {} } = {}) =>
    app.inject({
      ...{ method: 'POST', url: `/api/v1/query?format=${format}`, payload: body as object },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
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

const where = (...conditions: object[]): object => ({ ...trend(), where: conditions })
const { series: _series, interval: _interval, ...range } = trend()
const many = (length: number): object[] => Array.from({ length }, () => ({ measure: 'events' }))

test.each<[string, unknown, string]>([
  ['nothing', null, '/type must be one of trend, funnel,'],
  ['a list', [], '/type must be one of'],
  ['no type', { project: 'shop' }, '/type must be one of'],
  ['a type of all objects', { ...trend(), type: 'constructor' }, '/type must be one of'],
  ['a type that is no text', { ...trend(), type: ['trend'] }, '/type must be one of'],
  ['no more than a type', { type: 'trend' }, 'The question must have required properties project, from, to'],
  ['a range that holds nothing', trend({ from: start, to: start }), '/from must be before /to'],
  ['a range of eleven years', trend({ from: start - 4_000 * dayMs }), '/to must be at most 3,660 days after /from'],
  ['a time of no zone', { ...trend(), from: '2024-05-05T10:00' }, '/from must be ms since 1970, ISO 8601 with zone'],
  ['a time past all calendars', { ...trend(), to: 1e16 }, '/to must be ms since 1970'],
  ['a part of a millisecond', trend({ to: start + 0.5 }), '/to must be ms since 1970'],
  ['too many intervals', trend({ from: start - 600 * dayMs, interval: 'hour' }), '/interval must be longer'],
  ['an unknown interval', { ...trend(), interval: 'year' }, '/interval must be one of hour, day, week, month'],
  ['no series', trend({ series: [] }), '/series must'],
  ['too many series', { ...trend(), series: many(10_000) }, '/series must'],
  ['a field that is none', { ...trend(), breakdown: '__proto__' }, '/breakdown must be one of event, type,'],
  ['a property without a name', where({ field: 'properties.', operator: 'set' }), '/where/0/field must be one of'],
  ['a field that is not known', { ...trend(), extra: 1 }, '/extra is not a field'],
  ['one deeper', { ...trend(), series: [{ measure: 'events', by: 1 }] }, '/series/0/by is not a field'],
  ['a time zone that is none', trend({ timeZone: 'Mars/Olympus' }), '/timeZone must be an IANA name'],
  [
    'a value too long',
    where({ field: 'path', operator: 'is', values: ['x'.repeat(501)] }),
    '/where/0/values/0 must be a',
  ],
  ['a value that is a question', where({ field: 'path', operator: 'is', values: [{ $gt: '' }] }), '/where/0/values/0'],
  ['too many values', where({ field: 'path', operator: 'is', values: Array(101).fill('') }), '/where/0/values must'],
  ['too many conditions', where(...Array(21).fill({ field: 'path', operator: 'set' })), '/where must'],
  [
    'an operator that is none',
    where({ field: 'path', operator: '$where' }),
    '/where/0/operator must be one of is, is_not',
  ],
  [
    'no values',
    where({ field: 'path', operator: 'set' }, { field: 'path', operator: 'is' }),
    '/where/1/values must name',
  ],
  ['values of set', where({ field: 'path', operator: 'set', values: [1] }), '/where/0/values must not be there'],
  ['a word as number', where({ field: 'path', operator: 'less', values: ['x'] }), '/where/0/values must be one number'],
  ['a sum of nothing', { ...trend(), series: [...many(1), { measure: 'sum' }] }, '/series/1/property must be there'],
  [
    'a count of a property',
    { ...trend(), series: [{ measure: 'events', property: 'properties.a' }] },
    '/series/0/property must not be there',
  ],
  ['a funnel of one step', { ...range, type: 'funnel', steps: [{}] }, '/steps must'],
  [
    'a condition deep in a step',
    { ...range, type: 'funnel', steps: [{}, { where: [{ field: 'path', operator: 'is' }] }] },
    '/steps/1/where/0/values must name',
  ],
  [
    'people of no step',
    { ...range, type: 'funnel_people', steps: [{}, {}], step: 3 },
    '/step must be one of the /steps',
  ],
  [
    'a condition on who did not',
    { ...range, type: 'segment', didNot: { where: [{ field: 'path', operator: 'is' }] } },
    '/didNot/where/0/values must name',
  ],
  [
    'a number of times that is none',
    { ...range, type: 'segment', counts: [{ times: 'exactly', count: 1.5 }] },
    '/counts/0/count must',
  ],
  [
    'how often, without a word for it',
    { ...range, type: 'segment', counts: [{ times: 'about', count: 1 }] },
    '/counts/0/times must be one of at_least, at_most, exactly',
  ],
  [
    'too many counts',
    { ...range, type: 'segment', counts: Array(11).fill({ times: 'exactly', count: 1 }) },
    '/counts must',
  ],
  [
    'a condition deep in a count',
    { ...range, type: 'segment', counts: [{ times: 'exactly', count: 1, where: [{ field: 'path', operator: 'is' }] }] },
    '/counts/0/where/0/values must name',
  ],
  [
    'brackets that shrink',
    { ...range, type: 'retention', start: {}, return: {}, unit: 'day', periods: 9, brackets: [1, 3, 2] },
    '/brackets/2 must be more than the one before',
  ],
])('%s is refused, and the message says where', async (_name, body, message) => {
  const { post, count } = await open()
  const response = await post(JSON.stringify(body))
  expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_query'])
  expect(response.json().message).toContain(`The question is not valid. ${message}`)
  expect(count()).toBe(0)
})

test.each<[string, string]>([
  ['a key that would change all objects', JSON.stringify(trend()).replace('{', '{"__proto__":{"bots":true},')],
  ['one inside', '{"type":"trend","constructor":{"prototype":{"bots":true}}}'],
  ['no end of lists', `{"type":"trend","where":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ['no end of objects', `{"type":"trend","where":${'{"where":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
  ['85,000 series', JSON.stringify({ ...trend(), series: Array(85_000).fill(0) })],
  ['more than it takes', JSON.stringify({ ...trend(), timeZone: 'x'.repeat(300_000) })],
  ['a number past all numbers', JSON.stringify(trend({ bots: true })).replace(/"from":\d+/, '"from":1e999')],
  ['what is no JSON', '{"type":"trend"'],
])('%s is refused as any other mistake', async (_name, body) => {
  const { post, count } = await open()
  const response = await post(body)
  expect(response.statusCode).toBeGreaterThanOrEqual(400)
  expect(response.statusCode).toBeLessThan(500)
  expect(Object.keys(response.json()).sort()).toEqual(['code', 'message'])
  expect([count(), 'bots' in {}]).toEqual([0, false])
})

test('times in words are the same question as times in numbers', async () => {
  const { post, count } = await open()
  const numbers = trend({ from: Date.UTC(2024, 4, 5), to: start + 1 })
  const words = { ...numbers, from: '2024-05-05', to: '2024-05-06T12:30:00.001+02:00' }
  const answers = [await post(numbers), await post(words)].map(({ body, headers }) => [body, headers.etag])
  expect(answers[1]).toEqual(answers[0])
  expect([(JSON.parse(answers[0]?.[0] as string) as TrendAnswer).rows[0]?.total, count()]).toEqual([1, 1])
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
