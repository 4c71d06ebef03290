import { expect, test } from 'vitest'
import { auditMs, readWindowMs } from '../../../src/server/accounts/audit.ts'
import { iso, person } from '../scripted.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const script = { person: () => person(), people: () => ({ items: [], nextCursor: null }) }
const read = async (rig: Rig, project = 'shop', query = '') =>
  (await rig.call('GET', `/projects/${project}/audit${query}`, { token: adminToken })).body

test('changes are written down: who, when, what, to what, from where', async () => {
  const rig = await openRig()
  const olga = (await rig.setUp()).body
  rig.elapse(1_000)
  const from = { token: olga.accessToken, remoteAddress: '10.1.2.3' }
  await rig.post('/projects/shop/invitations', { email: 'Bob@example.com', role: 'viewer' }, from)
  const { items } = await read(rig)
  expect(items[0]).toEqual({
    id: expect.any(String),
    at: iso(rig.deps.now()),
    who: { kind: 'account', id: olga.user.id, name: 'olga@example.com' },
    action: 'member.invited',
    object: 'bob@example.com',
    detail: 'viewer',
    address: '10.1.2.3',
  })
  expect(items.map(({ action }) => action)).toEqual(['member.invited', 'project.owned'])
  expect((await read(rig, 'blog')).items.map(({ action }) => action)).toEqual(['project.owned'])
})

test("reads of people's data are written down before the answer, once in ten minutes", async () => {
  const rig = await openRig({ script })
  await rig.setUp()
  const vera = (await rig.join('vera@example.com', 'viewer')).body
  const get = (url: string, token = vera.accessToken) => rig.call('GET', url, { token })
  for (let times = 0; times < 3; times++) await get('/people/p1')
  await get('/people/p2')
  await get('/people?search=ann%40example.com')
  await get('/people/p1', adminToken)
  await get('/people/p1?project=blog')
  const reads = async () =>
    (await read(rig)).items
      .filter(({ action }) => action.startsWith('p') && action !== 'project.owned')
      .map(({ action, object, who }) => [action, object, (who as { kind: string }).kind])
      .sort()
  const expected = [
    ['people.searched', 'ann@example.com', 'account'],
    ['person.opened', 'p1', 'account'],
    ['person.opened', 'p1', 'admin-token'],
    ['person.opened', 'p2', 'account'],
  ]
  expect(await reads()).toEqual(expected)
  rig.elapse(readWindowMs)
  const again = (await rig.signIn('vera@example.com')).body.accessToken
  await get('/people/p1', again)
  expect(await reads()).toEqual([...expected, ['person.opened', 'p1', 'account']].sort())
})

test('questions that answer with people are written down, those that answer with figures are not', async () => {
  const meta = { computedAt: 0, exact: true, rowsScanned: 0, timeZone: 'UTC' }
  const rig = await openRig({
    script: {
      segment: () => ({ items: [person()], nextCursor: null, total: 1, meta }),
      properties: () => ({ fields: [], events: [], meta }),
    },
  })
  const { accessToken: token } = (await rig.setUp()).body
  const ask = (type: string) => rig.post('/query', { type, project: 'shop', from: 0, to: 1 }, { token })
  const reads = async () => (await read(rig)).items.filter(({ action }) => action === 'people.searched').length
  expect((await ask('properties')).status).toBe(200)
  expect(await reads()).toBe(0)
  expect((await ask('segment')).status).toBe(200)
  expect(await reads()).toBe(1)
})

test('nothing is answered of people while it cannot be written down', async () => {
  const rig = await openRig({ script })
  const { write } = rig.directory
  const token = (await rig.setUp()).body.accessToken
  rig.directory.write = (kind, ...rest) => (kind === 'audit' ? Promise.reject(new Error('full')) : write(kind, ...rest))
  expect((await rig.call('GET', '/people/p1', { token })).status).toBe(500)
})

test('the log is paged, newest first, and kept for 400 days', async () => {
  const rig = await openRig()
  const token = (await rig.setUp()).body.accessToken
  for (let count = 0; count < 5; count++) {
    rig.elapse(1)
    await rig.post('/projects/shop/invitations', { email: `b${count}@example.com`, role: 'viewer' }, { token })
  }
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Awaited<ReturnType<typeof read>> = await read(rig, 'shop', `?limit=4${cursor && `&cursor=${cursor}`}`)
    seen.push(...page.items.map(({ object }) => object))
    cursor = page.nextCursor
  }
  expect(seen.slice(0, 5)).toEqual([4, 3, 2, 1, 0].map((n) => `b${n}@example.com`))
  rig.elapse(auditMs)
  expect((await read(rig)).items).toEqual([])
})

test('the log is asked for a kind of entries and for what they mention, page by page', async () => {
  const rig = await openRig({ script: { sessions: () => ({ items: [], nextCursor: null }) } })
  await rig.setUp()
  for (let n = 0; n < 7; n++) {
    rig.elapse(readWindowMs)
    await rig.call('GET', '/sessions?project=shop', { token: adminToken })
    await rig.post(
      '/projects/shop/invitations',
      { email: `guest${n}@example.com`, role: 'viewer' },
      { token: adminToken },
    )
  }
  const ask = async (query: string) => {
    const seen: string[] = []
    let pages = 0
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const at: string = cursor === '' ? '' : `&cursor=${cursor}`
      const { body } = await rig.call('GET', `/projects/shop/audit?limit=3${query}${at}`, { token: adminToken })
      expect(body.items.length).toBeLessThanOrEqual(3)
      seen.push(...body.items.map(({ action, object }) => `${action} ${object}`.trim()))
      cursor = body.nextCursor
    }
    return { seen, pages }
  }
  const all = await ask('')
  expect([all.seen.length, all.pages]).toEqual([15, 5])
  expect((await ask('&kind=reads')).seen).toEqual(Array(7).fill('sessions.read'))
  expect((await ask('&kind=changes')).seen.slice(0, 2)).toEqual([
    'member.invited guest6@example.com',
    'member.invited guest5@example.com',
  ])
  expect((await ask('&kind=sign-ins')).seen).toEqual([])
  const { accessToken: token } = (await rig.signIn('olga@example.com')).body
  rig.elapse(1)
  await rig.call('PATCH', '/me', { payload: { name: 'Olga P' }, token })
  expect((await ask('&kind=sign-ins')).seen.map((each) => each.split(' ')[0])).toEqual(['session.started'])
  expect((await ask('&search=GUEST3')).seen).toEqual(['member.invited guest3@example.com'])
  expect((await ask('&search=olga@')).seen.map((each) => each.split(' ')[0])).toEqual([
    ...['account.changed', 'session.started', 'project.owned'],
  ])
  expect((await ask('&search=nobody')).seen).toEqual([])
})
