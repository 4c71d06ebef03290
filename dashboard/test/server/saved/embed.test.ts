import { expect, test } from 'vitest'
import { embedLimit } from '../../../src/server/routes/embed.ts'
import { iso, overviewAnswer, start } from '../scripted.ts'
import { openTeam } from './people.ts'
import { from, overview, to, trend, trendAnswer } from './questions.ts'

const dayMs = 86_400_000
const url = '/projects/shop/embed-tokens'
const origin = 'https://app.example.com'

async function openEmbedding() {
  const asked: { from: number; to: number }[] = []
  const team = await openTeam({
    trend: (query) => {
      asked.push({ from: query.from, to: query.to })
      return trendAnswer
    },
    overview: (query) => overviewAnswer(query.from, query.to),
  })
  const { rig, call } = team
  const make = async (more: object = {}, who = 'ann') =>
    (await call(who, 'POST', url, { name: 'App', queries: [trend, overview], origins: [origin], ...more })).body
  const request = (token: unknown, headers: object = {}) => ({
    ...(token !== undefined && { token: String(token) }),
    headers: { origin, ...headers },
  })
  const ask = (token: unknown, query: object, headers?: object) =>
    rig.post('/embed/query', query, request(token, headers))
  const get = (token: unknown, index: number | string = 0, headers?: object) =>
    rig.call('GET', `/embed/query?index=${index}`, request(token, headers))
  return { ...team, asked, make, ask, get }
}

test('a token asks exactly its questions, by their place or as a whole', async () => {
  const { make, ask, get } = await openEmbedding()
  const { token } = await make()
  const first = await get(token)
  expect([first.status, first.body]).toMatchObject([
    200,
    { type: 'trend', rows: trendAnswer.rows, question: { from, to, interval: 'day', series: ['Ordered: people'] } },
  ])
  expect((await get(token, 1)).body).toMatchObject({ type: 'overview', totals: {} })
  expect((await ask(token, trend)).body).toMatchObject({ rows: trendAnswer.rows })
  expect((await get(token, 2)).body.code).toBe('not_granted')
  for (const index of ['-1', '20', 'x', '0.5']) expect([index, (await get(token, index)).status]).toEqual([index, 400])
  for (const changed of [
    { ...trend, to: to + dayMs },
    { ...trend, breakdown: 'path' },
    { ...trend, where: [{ field: 'path', operator: 'is', values: ['/'] }] },
    { ...trend, project: 'blog' },
    { ...overview, top: 11 },
  ])
    expect([changed, (await ask(token, changed)).body.code]).toEqual([changed, 'not_granted'])
  expect((await ask(token, { type: 'segment', from, to })).body.code).toBe('invalid_query')
})

test('only pages of its origins may read, and no cookie counts', async () => {
  const { make, get, rig } = await openEmbedding()
  const { token } = await make({ origins: [origin, 'http://localhost:3000'] })
  const good = await get(token, 0, { origin: 'http://localhost:3000' })
  expect(good.headers['access-control-allow-origin']).toBe('http://localhost:3000')
  expect(good.headers['access-control-allow-credentials']).toBeUndefined()
  expect(good.headers.vary).toContain('origin')
  for (const wrong of [
    ...['https://evil.example', `${origin}.evil.example`, 'https://app.example.com:444', 'http://app.example.com'],
    ...['null', '', 'https://APP.example.com', `${origin}/`],
  ]) {
    const { body, headers } = await get(token, 0, { origin: wrong })
    expect([wrong, body.code]).toEqual([wrong, 'not_granted'])
    expect(headers['access-control-allow-origin']).toBeUndefined()
  }
  expect((await rig.call('GET', '/embed/query', { token: String(token) })).body.code).toBe('not_granted')
  const preflight = await rig.app.inject({ method: 'OPTIONS', url: '/api/v1/embed/query', headers: { origin } })
  expect([preflight.statusCode, preflight.headers['access-control-allow-origin']]).toEqual([200, '*'])
  expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()
  const elsewhere = await rig.call('GET', '/overview?project=shop', { headers: { origin } })
  expect(elsewhere.headers['access-control-allow-origin']).toBeUndefined()
})

