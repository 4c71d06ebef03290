import { expect, test } from 'vitest'
import { askedLimit } from '../../../src/server/routes/shared.ts'
import { tokenOf } from '../accounts/rig.ts'
import { iso, overviewAnswer, person } from '../scripted.ts'
import { openTeam } from './people.ts'
import { from, overview, to, trend, trendAnswer } from './questions.ts'

const dayMs = 86_400_000
const url = '/projects/shop/shares'

async function openSharing() {
  const team = await openTeam({
    trend: () => trendAnswer,
    overview: (query) => overviewAnswer(query.from, query.to),
    person: () => person(),
  })
  const { rig, call } = team
  const { body: report } = await call('ann', 'POST', '/projects/shop/reports', {
    name: 'Orders <b>',
    page: '/events',
    search: '?period=week',
    description: 'Of the week',
  })
  const share = async (more: object = {}, who = 'ann') =>
    (
      await call(who, 'POST', url, {
        report: report.id,
        search: '?period=week',
        queries: [trend, overview],
        range: 'fixed',
        ...more,
      })
    ).body
  const visit = async (link: unknown, password?: string) => {
    const opened = await rig.post('/shared/open', { token: tokenOf(String(link)), ...(password && { password }) })
    return { status: opened.status, body: opened.body as unknown as Record<string, string>, headers: opened.headers }
  }
  const ask = (token: string | undefined, query: object) =>
    rig.post('/shared/query', query, token === undefined ? {} : { token })
  return { ...team, report, share, visit, ask }
}

