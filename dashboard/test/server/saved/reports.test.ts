import { expect, test } from 'vitest'
import { maxReports } from '../../../src/server/saved/saved.ts'
import { openTeam } from './people.ts'

const url = '/projects/shop/reports'
const report = { name: 'Weekly', page: '/funnels', search: '?period=week&f=path~is~/a', description: 'For Monday' }

test('a report is kept as it was, for every member of its project and nobody else', async () => {
  const { rig, call } = await openTeam()
  const { status, body } = await call('ann', 'POST', url, report)
  expect([status, body]).toMatchObject([200, { ...report, madeBy: { kind: 'account', name: 'ann@example.com' } }])
  for (const who of ['viewer', 'bob', 'admin', 'operator'])
    expect((await call(who, 'GET', url)).body.items).toEqual([body])
  expect((await call('stranger', 'GET', url)).body.code).toBe('unknown_project')
  expect((await call('stranger', 'DELETE', `/projects/blog/reports/${body.id}`)).body.code).toBe('unknown_report')
  rig.elapse(1_000)
  const other = await call('bob', 'POST', url, { ...report, name: 'Newer' })
  expect((await call('viewer', 'GET', url)).body.items.map(({ id }) => id)).toEqual([other.body.id, body.id])
})

test('analysts change their own, admins all, viewers none, and each change is audited', async () => {
  const { call, audited } = await openTeam()
  expect((await call('viewer', 'POST', url, report)).body.code).toBe('forbidden')
  const { id } = (await call('ann', 'POST', url, report)).body
  const change = (who: string, name: string) => call(who, 'PATCH', `${url}/${id}`, { name })
  expect((await change('viewer', 'x')).body.code).toBe('forbidden')
  expect((await change('bob', 'x')).body.code).toBe('forbidden')
  expect((await change('ann', 'Daily')).body).toMatchObject({ ...report, name: 'Daily' })
  expect((await change('admin', 'Monthly')).body.name).toBe('Monthly')
  expect((await call('bob', 'DELETE', `${url}/${id}`)).body.code).toBe('forbidden')
  expect((await call('ann', 'DELETE', `${url}/${id}`)).status).toBe(200)
  expect((await call('ann', 'DELETE', `${url}/${id}`)).body.code).toBe('unknown_report')
  expect((await audited()).filter((action) => action.startsWith('report.')).sort()).toEqual([
    ...['report.changed', 'report.changed', 'report.deleted', 'report.made'],
  ])
})

test('what no page of ours can be is refused, and markup stays text', async () => {
  const { call } = await openTeam()
  const bad = [
    ...['//evil.example', 'javascript:alert(1)', 'https://evil.example', '/a/b', '/people/..', ''].map((page) => ({
      page,
    })),
    ...['period=week', '?a#b', '? x', `?${'x'.repeat(8_000)}`].map((search) => ({ search })),
    ...['', '  ', 'x'.repeat(101)].map((name) => ({ name })),
    { description: 'x'.repeat(501) },
  ]
  for (const part of bad)
    expect([part, (await call('ann', 'POST', url, { ...report, ...part })).body.code]).toEqual([
      part,
      'invalid_request',
    ])
  const name = '<img src=x onerror=alert(1)>'
  expect((await call('ann', 'POST', url, { ...report, name })).body.name).toBe(name)
  const { body } = await call('ann', 'POST', url, { ...report, project: 'blog' })
  expect(body.code).toBe('invalid_request')
  for (const id of ['..', '%2e%2e', 'a'.repeat(65), '__proto__'])
    expect([id, (await call('ann', 'PATCH', `${url}/${id}`, { name: 'x' })).status]).toEqual([id, 404])
})

test('a project keeps a thousand at most', async () => {
  const { rig, call } = await openTeam()
  const body = { project: 'shop', ...report, madeBy: { kind: 'admin-token' }, at: 0, changedAt: 0 }
  for (let count = 0; count < maxReports; count++)
    await rig.directory.write('report', `r${count}`, body, { expected: 'new', keys: { project: 'shop' } })
  expect((await call('ann', 'POST', url, report)).body.code).toBe('limit_reached')
})