test('a token ends with its time and when it is revoked, and is good for nothing else', async () => {
  const { make, ask, get, call, rig, tokens } = await openEmbedding()
  const made = await make({ expiresAt: iso(start + 60_000) })
  const { token } = made
  for (const path of ['/overview?project=shop', '/people?project=shop', '/me', '/projects/shop/reports'])
    expect([path, (await rig.call('GET', path, { token: String(token) })).status]).toEqual([path, 401])
  expect((await rig.post('/shared/query', trend, { token: String(token) })).body.code).toBe('unknown_link')
  const [head, , mac] = String(token).split('.')
  const payload = { sub: made.id, iss: 'trailstitch', aud: 'trailstitch-embed', exp: start / 1000 + 9e6 }
  const forged = [head, Buffer.from(JSON.stringify(payload)).toString('base64url'), mac].join('.')
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${forged.split('.')[1]}.`
  for (const wrong of [undefined, '', 'x', forged, none, tokens.operator, tokens.ann])
    expect([wrong, (await ask(wrong, trend)).body.code]).toEqual([wrong, 'unknown_link'])
  rig.elapse(60_000)
  expect((await get(token)).body.code).toBe('unknown_link')

  const other = await make()
  expect((await call('bob', 'DELETE', `${url}/${other.id}`)).body.code).toBe('forbidden')
  expect((await call('stranger', 'DELETE', `/projects/blog/embed-tokens/${other.id}`)).body.code).toBe('unknown_share')
  expect((await call('ann', 'DELETE', `${url}/${other.id}`)).status).toBe(200)
  expect((await get(other.token)).body.code).toBe('unknown_link')
})

test('a question that looks back some days moves on with them, in its time zone', async () => {
  const { make, get, asked, rig, call } = await openEmbedding()
  const { from: _from, to: _to, ...rolling } = trend
  const { token } = await make({ queries: [{ ...rolling, days: 7, timeZone: 'Europe/Vienna' }] }, 'operator')
  await get(token)
  // 6 May 2024, 12:30 in Vienna, two hours before UTC.
  expect(asked).toEqual([{ from: Date.UTC(2024, 3, 29, 22), to: Date.UTC(2024, 4, 6, 22) }])
  rig.elapse(3 * dayMs)
  await get(token)
  expect(asked[1]).toEqual({ from: Date.UTC(2024, 4, 2, 22), to: Date.UTC(2024, 4, 9, 22) })
  // Across the night in March in which an hour is missing.
  rig.elapse(Date.UTC(2025, 3, 1, 10) - rig.deps.now())
  const later = await make({ queries: [{ ...rolling, days: 5, timeZone: 'Europe/Vienna' }] }, 'operator')
  await get(later.token)
  expect(asked[2]).toEqual({ from: Date.UTC(2025, 2, 27, 23), to: Date.UTC(2025, 3, 1, 22) })
  for (const days of [0, -1, 1.5, 3_661, '7'])
    expect([
      days,
      (await call('operator', 'POST', url, { ...{ name: 'x', origins: [origin] }, queries: [{ ...rolling, days }] }))
        .status,
    ]).toEqual([days, 400])
})

test('what would name people, strange origins and endless times are refused', async () => {
  const { make, call, audited } = await openEmbedding()
  const refused = [
    { queries: [{ ...trend, breakdown: 'traits.email' }] },
    { queries: [{ type: 'segment', from, to }] },
    { queries: [] },
    ...[
      '*',
      'https://*',
      'https://a.example/',
      'https://a.example/path',
      'app.example',
      'javascript:alert(1)',
      'null',
    ].map((one) => ({ origins: [one] })),
    { origins: [] },
    { expiresAt: iso(start - 1) },
    { expiresAt: iso(start + 367 * dayMs) },
    { name: '' },
  ]
  for (const more of refused)
    expect([more, (await make(more)).code]).toMatchObject([more, expect.stringMatching(/^invalid_/)])
  expect((await make({}, 'viewer')).code).toBe('forbidden')
  const { id, token } = await make({ name: '<b>App</b>' })
  const { items } = (await call('bob', 'GET', url)).body
  expect(items).toMatchObject([{ id, name: '<b>App</b>', questions: 2, origins: [origin] }])
  expect(JSON.stringify(items)).not.toContain(String(token).split('.')[2])
  expect((await audited()).filter((action) => action === 'embed-token.made')).toHaveLength(1)
})

test('the questions with one token have a limit, which pages can read', async () => {
  const { make, get } = await openEmbedding()
  const { token } = await make()
  for (let count = 0; count < embedLimit.max; count++) await get(token)
  const { body, headers } = await get(token)
  expect([body.code, headers['access-control-allow-origin']]).toEqual(['rate_limited', origin])
})