test('a link shows its report to who has no account, and asks its questions', async () => {
  const { rig, share, visit, ask, audited } = await openSharing()
  const { link, ...rest } = await share()
  expect(link).toMatch(/^http:\/\/dash\.test\/shared#token=[\w-]{43}$/)
  expect(rest).toMatchObject({ name: 'Orders <b>', range: 'fixed', hasPassword: false })
  expect(rest.expiresAt).toBe(iso(rig.deps.now() + 30 * dayMs))
  const { body } = await visit(link)
  expect(body).toMatchObject({ name: 'Orders <b>', project: 'Shop', page: '/events', search: '?period=week' })
  // The order of fields is none of the question, and neither is a project's name that is its own.
  const reordered = Object.fromEntries(Object.entries({ ...trend, project: 'shop' }).reverse())
  expect((await ask(body.accessToken, reordered)).body).toMatchObject({ rows: trendAnswer.rows })
  expect((await ask(body.accessToken, overview)).body).toMatchObject({ from: iso(from), project: 'shop' })
  expect((await audited()).filter((action) => action.startsWith('share.')).sort()).toEqual([
    'share.made',
    'share.opened',
  ])
})

test('a question that was changed is refused, whatever of it', async () => {
  const { share, visit, ask } = await openSharing()
  const { accessToken } = (await visit((await share()).link)).body
  const where = [{ field: 'userId', operator: 'is', values: ['ada'] }]
  const [series] = trend.series
  const changed = [
    { ...trend, where },
    { ...trend, breakdown: 'path' },
    { ...trend, bots: true },
    { ...trend, from: from - dayMs },
    { ...trend, to: to + dayMs },
    { ...trend, interval: 'hour' },
    { ...trend, timeZone: 'Europe/Berlin' },
    { ...trend, series: [series, { measure: 'people' }] },
    { ...trend, series: [{ ...series, where: [{ field: 'traits.plan', operator: 'is', values: ['7'] }] }] },
    { ...trend, series: [{ ...series, event: 'Paid' }] },
    { ...trend, project: 'blog' },
    { ...overview, top: 1_000 },
    { ...overview, from: from - dayMs },
  ]
  for (const query of changed)
    expect([query, (await ask(accessToken, query)).body.code]).toEqual([query, 'not_granted'])
  const personal = [
    { type: 'segment', from, to },
    { type: 'properties', from, to, field: 'traits.email' },
    { type: 'funnel_people', from, to, steps: [{}, {}], step: 1 },
    { ...trend, breakdown: 'userId' },
    { ...trend, nonsense: 1 },
    { ...overview, nonsense: 1 },
    { type: 'people' },
    { type: '__proto__' },
  ]
  for (const query of [...personal, [], null])
    expect([query, (await ask(accessToken, query as object)).body.code]).toEqual([query, 'invalid_query'])
})

test('a movable link looks at other times, and at nothing else', async () => {
  const { share, visit, ask } = await openSharing()
  const { accessToken } = (await visit((await share({ range: 'movable' })).link)).body
  const moved = { from: from - 400 * dayMs, to: to - 30 * dayMs }
  expect((await ask(accessToken, { ...trend, ...moved, interval: 'week', timeZone: 'Asia/Tokyo' })).status).toBe(200)
  expect((await ask(accessToken, { ...overview, ...moved })).status).toBe(200)
  expect((await ask(accessToken, { ...trend, ...moved, breakdown: 'path' })).body.code).toBe('not_granted')
  expect((await ask(accessToken, { ...trend, from: from - 4_000 * dayMs })).body.code).toBe('invalid_query')
  expect((await ask(accessToken, { ...overview, to: from })).body.code).toBe('invalid_query')
})

test('weeks or months of retention move with the time, and what counts does not', async () => {
  const { share, visit, ask } = await openSharing()
  const retention = { type: 'retention', from, to, start: {}, return: {}, unit: 'day', periods: 7, mode: 'on' }
  const byRange = async (range: string) => {
    const { accessToken } = (await visit((await share({ range, queries: [retention] })).link)).body
    const codeOf = async (change: object) => (await ask(accessToken, { ...retention, ...change })).body.code
    return Promise.all([{ unit: 'week', periods: 8, from: from - 300 * dayMs }, { mode: 'on_or_after' }].map(codeOf))
  }
  expect((await byRange('movable'))[0]).not.toBe('not_granted')
  expect((await byRange('movable'))[1]).toBe('not_granted')
  expect(await byRange('fixed')).toEqual(['not_granted', 'not_granted'])
})

test('a visitor is told whether the figures are sums, and whether rules leave something out', async () => {
  const { share, visit } = await openSharing()
  const opened = async (queries: object[]) => (await visit((await share({ queries })).link)).body
  expect(await opened([overview, trend])).toMatchObject({ sums: true, rules: false })
  expect(await opened([trend])).toMatchObject({ sums: false, rules: false })
})

test('what would name people cannot be shared', async () => {
  const { share } = await openSharing()
  const refused = [
    { type: 'segment', from, to },
    { type: 'properties', from, to },
    { type: 'funnel_people', from, to, steps: [{}, {}], step: 1 },
    ...['userId', 'anonymousId', 'traits.email'].map((breakdown) => ({ ...trend, breakdown })),
    { type: 'funnel', from, to, steps: [{ event: 'a' }, { event: 'b' }], breakdown: 'traits.name' },
    { type: 'overview', from, to },
    { ...trend, project: 'blog', from: 'yesterday' },
  ]
  for (const query of refused)
    expect([query, (await share({ queries: [query] })).code]).toEqual([
      query,
      (query as { type: string }).type in { segment: 1, properties: 1, funnel_people: 1 }
        ? 'invalid_request'
        : 'invalid_query',
    ])
  expect((await share({ queries: [] })).code).toBe('invalid_request')
})

test('the token of a link opens no other link, no route and no other project', async () => {
  const { rig, tokens, share, visit, ask } = await openSharing()
  const { accessToken } = (await visit((await share({ queries: [trend] })).link)).body
  const other = (await visit((await share({ queries: [overview] })).link)).body.accessToken
  expect((await ask(other, trend)).body.code).toBe('not_granted')
  for (const path of ['/overview?project=shop', '/people?project=shop', '/me', '/projects', '/openapi.json'])
    expect([path, (await rig.call('GET', path, { token: String(accessToken) })).status]).toEqual([path, 401])
  for (const token of [undefined, '', 'x.y.z', tokens.ann, tokens.operator, `${accessToken}x`])
    expect([token, (await ask(token, trend)).body.code]).toEqual([token, 'unknown_link'])
})

test('a link ends with its time, with its report, and when it is revoked', async () => {
  const { rig, call, report, share, visit, ask } = await openSharing()
  const soon = await share({ expiresAt: iso(rig.deps.now() + 1_800_000) })
  const { accessToken } = (await visit(soon.link)).body
  rig.elapse(1_799_000)
  expect((await ask(accessToken, trend)).status).toBe(200)
  rig.elapse(1_000)
  expect((await ask(accessToken, trend)).body.code).toBe('unknown_link')
  expect((await visit(soon.link)).body.code).toBe('unknown_link')
  const expiresAt = (ms: number) => share({ expiresAt: iso(rig.deps.now() + ms) }, 'operator')
  expect((await expiresAt(-1)).code).toBe('invalid_request')
  expect((await expiresAt(367 * dayMs)).code).toBe('invalid_request')

  const later = await share({}, 'operator')
  const first = (await visit(later.link)).body.accessToken
  rig.elapse(3_600_000)
  // The token of a visit lasts an hour; the link gives another one.
  expect((await ask(first, trend)).body.code).toBe('unknown_link')
  const second = (await visit(later.link)).body.accessToken
  expect((await ask(second, trend)).status).toBe(200)
  expect((await call('operator', 'DELETE', `/projects/blog/shares/${later.id}`)).body.code).toBe('unknown_share')
  expect((await call('operator', 'DELETE', `${url}/${later.id}`)).status).toBe(200)
  expect((await ask(second, trend)).body.code).toBe('unknown_link')

  const last = await share({}, 'operator')
  expect((await call('operator', 'DELETE', `/projects/shop/reports/${report.id}`)).status).toBe(200)
  expect((await visit(last.link)).body.code).toBe('unknown_link')
})

test('a password is asked for, and guessing is locked for the link alone', async () => {
  const { rig, share, visit, ask } = await openSharing()
  const { link, hasPassword } = await share({ password: 'tent pegs' })
  expect([hasPassword, (await visit(link)).body.code]).toEqual([true, 'password_needed'])
  const { accessToken } = (await visit(link, 'tent pegs')).body
  for (let tries = 0; tries < 10; tries++) expect((await visit(link, 'tent poles')).body.code).toBe('wrong_password')
  const locked = await visit(link, 'tent pegs')
  expect([locked.body.code, Number(locked.headers['retry-after']) > 60]).toEqual(['locked', true])
  // Who is in stays in, and other links are not locked.
  expect((await ask(accessToken, trend)).status).toBe(200)
  expect((await visit((await share()).link)).status).toBe(200)
  rig.elapse(15 * 60_000)
  expect((await visit(link, 'tent pegs')).status).toBe(200)
  expect(JSON.stringify(await rig.directory.list('share', { limit: 10 }))).not.toContain('tent pegs')
})

test('viewers share nothing, analysts revoke their own, and the list has no link', async () => {
  const { call, share } = await openSharing()
  expect((await share({}, 'viewer')).code).toBe('forbidden')
  expect((await share({}, 'stranger')).code).toBe('unknown_project')
  const { id, link } = await share()
  const { items } = (await call('bob', 'GET', url)).body
  expect(items.map((item) => item.id)).toEqual([id])
  expect(JSON.stringify(items)).not.toContain(tokenOf(String(link)))
  expect((await call('bob', 'DELETE', `${url}/${id}`)).body.code).toBe('forbidden')
  expect((await call('ann', 'DELETE', `${url}/${id}`)).status).toBe(200)
  expect((await share({ report: 'nope' })).code).toBe('unknown_report')
})

test('the questions with one link have a limit', async () => {
  const { share, visit, ask } = await openSharing()
  const { accessToken } = (await visit((await share()).link)).body
  for (let count = 0; count < askedLimit.max; count++) await ask(accessToken, trend)
  expect((await ask(accessToken, trend)).body.code).toBe('rate_limited')
})
