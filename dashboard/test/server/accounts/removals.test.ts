import { readRemovals } from '@trailstitch/backends'
import { expect, test } from 'vitest'
import { adminToken, openRig, type Rig, tokenOf } from './rig.ts'

const admin = { token: adminToken }
const remove = (rig: Rig, project: string, confirm: unknown, token = adminToken) =>
  rig.call('DELETE', `/projects/${project}`, { payload: { confirm }, token })

/** A dashboard whose `shop` and `blog` are configured, and a project somebody made. */
async function openMade() {
  const rig = await openRig({ accounts: { isConfigured: (id) => id === 'shop' || id === 'blog' } })
  const token = (await rig.setUp()).body.accessToken
  await rig.post('/projects', { id: 'made', name: 'My made one' }, { token })
  return { rig, token }
}

test('an owner removes a project, and it is there for nobody from then on', async () => {
  const { rig, token } = await openMade()
  const key = rig.projects.byId('made')?.writeKeys[0] ?? ''
  const api = (await rig.post('/projects/made/api-keys', { name: 'k', scopes: ['read'] }, { token })).body.key
  expect(await remove(rig, 'made', ' My made one ', token)).toMatchObject({ status: 202, body: { project: 'made' } })
  expect(rig.projects.byKey(key, 0)).toBeUndefined()
  for (const caller of [token, adminToken, api])
    expect((await rig.call('GET', '/overview?project=made', { token: caller })).body.code).toBe('unknown_project')
  expect((await rig.call('GET', '/me', { token })).body.projects.map(({ id }) => id)).not.toContain('made')
  const { id: userId } = (await rig.call('GET', '/me', { token })).body.user
  expect(await readRemovals(rig.directory)).toMatchObject([
    { id: 'made', body: { name: 'My made one', owners: [userId], state: 'waiting', isDemo: false } },
  ])
})

test('links and embedded charts of a project end with it', async () => {
  const { rig, token } = await openMade()
  const queries = [{ type: 'overview', from: 0, to: 1, top: 1 }]
  const report = (await rig.post('/projects/made/reports', { name: 'r', page: '/', search: '' }, { token })).body.id
  const share = { report, search: '', queries, range: 'movable' }
  const link = tokenOf((await rig.post('/projects/made/shares', share, { token })).body.link)
  const embed = { name: 'e', queries, origins: ['https://app.example'] }
  const made = await rig.post('/projects/made/embed-tokens', embed, { token })
  const { token: chart } = made.body as unknown as { token: string }
  const open = async () => (await rig.post('/shared/open', { token: link })).body.code
  const ask = async () => (await rig.post('/embed/query', queries[0] ?? {}, { token: chart })).body.code
  // What the chart's token is asked for is not what it grants; it is known all the same.
  expect([await open(), await ask()]).toEqual([undefined, 'not_granted'])
  await remove(rig, 'made', 'My made one', token)
  expect([await open(), await ask()]).toEqual(['unknown_link', 'unknown_link'])
})

test('it takes the name, and who does it stands in the log of their other projects', async () => {
  const { rig, token } = await openMade()
  for (const confirm of ['made', 'my made one', ' ', 'My made on', 7])
    expect([confirm, (await remove(rig, 'made', confirm, token)).body.code]).toEqual([confirm, 'name_differs'])
  for (const confirm of [undefined, '', { $ne: 1 }, 'x'.repeat(201)])
    expect([confirm, (await remove(rig, 'made', confirm, token)).body.code]).toEqual([confirm, 'invalid_request'])
  expect(rig.projects.byId('made')).toBeDefined()
  rig.elapse(1)
  await remove(rig, 'made', 'My made one', token)
  const { items } = (await rig.call('GET', '/projects/shop/audit', admin)).body
  expect(items[0]).toMatchObject({ action: 'project.removed', object: 'made', detail: 'My made one' })
})

test('what stands in the configuration stays, and an id that is gone is not given again', async () => {
  const { rig, token } = await openMade()
  expect((await remove(rig, 'shop', 'Shop')).body.code).toBe('project_configured')
  expect(rig.projects.byId('shop')).toBeDefined()
  await remove(rig, 'made', 'My made one', token)
  expect((await rig.post('/projects', { id: 'made', name: 'Again' }, admin)).body.code).toBe('project_removed')
  expect((await remove(rig, 'made', 'My made one')).body.code).toBe('unknown_project')
})

test('an admin of the project may not, nor a key, nor the owner of another one', async () => {
  const { rig } = await openMade()
  const adminOf = (await rig.join('admin@example.com', 'admin', 'made')).body.accessToken
  const stranger = (await rig.join('stranger@example.com', 'owner', 'blog')).body.accessToken
  const key = (await rig.post('/projects/made/api-keys', { name: 'k', scopes: ['manage'] }, admin)).body.key
  const codes = []
  for (const token of [adminOf, key, stranger]) codes.push((await remove(rig, 'made', 'My made one', token)).body.code)
  expect(codes).toEqual(['forbidden', 'forbidden', 'unknown_project'])
  expect(rig.projects.byId('made')).toBeDefined()
})

test('those who owned it see how far it has come, and others see nothing of it', async () => {
  const { rig, token } = await openMade()
  const other = (await rig.join('other@example.com', 'owner', 'blog')).body.accessToken
  await remove(rig, 'made', 'My made one', token)
  const seen = async (by: string) => (await rig.call('GET', '/removals', { token: by })).body.items
  expect(await seen(token)).toMatchObject([{ project: 'made', name: 'My made one', state: 'waiting', doneAt: null }])
  expect(await seen(adminToken)).toHaveLength(1)
  expect(await seen(other)).toEqual([])
})
