import { expect, test } from 'vitest'
import { accessTokenMs } from '../../../src/server/accounts/sessions.ts'
import { adminToken, openRig, password } from './rig.ts'

const minuteMs = 60_000

test('the set-up link makes the first owner, once, within a day', async () => {
  const rig = await openRig()
  expect((await rig.call('GET', '/auth/state')).body).toEqual({ needsSetup: true, mail: false, oidc: null })
  const token = await rig.setupToken()
  const body = { email: 'Olga@Example.com', name: 'Olga', password }
  const { status, body: session } = await rig.post('/auth/setup', { ...body, token })
  expect([status, session.user.email]).toEqual([200, 'olga@example.com'])
  const me = await rig.call('GET', '/me', { token: session.accessToken })
  expect(me.body.projects).toEqual([
    { id: 'shop', name: 'Shop', role: 'owner', timeZone: null, excludes: [], isDemo: false },
    { id: 'blog', name: 'Blog', role: 'owner', timeZone: null, excludes: [], isDemo: false },
  ])
  expect((await rig.call('GET', '/auth/state')).body.needsSetup).toBe(false)
  const again = await rig.post('/auth/setup', { ...body, email: 'eve@example.com', token })
  expect([again.status, again.body.code]).toEqual([404, 'unknown_link'])
})

test('a set-up link is over after a day, and when another one is made', async () => {
  const rig = await openRig()
  const first = await rig.setupToken()
  const second = await rig.setupToken()
  const body = { email: 'olga@example.com', name: 'Olga', password }
  expect((await rig.post('/auth/setup', { ...body, token: first })).status).toBe(404)
  rig.elapse(24 * 60 * minuteMs)
  expect((await rig.post('/auth/setup', { ...body, token: second })).status).toBe(404)
})

test('of many who open the set-up link at once one becomes the owner', async () => {
  const rig = await openRig()
  const token = await rig.setupToken()
  const all = await Promise.all(
    ['a', 'b', 'c', 'd'].map((name) =>
      rig.post('/auth/setup', { token, email: `${name}@example.com`, name, password }),
    ),
  )
  expect(all.filter(({ status }) => status === 200)).toHaveLength(1)
  const { body } = await rig.call('GET', '/projects/shop/members', { token: adminToken })
  expect(body.items).toHaveLength(1)
})

test('an unknown address and a wrong password get the same answer', async () => {
  const rig = await openRig()
  await rig.setUp()
  const wrong = await rig.signIn('olga@example.com', 'not the password')
  const unknown = await rig.signIn('nobody@example.com', 'not the password')
  expect([wrong.status, wrong.body.code]).toEqual([401, 'wrong_credentials'])
  expect(unknown.body).toEqual(wrong.body)
  expect(Object.keys(unknown.headers)).toEqual(Object.keys(wrong.headers))
  expect((await rig.signIn('OLGA@example.com ')).status).toBe(400)
  expect((await rig.signIn('OLGA@example.com')).status).toBe(200)
})

test('an address is locked after ten wrong tries, known or not, and the lock ends', async () => {
  const rig = await openRig()
  await rig.setUp()
  for (const email of ['olga@example.com', 'nobody@example.com']) {
    for (let tries = 0; tries < 10; tries++) expect((await rig.signIn(email, 'wrong')).status).toBe(401)
    const locked = await rig.signIn(email)
    expect([locked.status, locked.body.code, locked.headers['retry-after']]).toEqual([429, 'locked', '900'])
  }
  rig.elapse(15 * minuteMs)
  expect((await rig.signIn('olga@example.com')).status).toBe(200)
  // A success forgets the tries before it.
  for (let tries = 0; tries < 9; tries++) await rig.signIn('olga@example.com', 'wrong')
  expect((await rig.signIn('olga@example.com')).status).toBe(200)
  expect((await rig.signIn('olga@example.com', 'wrong')).status).toBe(401)
})

test('who tries for days is held to fifty a day', async () => {
  const rig = await openRig()
  await rig.setUp()
  for (let round = 0; round < 5; round++) {
    for (let tries = 0; tries < 10; tries++) expect((await rig.signIn('olga@example.com', 'wrong')).status).toBe(401)
    rig.elapse(15 * minuteMs)
  }
  expect((await rig.signIn('olga@example.com')).body.code).toBe('locked')
})

