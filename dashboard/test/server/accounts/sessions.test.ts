import { base64url, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { createSecrets } from '../../../src/server/accounts/secrets.ts'
import { idleMs, maxSessionMs, overlapMs } from '../../../src/server/accounts/sessions.ts'
import { openRig, password, type Rig } from './rig.ts'

const me = (rig: Rig, token: string) => rig.call('GET', '/me', { token })

test('a refresh gives another token each time, and the session goes on', async () => {
  const rig = await openRig()
  const first = await rig.setUp()
  rig.elapse(60_000)
  const second = await rig.refresh(first.cookie ?? '')
  expect([second.status, second.body.user.email]).toEqual([200, 'olga@example.com'])
  expect(second.cookie).not.toBe(first.cookie)
  rig.elapse(60_000)
  expect((await rig.refresh(second.cookie ?? '')).status).toBe(200)
})

test('two tabs that refresh at once get the same successor', async () => {
  const rig = await openRig()
  const { cookie = '' } = await rig.setUp()
  const tabs = await Promise.all([rig.refresh(cookie), rig.refresh(cookie), rig.refresh(cookie)])
  expect(tabs.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(tabs.map((tab) => tab.cookie)).size).toBe(1)
  rig.elapse(overlapMs)
  expect((await rig.refresh(cookie)).cookie).toBe(tabs[0]?.cookie)
})

test('a refresh token that is used again later ends the whole session, for the thief and for the owner', async () => {
  const rig = await openRig()
  const { cookie: stolen = '' } = await rig.setUp()
  const { body, cookie = '' } = await rig.refresh(stolen)
  rig.elapse(overlapMs + 1)
  const thief = await rig.refresh(stolen)
  expect([thief.status, thief.body.code, thief.cookie]).toEqual([401, 'session_ended', ''])
  expect((await rig.refresh(cookie)).body.code).toBe('session_ended')
  expect((await me(rig, body.accessToken)).status).toBe(401)
  // A token that is two behind is stolen even at once.
  const again = await rig.signIn('olga@example.com')
  const next = await rig.refresh(again.cookie ?? '')
  const last = await rig.refresh(next.cookie ?? '')
  expect((await rig.refresh(again.cookie ?? '')).status).toBe(401)
  expect((await rig.refresh(last.cookie ?? '')).status).toBe(401)
})

test('what is no token of ours ends nothing', async () => {
  const rig = await openRig()
  const { cookie = '' } = await rig.setUp()
  const [id = '', generation = '', mac = ''] = cookie.split('.')
  const forged = [
    `${id}.${Number(generation) + 1}.${mac}`,
    `${id}.0.${mac}`,
    `${id}.${generation}.${mac.slice(1)}A`,
    `${id}.${generation}`,
    '',
    'x'.repeat(5_000),
  ]
  for (const token of forged) expect((await rig.refresh(token)).body.code).toBe('session_ended')
  expect((await rig.refresh(cookie)).status).toBe(200)
})

test('a session ends when nobody uses it, and after ninety days however much it is used', async () => {
  const rig = await openRig()
  const idle = await rig.setUp()
  rig.elapse(idleMs)
  expect((await rig.refresh(idle.cookie ?? '')).status).toBe(401)
  let { cookie = '' } = await rig.signIn('olga@example.com')
  const began = rig.deps.now()
  while (rig.deps.now() + idleMs / 2 < began + maxSessionMs) {
    rig.elapse(idleMs / 2)
    const answer = await rig.refresh(cookie)
    expect(answer.status).toBe(200)
    cookie = answer.cookie ?? ''
  }
  rig.elapse(idleMs / 2)
  expect((await rig.refresh(cookie)).status).toBe(401)
})

test('signing out ends the session at once, its access token included; everywhere ends them all', async () => {
  const rig = await openRig()
  const one = await rig.setUp()
  const two = await rig.signIn('olga@example.com')
  const three = await rig.signIn('olga@example.com')
  const headers = { 'x-trailstitch': '1' }
  const out = await rig.call('POST', '/auth/sign-out', { cookie: one.cookie ?? '', headers })
  expect([out.status, out.cookie]).toEqual([200, ''])
  expect((await me(rig, one.body.accessToken)).status).toBe(401)
  expect((await rig.refresh(one.cookie ?? '')).status).toBe(401)
  expect((await me(rig, two.body.accessToken)).status).toBe(200)
  await rig.call('POST', '/auth/sign-out-everywhere', { token: two.body.accessToken })
  for (const { body, cookie } of [two, three]) {
    expect((await me(rig, body.accessToken)).status).toBe(401)
    expect((await rig.refresh(cookie ?? '')).status).toBe(401)
  }
})

test('a changed password ends all other sessions, and needs the one before', async () => {
  const rig = await openRig()
  const one = await rig.setUp()
  const two = await rig.signIn('olga@example.com')
  const next = 'another long password'
  const change = (current: string) => rig.post('/me/password', { current, next }, { token: two.body.accessToken })
  expect((await change('not the password')).body.code).toBe('wrong_password')
  expect((await change(password)).status).toBe(200)
  expect((await me(rig, one.body.accessToken)).status).toBe(401)
  expect((await me(rig, two.body.accessToken)).status).toBe(200)
  expect((await rig.signIn('olga@example.com')).status).toBe(401)
  expect((await rig.signIn('olga@example.com', next)).status).toBe(200)
})

test('tokens that were not made for this, or by nobody, are refused', async () => {
  const rig = await openRig()
  const { body } = await rig.setUp()
  const [head = '', claims = ''] = body.accessToken.split('.')
  const payload = JSON.parse(new TextDecoder().decode(base64url.decode(claims)))
  const none = base64url.encode(JSON.stringify({ alg: 'none' }))
  const key = createSecrets('a secret of the tests').key('access token')
  const sign = (change: object, with_ = key, alg = 'HS256') =>
    new SignJWT({ ...payload, ...change }).setProtectedHeader({ alg }).sign(with_)
  expect((await me(rig, await sign({}))).status).toBe(200)
  const { exp: _, ...endless } = payload
  const bad = [
    `${none}.${claims}.`,
    `${head}.${claims}.`,
    await sign({ aud: 'somebody-else' }),
    await sign({ iss: 'somebody-else' }),
    await sign({ sub: 'somebody-else' }),
    await sign({ sid: 'no-such-session' }),
    await sign({}, createSecrets('another secret').key('access token')),
    await sign({}, createSecrets('a secret of the tests').key('refresh token')),
    await sign({}, new Uint8Array(64).fill(1), 'HS512'),
    await new SignJWT(endless).setProtectedHeader({ alg: 'HS256' }).sign(key),
    'garbage',
  ]
  for (const token of bad) expect([token, (await me(rig, token)).status]).toEqual([token, 401])
})
