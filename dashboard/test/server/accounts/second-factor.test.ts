import { expect, test } from 'vitest'
import { codeOf, toBase32 } from '../../../src/server/accounts/second-factor.ts'
import { fromBase32, shown } from './authenticator.ts'
import { adminToken, openRig, password, tokenOf } from './rig.ts'

const stepMs = 30_000
const email = 'olga@example.com'
async function turnOn() {
  const rig = await openRig()
  const { accessToken: token } = (await rig.setUp()).body
  const { secret, url } = (await rig.post('/me/totp', {}, { token })).body
  const { status, body } = await rig.post('/me/totp/confirm', { code: shown(rig, secret) }, { token })
  expect(status).toBe(200)
  const signIn = (code?: string, given = password) =>
    rig.post('/auth/sign-in', { email, password: given, ...(code !== undefined && { code }) })
  return { rig, token, secret, url, codes: body.recoveryCodes, signIn }
}

test.each([
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
])('at %i s the code is that of RFC 6238', (seconds, code) => {
  expect(codeOf(Buffer.from('12345678901234567890'), Math.floor(seconds / 30))).toBe(code)
})

test('secrets are written as authenticator apps read them', () => {
  expect(toBase32(Buffer.from('fooba'))).toBe('MZXW6YTB')
  expect(toBase32(Buffer.from('12345678901234567890'))).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
})

test('sign-in asks for a code after the right password, and takes each code once', async () => {
  const { rig, token, secret, url, signIn } = await turnOn()
  expect(url).toBe(`otpauth://totp/Trailstitch%3Aolga%40example.com?secret=${secret}&issuer=Trailstitch`)
  expect((await rig.call('GET', '/me', { token })).body).toMatchObject({ user: { totp: true }, recoveryCodes: 10 })
  const asked = await signIn()
  expect([asked.status, asked.body.code, asked.cookie]).toEqual([401, 'code_needed', undefined])
  expect((await signIn(shown(rig, secret), 'wrong')).body.code).toBe('wrong_credentials')
  // The one that turned it on is used up.
  expect((await signIn(shown(rig, secret))).body.code).toBe('wrong_code')
  rig.elapse(stepMs)
  const entered = await signIn(shown(rig, secret))
  expect([entered.status, entered.body.user.totp]).toEqual([200, true])
  expect((await signIn(shown(rig, secret))).body.code).toBe('wrong_code')
  // One step of tolerance either way, and none before the last that counted.
  rig.elapse(2 * stepMs)
  expect((await signIn(shown(rig, secret, 2))).body.code).toBe('wrong_code')
  expect((await signIn(shown(rig, secret, -2))).body.code).toBe('wrong_code')
  expect((await signIn(shown(rig, secret, -1))).status).toBe(200)
  expect((await signIn(` ${shown(rig, secret, 1).replace(/^.../, '$& ')}`)).status).toBe(200)
  expect((await signIn(shown(rig, secret))).body.code).toBe('wrong_code')
})

test('of two who send the same code at once one gets in', async () => {
  const { rig, secret, codes, signIn } = await turnOn()
  rig.elapse(stepMs)
  for (const code of [shown(rig, secret), codes[0] ?? '']) {
    const both = await Promise.all([signIn(code), signIn(code), signIn(code)])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403, 403])
  }
})

test('a recovery code works once, in any writing, and is kept as no more than a mark', async () => {
  const { rig, token, secret, codes, signIn } = await turnOn()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^([a-z2-7]{4}-){3}[a-z2-7]{4}$/)
  const [first = '', second = ''] = codes
  expect((await signIn(first)).status).toBe(200)
  expect((await signIn(first)).body.code).toBe('wrong_code')
  expect((await signIn(second.toUpperCase().replaceAll('-', ' '))).status).toBe(200)
  expect((await rig.call('GET', '/me', { token })).body).toMatchObject({ recoveryCodes: 8 })
  const kept = JSON.stringify((await rig.directory.list('account', { limit: 10 })).items)
  expect(kept).toContain('"recovery"')
  for (const each of [secret, secret.toLowerCase(), fromBase32(secret).toString('hex'), ...codes])
    expect(kept).not.toContain(each)
  for (const each of codes) expect(kept).not.toContain(each.replaceAll('-', ''))
})

test('wrong codes lock the account as wrong passwords do, and so does asking without one', async () => {
  const { rig, secret, signIn } = await turnOn()
  rig.elapse(stepMs)
  for (let tries = 0; tries < 8; tries++) expect((await signIn('000000')).body.code).toBe('wrong_code')
  for (let tries = 0; tries < 2; tries++) expect((await signIn()).body.code).toBe('code_needed')
  expect((await signIn(shown(rig, secret))).body.code).toBe('locked')
  rig.elapse(15 * 60_000)
  expect((await signIn(shown(rig, secret))).status).toBe(200)
  for (let tries = 0; tries < 9; tries++) await signIn('000000')
  rig.elapse(stepMs)
  expect((await signIn(shown(rig, secret))).status).toBe(200)
})

