import { expect, test } from 'vitest'
import { adminToken, openRig, type Rig } from './rig.ts'

const admin = { token: adminToken }
const minuteMs = 60_000
const read = async (rig: Rig) => (await rig.call('GET', '/projects/shop', admin)).body
const change = (rig: Rig, payload: object, token = adminToken) =>
  rig.call('PATCH', '/projects/shop', { payload, token })
const keysOf = async (rig: Rig) => (await rig.call('GET', '/projects/shop/write-keys', admin)).body.items
const actions = async (rig: Rig, project = 'shop') =>
  (await rig.call('GET', `/projects/${project}/audit`, admin)).body.items.map(({ action, detail }) => [action, detail])

test('an owner makes a project and owns it; it takes events at once', async () => {
  const rig = await openRig()
  const { accessToken: token } = (await rig.setUp()).body
  const made = await rig.post('/projects', { id: 'new-shop', name: ' New shop ' }, { token })
  expect(made).toMatchObject({ status: 200, body: { id: 'new-shop', name: 'New shop' } })
  const { items } = (await rig.call('GET', '/projects/new-shop/write-keys', { token })).body
  expect(rig.projects.byKey(items[0]?.key ?? '', 0)?.id).toBe('new-shop')
  expect((await rig.call('GET', '/me', { token })).body.projects.at(-1)).toMatchObject({
    id: 'new-shop',
    role: 'owner',
  })
  expect(await actions(rig, 'new-shop')).toEqual([['project.made', 'New shop']])
  for (const id of ['new-shop', 'shop'])
    expect((await rig.post('/projects', { id, name: 'x' }, { token })).body.code).toBe('project_exists')
  for (const id of ['', 'Shop', '../x', 'x'.repeat(65), '*'])
    expect([id, (await rig.post('/projects', { id, name: 'x' }, admin)).status]).toEqual([id, 400])
})

test('settings are changed from what was seen, and what is left out stays', async () => {
  const rig = await openRig()
  const first = await read(rig)
  expect(first).toEqual({
    ...{ id: 'shop', name: 'Shop', timeZone: null, retentionDays: null, ipPolicy: 'truncated', allowedOrigins: [] },
    version: first.version,
  })
  const given = { timeZone: 'Europe/Vienna', retentionDays: 90, ipPolicy: 'none', allowedOrigins: ['https://a.test'] }
  const second = await change(rig, { version: first.version, ...given })
  expect(second).toMatchObject({ status: 200, body: { name: 'Shop', ...given } })
  expect(rig.projects.byId('shop')).toMatchObject({ ...given, writeKeys: ['wk_0123456789abcdef', 'short'] })
  rig.elapse(1)
  const third = await change(rig, { version: second.body.version, retentionDays: null, allowedOrigins: [] })
  expect(third.body).toMatchObject({ ...given, retentionDays: null, allowedOrigins: [] })
  expect(rig.projects.byId('shop')).not.toHaveProperty('retentionDays')
  expect(await actions(rig)).toEqual([
    ['project.changed', 'retentionDays: 90 to null; allowedOrigins: ["https://a.test"] to []'],
    [
      'project.changed',
      'timeZone: null to "Europe/Vienna"; retentionDays: null to 90; ipPolicy: "truncated" to "none"; allowedOrigins: [] to ["https://a.test"]',
    ],
  ])
})

test('of two admins who change the same at once one is told, and nothing of the other is lost', async () => {
  const rig = await openRig()
  const { version } = await read(rig)
  const both = await Promise.all([change(rig, { version, name: 'Left' }), change(rig, { version, retentionDays: 30 })])
  expect(both.map(({ body }) => body.code).filter(Boolean)).toEqual(['changed_meanwhile'])
  const now = await read(rig)
  const late = await change(rig, { version, name: 'Late' })
  expect([late.status, late.body.code]).toEqual([409, 'changed_meanwhile'])
  expect(await read(rig)).toEqual(now)
  // A key made meanwhile is no other setting.
  await rig.post('/projects/shop/write-keys', {}, admin)
  expect((await change(rig, { version: now.version, name: 'Then' })).status).toBe(200)
  expect(await keysOf(rig)).toHaveLength(3)
})

