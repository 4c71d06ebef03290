import type { AnalysisQuery, Condition, TrendAnswer } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { overviewAnswer } from '../scripted.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const admin = { token: adminToken }
const trendAnswer: TrendAnswer = {
  ...{ starts: [], rows: [] },
  meta: { computedAt: 0, exact: true, rowsScanned: 0, timeZone: 'UTC' },
}
const open = () =>
  openRig({ script: { trend: () => trendAnswer, overview: ({ from, to }) => overviewAnswer(from, to) } })
const make = (rig: Rig, name: string, condition: unknown, token = adminToken) =>
  rig.post('/projects/shop/excludes', { name, condition }, { token })
const ours: Condition = { field: 'traits.email', operator: 'contains', values: ['@us.example'] }

/** The conditions that a question reaches the store with. */
async function whereOf(rig: Rig, project = 'shop') {
  const own = [{ field: 'country', operator: 'is', values: ['DE'] }]
  const question = { type: 'trend', project, from: 0, to: 1000, interval: 'hour', series: [{ measure: 'events' }] }
  const { status } = await rig.post('/query', { ...question, where: own }, admin)
  expect(status).toBe(200)
  return (rig.asked.at(-1) as AnalysisQuery).where?.slice(1)
}

test('a rule leaves its events out of every question of its project, until it is removed', async () => {
  const rig = await open()
  const { accessToken: token } = (await rig.setUp()).body
  expect(await whereOf(rig)).toEqual([])
  const made = await make(rig, ' Us ', ours, token)
  expect(made).toMatchObject({ status: 200, body: { name: 'Us', condition: ours, madeBy: 'olga@example.com' } })
  await make(rig, 'Robots', { field: 'browser', operator: 'is', values: ['HeadlessChrome'] })
  await make(rig, 'Guests', { field: 'userId', operator: 'not_set' })
  expect(await whereOf(rig)).toEqual([
    { field: 'traits.email', operator: 'contains_not', values: ['@us.example'] },
    { field: 'browser', operator: 'is_not', values: ['HeadlessChrome'] },
    { field: 'userId', operator: 'set' },
  ])
  expect(await whereOf(rig, 'blog')).toEqual([])
  const { items } = (await rig.call('GET', '/projects/shop/excludes', admin)).body
  expect(items.map(({ name }) => name)).toEqual(['Us', 'Robots', 'Guests'])
  for (const { id } of items) await rig.call('DELETE', `/projects/shop/excludes/${id}`, { token })
  expect(await whereOf(rig)).toEqual([])
  const { items: audit } = (await rig.call('GET', '/projects/shop/audit', admin)).body
  const noted = audit.filter(({ action }) => action.startsWith('exclude'))
  expect(noted.map(({ action, object }) => `${action} ${object}`).sort()).toEqual(
    ['Guests', 'Robots', 'Us'].flatMap((name) => [`exclude.made ${name}`, `exclude.removed ${name}`]).sort(),
  )
})

test('whoever reads reports is told the names of the rules, and no more of them', async () => {
  const rig = await open()
  await make(rig, 'Us', ours)
  const { accessToken: token } = (await rig.join('viewer@example.com', 'viewer')).body
  const me = await rig.call('GET', '/me', { token })
  expect(me.body.projects[0]).toMatchObject({ id: 'shop', excludes: ['Us'] })
  expect(JSON.stringify(me.body)).not.toContain('@us.example')
  expect((await rig.call('GET', '/projects', { token })).body.items[0]?.excludes).toEqual(['Us'])
  expect((await rig.call('GET', '/projects/shop/excludes', { token })).body.code).toBe('forbidden')
})

test('rules made at once are all kept, and no more than twenty', async () => {
  const rig = await open()
  await Promise.all(Array.from({ length: 12 }, (_, n) => make(rig, `r${n}`, ours)))
  for (let n = 12; n < 20; n++) expect((await make(rig, `r${n}`, ours)).status).toBe(200)
  expect((await make(rig, 'one more', ours)).body.code).toBe('limit_reached')
  expect(
    rig.projects
      .byId('shop')
      ?.exclude?.map(({ name }) => name)
      .sort(),
  ).toEqual(Array.from({ length: 20 }, (_, n) => `r${n}`).sort())
})

test('a condition that cannot be turned round, or is none, is refused', async () => {
  const rig = await open()
  const bad: unknown[] = [
    undefined,
    {},
    [],
    { ...ours, operator: 'more', values: [5] },
    { ...ours, operator: 'nonsense' },
    { ...ours, values: [] },
    { ...ours, values: undefined },
    { ...ours, operator: 'set' },
    { ...ours, field: '$where' },
    { ...ours, field: 'nothing' },
    { ...ours, field: `traits.${'x'.repeat(200)}` },
    { ...ours, values: ['x'.repeat(121)] },
    { ...ours, values: Array.from({ length: 21 }, (_, n) => n) },
    { ...ours, values: [''] },
  ]
  for (const each of bad) expect([each, (await make(rig, 'x', each)).status]).toEqual([each, 400])
  expect((await make(rig, ' ', ours)).status).toBe(400)
  expect((await rig.call('DELETE', '/projects/shop/excludes/nope', admin)).body.code).toBe('unknown_rule')
  expect(rig.projects.byId('shop')).not.toHaveProperty('exclude')
})

test('the largest rules and settings still fit into one document', async () => {
  const rig = await open()
  const values = Array.from({ length: 20 }, (_, n) => `${n}${'€'.repeat(117)}`)
  for (let n = 0; n < 20; n++)
    expect(
      (await make(rig, '€'.repeat(100), { field: `traits.${'x'.repeat(113)}`, operator: 'is', values })).status,
    ).toBe(200)
  const { version } = (await rig.call('GET', '/projects/shop', admin)).body
  const allowedOrigins = Array.from({ length: 50 }, (_, n) => `https://${'x'.repeat(240)}${n}.test`)
  const changed = await rig.call('PATCH', '/projects/shop', { payload: { version, allowedOrigins }, ...admin })
  expect(changed.status).toBe(200)
})