test('an invitation and a set-up link do not get past the second factor', async () => {
  const { rig, secret, codes } = await turnOn()
  const invitation = await rig.post('/projects/blog/invitations', { email, role: 'viewer' }, { token: adminToken })
  const setup = await rig.setupToken()
  const given = { name: 'Olga', password }
  // Olga owns both projects; as somebody who was taken out she may be invited.
  expect(invitation.body.code).toBe('already_member')
  const { items } = (await rig.call('GET', '/projects/blog/members', { token: adminToken })).body
  await rig.join('other@example.com', 'owner', 'blog')
  await rig.call('DELETE', `/projects/blog/members/${items[0]?.userId}`, { token: adminToken })
  const { link } = (await rig.post('/projects/blog/invitations', { email, role: 'viewer' }, { token: adminToken })).body
  rig.elapse(stepMs)
  for (const [url, body] of [
    ['/auth/join', { token: tokenOf(link), ...given }],
    ['/auth/setup', { token: setup, email, ...given }],
  ] as const) {
    expect([url, (await rig.post(url, body)).body.code]).toEqual([url, 'code_needed'])
    expect([url, (await rig.post(url, { ...body, code: '000000' })).body.code]).toEqual([url, 'wrong_code'])
  }
  const joined = await rig.post('/auth/join', { token: tokenOf(link), ...given, code: shown(rig, secret) })
  expect(joined.status).toBe(200)
  expect((await rig.post('/auth/setup', { token: setup, email, ...given, code: codes[0] })).status).toBe(200)
})

test('turning it on ends all other sessions, and turning it off takes the password or a code', async () => {
  const rig = await openRig()
  const { accessToken: token } = (await rig.setUp()).body
  const other = (await rig.signIn(email)).body.accessToken
  expect((await rig.post('/me/totp/confirm', { code: '000000' }, { token })).body.code).toBe('invalid_request')
  const earlier = (await rig.post('/me/totp', {}, { token })).body.secret
  const { secret } = (await rig.post('/me/totp', {}, { token })).body
  const confirm = (code: string) => rig.post('/me/totp/confirm', { code }, { token })
  expect((await confirm(shown(rig, earlier))).body.code).toBe('wrong_code')
  expect((await rig.signIn(email)).status).toBe(200)
  expect((await confirm(shown(rig, secret))).status).toBe(200)
  expect((await rig.call('GET', '/me', { token: other })).status).toBe(401)
  for (const url of ['/me/totp', '/me/totp/confirm'])
    expect((await rig.post(url, { code: '000000' }, { token })).body.code).toBe('second_factor_on')
  const off = (payload: object) => rig.call('DELETE', '/me/totp', { token, payload })
  expect((await off({})).body.code).toBe('wrong_password')
  expect((await off({ password: 'wrong' })).body.code).toBe('wrong_password')
  expect((await off({ code: '000000' })).body.code).toBe('wrong_code')
  rig.elapse(stepMs)
  expect((await off({ code: shown(rig, secret) })).status).toBe(200)
  expect((await off({ code: shown(rig, secret, 1) })).body.code).toBe('wrong_code')
  expect((await rig.signIn(email)).status).toBe(200)
  const { items } = (await rig.call('GET', '/projects/shop/audit', { token: adminToken })).body
  expect(items.map(({ action }) => action).filter((action) => action.startsWith('second'))).toEqual([
    'second-factor.off',
    'second-factor.on',
  ])
})

test('a secret of another server is worth nothing, and odd codes are wrong', async () => {
  const { rig, signIn } = await turnOn()
  for (const code of ['１２３４５６', '-', '1e5', '12345', '1234567', '0x1234', '"', 'x'.repeat(64)])
    expect([code, (await signIn(code)).body.code]).toEqual([code, 'wrong_code'])
  rig.elapse(24 * 3_600_000)
  for (const code of ['', 'x'.repeat(65)]) expect((await signIn(code)).status).toBe(400)
  const there = (await rig.directory.list<{ totp: object }>('account', { limit: 1 })).items[0]
  const totp = { ...there?.body.totp, sealed: 'AAAA' }
  await rig.directory.write(
    'account',
    there?.id ?? '',
    { ...there?.body, totp },
    { expected: there?.version ?? '', keys: { email } },
  )
  expect((await signIn('000000')).body.code).toBe('wrong_code')
})