test('settings that make no sense are refused, and nothing is written', async () => {
  const rig = await openRig()
  const { version } = await read(rig)
  const bad = [
    { name: '' },
    { name: ' ' },
    { timeZone: 'Mars/Base' },
    { timeZone: '' },
    { retentionDays: 0 },
    { retentionDays: 1.5 },
    { retentionDays: 36_501 },
    { ipPolicy: 'half' },
    { allowedOrigins: ['shop.example'] },
    { allowedOrigins: ['https://a.test/path'] },
    { allowedOrigins: ['javascript:alert(1)'] },
    { allowedOrigins: ['https://a.test', 'https://a.test'] },
    { allowedOrigins: Array.from({ length: 51 }, (_, n) => `https://${n}.test`) },
  ]
  for (const each of bad) expect([each, (await change(rig, { version, ...each })).status]).toEqual([each, 400])
  expect((await change(rig, { name: 'No version' })).status).toBe(400)
  // Neither id nor keys can be had by this way.
  await change(rig, { version, id: 'blog', writeKeys: ['x'], exclude: [] })
  expect(rig.projects.byId('shop')).toEqual({ id: 'shop', name: 'Shop', writeKeys: ['wk_0123456789abcdef', 'short'] })
  expect(await actions(rig)).toEqual([])
})

test('a write key is replaced with an overlap: the old one works until its end', async () => {
  const rig = await openRig()
  const start = rig.deps.now()
  const until = new Date(start + 10 * minuteMs).toISOString()
  const old = 'wk_0123456789abcdef'
  const { body } = await rig.post('/projects/shop/write-keys', { replaces: old, until }, admin)
  expect(body.key).toMatch(/^wk_[\w-]{24}$/)
  expect(await keysOf(rig)).toEqual([
    { key: body.key, until: null },
    { key: old, until },
    { key: 'short', until: null },
  ])
  const at = (ms: number) => [old, body.key].map((key) => rig.projects.byKey(key, start + ms)?.id)
  expect([at(10 * minuteMs - 1), at(10 * minuteMs)]).toEqual([
    ['shop', 'shop'],
    [undefined, 'shop'],
  ])
  rig.elapse(1)
  await rig.call('DELETE', `/projects/shop/write-keys/${old}`, admin)
  expect(rig.projects.byId('shop')).toMatchObject({ writeKeys: [body.key, 'short'], writeKeyEnds: {} })
  expect(await actions(rig)).toEqual([
    ['write-key.removed', undefined],
    ['write-key.made', `wk_0… works until ${until}`],
  ])
})

test('a project keeps a key without an end, whoever removes them at once', async () => {
  const rig = await openRig()
  const keys = (await keysOf(rig)).map(({ key }) => key)
  const removed = await Promise.all(keys.map((key) => rig.call('DELETE', `/projects/shop/write-keys/${key}`, admin)))
  expect(removed.map(({ body }) => body.code).filter(Boolean)).toEqual(['last_write_key'])
  const [left] = await keysOf(rig)
  const until = new Date(rig.deps.now() + minuteMs).toISOString()
  const end = await rig.call('DELETE', `/projects/shop/write-keys/${left?.key}?until=${until}`, admin)
  expect(end.body.code).toBe('last_write_key')
  for (const [payload, code] of [
    [{ replaces: left?.key }, 'invalid_request'],
    [{ until }, 'invalid_request'],
    [{ replaces: left?.key, until: 'soon' }, 'invalid_request'],
    [{ replaces: left?.key, until: new Date(rig.deps.now()).toISOString() }, 'invalid_request'],
    [{ replaces: 'nope', until }, 'unknown_key'],
    [{ replaces: '__proto__', until }, 'unknown_key'],
  ] as const)
    expect([payload, (await rig.post('/projects/shop/write-keys', payload, admin)).body.code]).toEqual([payload, code])
  expect((await rig.call('DELETE', '/projects/shop/write-keys/__proto__', admin)).body.code).toBe('unknown_key')
  for (let n = 0; n < 19; n++) await rig.post('/projects/shop/write-keys', {}, admin)
  expect((await rig.post('/projects/shop/write-keys', {}, admin)).body.code).toBe('limit_reached')
})

test('the key of an API with the scope manage may change its own project, and make none', async () => {
  const rig = await openRig()
  const { key: token } = (await rig.post('/projects/shop/api-keys', { name: 'k', scopes: ['manage'] }, admin)).body
  const { version } = (await rig.call('GET', '/projects/shop', { token })).body
  expect((await change(rig, { version, name: 'By key' }, token)).status).toBe(200)
  expect((await rig.post('/projects', { id: 'mine', name: 'Mine' }, { token })).body.code).toBe('forbidden')
  expect((await rig.call('GET', '/projects/blog', { token })).body.code).toBe('unknown_project')
})
