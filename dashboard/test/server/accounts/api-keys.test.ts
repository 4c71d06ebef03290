import { expect, test } from 'vitest'
import { overviewAnswer } from '../scripted.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const script = {
  overview: ({ from, to }: { from: number; to: number }) => overviewAnswer(from, to),
  people: () => ({ items: [], nextCursor: null }),
}

async function make(rig: Rig, scopes: string[], more: object = {}) {
  const { body } = await rig.post('/projects/shop/api-keys', { name: 'CI', scopes, ...more }, { token: adminToken })
  return body
}

test('a key opens its own project, for its scopes, until it is deleted', async () => {
  const rig = await openRig({ script })
  const { key, id } = await make(rig, ['read'])
  expect(key).toMatch(/^tsk_[0-9a-f]{16}_[\w-]{43}$/)
  const status = async (url: string, token = key) => (await rig.call('GET', url, { token })).status
  expect(await status('/overview')).toBe(200)
  expect(await status('/people?project=shop')).toBe(200)
  expect(await status('/people?project=blog')).toBe(404)
  expect(await status('/projects/shop/members')).toBe(403)
  expect(await status('/me')).toBe(403)
  expect((await rig.call('GET', '/projects', { token: key })).body.items.map((item) => item.id)).toEqual(['shop'])
  for (const wrong of [
    `${key}x`,
    key.slice(0, -1),
    `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`,
    'tsk_',
    'tsk__',
  ])
    expect([wrong, await status('/overview', wrong)]).toEqual([wrong, 401])
  const remove = (project: string) => rig.call('DELETE', `/projects/${project}/api-keys/${id}`, { token: adminToken })
  expect((await remove('blog')).body.code).toBe('unknown_key')
  expect((await remove('shop')).status).toBe(200)
  expect(await status('/overview')).toBe(401)
})

test('a key that manages does so up to an admin, reads nothing and makes no keys', async () => {
  const rig = await openRig({ script })
  await rig.setUp()
  const { key } = await make(rig, ['manage'])
  expect((await rig.call('GET', '/projects/shop/members', { token: key })).status).toBe(200)
  expect((await rig.call('GET', '/people', { token: key })).status).toBe(403)
  expect((await rig.call('GET', '/projects/shop/api-keys', { token: key })).status).toBe(403)
  const invite = (role: string) =>
    rig.post('/projects/shop/invitations', { email: `${role}@example.com`, role }, { token: key })
  expect((await invite('admin')).status).toBe(200)
  expect((await invite('owner')).status).toBe(403)
})

test('a key ends when it was said to, and is listed without its secret', async () => {
  const rig = await openRig({ script })
  const expiresAt = new Date(rig.deps.now() + 60_000).toISOString()
  const { key } = await make(rig, ['read'], { expiresAt })
  await make(rig, ['read', 'export'])
  const list = async () => (await rig.call('GET', '/projects/shop/api-keys', { token: adminToken })).body.items
  expect((await list()).map(({ scopes }) => scopes.length).sort()).toEqual([1, 2])
  // The secret may hold an underscore, too.
  expect(JSON.stringify(await list())).not.toContain(key.split('_').slice(2).join('_'))
  rig.elapse(60_000)
  expect((await rig.call('GET', '/overview', { token: key })).status).toBe(401)
  expect(await list()).toHaveLength(1)
  const past = await rig.post(
    '/projects/shop/api-keys',
    { name: 'x', scopes: ['read'], expiresAt: '2020-01-01' },
    { token: adminToken },
  )
  expect(past.status).toBe(400)
})

test('a project has a hundred keys at most', async () => {
  const rig = await openRig()
  for (let count = 0; count < 100; count++) await make(rig, ['read'])
  expect((await make(rig, ['read'])).code).toBe('limit_reached')
})