test('one address may try sixty times a minute, whomever it tries', async () => {
  const rig = await openRig()
  const from = (remoteAddress: string, n: number) =>
    rig.signIn(`user${n}@example.com`, 'wrong', { remoteAddress }).then(({ status }) => status)
  for (let n = 0; n < 60; n++) expect(await from(`2001:db8::${n}`, n)).toBe(401)
  expect(await from('2001:db8::ffff', 61)).toBe(429)
  expect(await from('2001:db8:1::1', 61)).toBe(401)
  rig.elapse(minuteMs)
  expect(await from('2001:db8::1', 62)).toBe(401)
})

test('tries are counted even while the kv is away', async () => {
  const fail = () => Promise.reject(new Error('away'))
  const rig = await openRig({ accounts: { kv: { increment: fail, delete: fail } } })
  await rig.setUp()
  for (let tries = 0; tries < 10; tries++) await rig.signIn('olga@example.com', 'wrong')
  expect((await rig.signIn('olga@example.com')).status).toBe(429)
})

test('the cookie is out of reach of scripts and of other sites, and only as safe as the address', async () => {
  const rig = await openRig()
  const { headers } = await rig.setUp()
  const cookie = String(headers['set-cookie'])
  for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Path=/api/v1/auth', `Max-Age=${30 * 24 * 3600}`])
    expect(cookie).toContain(attribute)
  expect(cookie).not.toContain('Secure')
  const secure = await openRig({ accounts: { baseUrl: () => 'https://dash.example.com' } })
  expect(String((await secure.setUp()).headers['set-cookie'])).toContain('Secure')
})

test('a short password is refused, and any character counts', async () => {
  const rig = await openRig()
  const token = await rig.setupToken()
  const set = (given: string) =>
    rig.post('/auth/setup', { token, email: 'olga@example.com', name: 'Olga', password: given })
  expect((await set('short')).status).toBe(400)
  expect((await set('x'.repeat(257))).status).toBe(400)
  expect((await set('żółw żółw ')).status).toBe(200)
  expect((await rig.signIn('olga@example.com', 'żółw żółw '.normalize('NFD'))).status).toBe(200)
})

test('only JSON is taken, so no form of another site gets through', async () => {
  const rig = await openRig()
  const { body, cookie = '' } = await rig.setUp()
  const payload = JSON.stringify({ email: 'olga@example.com', password })
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])
    expect([
      type,
      (await rig.call('POST', '/auth/sign-in', { payload, headers: { 'content-type': type } })).status,
    ]).toEqual([type, 400])
  // Routes that act on the cookie alone need a header that a page of another site cannot set.
  for (const url of ['/auth/refresh', '/auth/sign-out']) {
    expect((await rig.call('POST', url, { cookie })).status).toBe(400)
    expect((await rig.call('POST', url, { cookie, headers: { 'x-trailstitch': '0' } })).status).toBe(400)
  }
  expect((await rig.refresh(cookie)).status).toBe(200)
  expect((await rig.call('GET', '/me', { token: body.accessToken })).status).toBe(200)
  // And no site is invited to ask.
  const asked = await rig.call('POST', '/auth/refresh', { cookie, headers: { origin: 'https://evil.test' } })
  expect(asked.headers['access-control-allow-origin']).toBeUndefined()
})

test('no secret is kept as it is', async () => {
  const rig = await openRig()
  const { body, cookie = '' } = await rig.setUp()
  const made = await rig.post('/projects/shop/api-keys', { name: 'k', scopes: ['read'] }, { token: body.accessToken })
  const invited = await rig.post(
    '/projects/shop/invitations',
    { email: 'bob@example.com', role: 'viewer' },
    { token: body.accessToken },
  )
  const kinds = ['account', 'session', 'team', 'invitation', 'api-key', 'audit', 'setup']
  const kept = await Promise.all(kinds.map((kind) => rig.directory.list(kind, { limit: 100 })))
  const text = JSON.stringify(kept)
  expect(text).toContain('olga@example.com')
  for (const secret of [password, cookie, body.accessToken, made.body.key, invited.body.link.split('=')[1]])
    expect(text).not.toContain(secret)
  expect(text).toContain('$argon2id$')
})

test('an access token is good for ten minutes', async () => {
  const rig = await openRig()
  const { body } = await rig.setUp()
  rig.elapse(accessTokenMs - 1_000)
  expect((await rig.call('GET', '/me', { token: body.accessToken })).status).toBe(200)
  rig.elapse(1_000)
  expect((await rig.call('GET', '/me', { token: body.accessToken })).body.code).toBe('unauthorized')
})
