import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountsOptions } from '../../../src/server/accounts/service.ts'
import { turnOnSecondFactor } from './authenticator.ts'
import { clientId, clientSecret, startProvider, type TestProvider, walk } from './provider.ts'
import { adminToken, openRig, type Rig } from './rig.ts'

const base = 'http://dash.test'
let provider: TestProvider
beforeAll(async () => {
  provider = await startProvider(`${base}/api/v1/auth/oidc/callback`, {
    olga: { email: 'Olga@Example.com', email_verified: true, name: 'Olga at work' },
    vera: { email: 'vera@example.com', email_verified: true },
    eve: { email: 'olga@example.com', email_verified: false },
    stranger: { email: 'olga@example.com.evil.test', email_verified: true },
    nameless: {},
  })
})
afterAll(() => provider.stop())

const open = (oidc: Partial<AccountsOptions['oidc']> = {}) =>
  openRig({
    accounts: {
      oidc: { issuer: provider.issuer, clientId, clientSecret, name: 'Example', domains: [], ...oidc },
    },
  })

async function get({ app }: Rig, url: string, cookie = '') {
  const { statusCode: status, headers, cookies } = await app.inject({ url, headers: { cookie } })
  const cookieOf = (name: string) => cookies.find((each) => each.name === name)
  return { status, location: String(headers.location), cookieOf, headers }
}

async function begin(rig: Rig, to = '/funnels?range=7d') {
  const started = await get(rig, `/api/v1/auth/oidc/start?to=${encodeURIComponent(to)}`)
  const cookie = `trailstitch_oidc=${started.cookieOf('trailstitch_oidc')?.value ?? ''}`
  return { ...started, cookie }
}

const pathOf = ({ pathname, search }: URL) => pathname + search

/** The whole round. `tamper` changes what the browser is sent to. */
async function signIn(rig: Rig, login: string, tamper: (url: URL) => void = () => {}) {
  const { location, cookie } = await begin(rig)
  const url = new URL(location)
  tamper(url)
  const back = await walk(url.href, login)
  expect(back.origin).toBe(base)
  return { ...(await get(rig, pathOf(back), cookie)), back, cookie }
}

test('an account is found by its verified address, and the session is as any other', async () => {
  const rig = await open()
  const { body: owner } = await rig.setUp()
  expect((await rig.call('GET', '/auth/state')).body).toMatchObject({
    oidc: { name: 'Example', url: `${base}/api/v1/auth/oidc/start` },
  })
  const { status, location, cookieOf } = await signIn(rig, 'olga')
  expect([status, location]).toEqual([302, `${base}/funnels?range=7d`])
  expect(cookieOf('trailstitch_refresh')).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/api/v1/auth' })
  expect(cookieOf('trailstitch_oidc')).toMatchObject({ value: '', maxAge: 0 })
  const session = await rig.refresh(cookieOf('trailstitch_refresh')?.value ?? '')
  expect(session.body.user).toEqual(owner.user)
  const audit = await rig.call('GET', '/projects/shop/audit', { token: adminToken })
  const noted = audit.body.items.map(({ action, detail, object }) => [action, detail, object])
  expect(noted).toContainEqual(['session.started', 'Example', owner.user.id])
  expect(noted).toContainEqual(['account.linked', 'Example', owner.user.id])
})

test('what leads to the provider is code, PKCE, state and nonce; the cookie tells none of them', async () => {
  const rig = await open()
  const { status, location, cookieOf } = await begin(rig)
  const { origin, searchParams } = new URL(location)
  expect([status, origin]).toEqual([302, provider.issuer])
  expect(Object.fromEntries(searchParams)).toMatchObject({
    response_type: 'code',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    redirect_uri: `${base}/api/v1/auth/oidc/callback`,
  })
  const attempt = cookieOf('trailstitch_oidc')
  expect(attempt).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/api/v1/auth/oidc', maxAge: 600 })
  expect(Buffer.from(attempt?.value ?? '', 'base64url').toString('latin1')).not.toContain(searchParams.get('state'))
  const secure = await openRig({
    accounts: {
      baseUrl: () => 'https://dash.example.com',
      oidc: { issuer: provider.issuer, clientId, clientSecret, name: 'Example', domains: [] },
    },
  })
  expect((await begin(secure)).cookieOf('trailstitch_oidc')?.secure).toBe(true)
})

test('an address that is not verified is refused, whoever has it', async () => {
  const rig = await open({ domains: ['example.com'] })
  await rig.setUp()
  for (const login of ['eve', 'nameless']) {
    const { location, cookieOf } = await signIn(rig, login)
    expect(location).toBe(`${base}/funnels?range=7d#sign-in=oidc_email`)
    expect(cookieOf('trailstitch_refresh')).toBeUndefined()
  }
})

test('somebody unknown gets an account without projects in an allowed domain, and nowhere else', async () => {
  const closed = await open()
  expect((await signIn(closed, 'vera')).location).toContain('#sign-in=oidc_no_account')
  const rig = await open({ domains: ['example.com'] })
  expect((await signIn(rig, 'stranger')).location).toContain('#sign-in=oidc_no_account')
  const { cookieOf } = await signIn(rig, 'vera')
  const { body } = await rig.refresh(cookieOf('trailstitch_refresh')?.value ?? '')
  expect(body.user).toMatchObject({ email: 'vera@example.com', name: 'vera' })
  expect((await rig.call('GET', '/me', { token: body.accessToken })).body.projects).toEqual([])
  // There is no password to sign in with.
  expect((await rig.signIn('vera@example.com', '')).status).toBe(401)
})

test('an invitation of the verified address is taken with the sign-in, once', async () => {
  const rig = await open({ domains: ['example.com'] })
  await rig.setUp()
  const invite = { email: 'Vera@example.com', role: 'analyst' }
  await rig.post('/projects/shop/invitations', invite, { token: adminToken })
  const { cookieOf } = await signIn(rig, 'vera')
  const { accessToken: token } = (await rig.refresh(cookieOf('trailstitch_refresh')?.value ?? '')).body
  const me = await rig.call('GET', '/me', { token })
  expect(me.body.projects).toMatchObject([{ id: 'shop', role: 'analyst' }])
  const left = await rig.call('GET', '/projects/shop/invitations', { token: adminToken })
  expect(left.body.items).toEqual([])
})

test('who has another address by now is known by the subject, until the address is somebody else’s', async () => {
  const rig = await open({ domains: ['example.com'] })
  const userOf = async (login: string) => {
    const { cookieOf } = await signIn(rig, login)
    return (await rig.refresh(cookieOf('trailstitch_refresh')?.value ?? '')).body.user
  }
  provider.people.mia = { email: 'mia@example.com', email_verified: true }
  const before = await userOf('mia')
  provider.people.mia = { email: 'mia.married@elsewhere.test', email_verified: false }
  expect(await userOf('mia')).toEqual(before)
  const other = (await rig.setUp('mia.new@example.com')).body.user
  provider.people.mia = { email: 'mia.new@example.com', email_verified: true }
  expect(await userOf('mia')).toEqual(other)
  provider.people.mia = {}
  expect(await userOf('mia')).toEqual(other)
})

test('a second factor is asked for here, too', async () => {
  const rig = await open()
  const { body: owner } = await rig.setUp()
  const codeAt = await turnOnSecondFactor(rig, owner.accessToken)
  const { location, cookieOf } = await signIn(rig, 'olga')
  expect(location).toBe(`${base}/funnels?range=7d#sign-in=code`)
  expect(cookieOf('trailstitch_refresh')).toBeUndefined()
  const halfway = cookieOf('trailstitch_oidc_code')
  expect(halfway).toMatchObject({ httpOnly: true, sameSite: 'Strict', maxAge: 300 })
  const give = (code: string, cookie = halfway?.value ?? '', headers: object = { 'x-trailstitch': '1' }) =>
    rig.post('/auth/oidc/code', { code }, { headers: { ...headers, cookie: `trailstitch_oidc_code=${cookie}` } })
  expect((await give('000000')).body.code).toBe('wrong_code')
  rig.elapse(30_000)
  expect((await give(codeAt(), halfway?.value, {})).body.code).toBe('invalid_request')
  expect((await give(codeAt(), 'made up')).body.code).toBe('oidc_expired')
  const done = await give(codeAt())
  expect([done.status, done.body.user.id]).toEqual([200, owner.user.id])
  expect((await rig.refresh(done.cookie ?? '')).status).toBe(200)
  // The code counts once, and the time for it ends.
  expect((await give(codeAt())).body.code).toBe('wrong_code')
  rig.elapse(5 * 60_000)
  expect((await give(codeAt())).body.code).toBe('oidc_expired')
})

test('a way back that began elsewhere, twice, too long ago or not at all is refused', async () => {
  const rig = await open()
  await rig.setUp()
  const mine = await begin(rig)
  const theirs = await begin(rig)
  const back = pathOf(await walk(theirs.location, 'olga'))
  const outcome = async (url: string, cookie: string) => {
    const { location, cookieOf } = await get(rig, url, cookie)
    expect(cookieOf('trailstitch_refresh')).toBeUndefined()
    return location.split('#')[1]
  }
  expect(await outcome(back, mine.cookie)).toBe('sign-in=oidc_expired')
  expect(await outcome(back, '')).toBe('sign-in=oidc_expired')
  expect(await outcome(back, 'trailstitch_oidc=made.up')).toBe('sign-in=oidc_expired')
  expect(await outcome('/api/v1/auth/oidc/callback', theirs.cookie)).toBe('sign-in=oidc_expired')
  const state = new URL(theirs.location).searchParams.get('state') ?? ''
  expect(await outcome(`/api/v1/auth/oidc/callback?state=${state}&code=guess`, theirs.cookie)).toBe(
    'sign-in=oidc_failed',
  )
  expect(await outcome(`/api/v1/auth/oidc/callback?state=${state}&code=a&code=b`, theirs.cookie)).toBe(
    'sign-in=oidc_failed',
  )
  rig.elapse(10 * 60_000)
  expect(await outcome(back, theirs.cookie)).toBe('sign-in=oidc_expired')
})

test('a code works once, also for the browser it was for', async () => {
  const rig = await open()
  await rig.setUp()
  const { back, cookie } = await signIn(rig, 'olga')
  expect((await get(rig, pathOf(back), cookie)).location).toContain('#sign-in=oidc_failed')
})

test('a token for another nonce, and a code for another verifier, are refused', async () => {
  const rig = await open()
  await rig.setUp()
  for (const [name, value] of [
    ['nonce', 'another-nonce'],
    ['code_challenge', 'x'.repeat(43)],
  ] as const) {
    const { location, cookieOf } = await signIn(rig, 'olga', ({ searchParams }) => searchParams.set(name, value))
    expect([name, location]).toEqual([name, `${base}/funnels?range=7d#sign-in=oidc_failed`])
    expect(cookieOf('trailstitch_refresh')).toBeUndefined()
  }
  // The log says why, and holds neither tokens nor addresses.
  const logged = JSON.stringify(rig.logged)
  expect(logged).toContain('nonce')
  expect(logged).toContain('invalid_grant')
  expect(logged).not.toContain('@')
})

test('who declines at the provider comes back with that', async () => {
  const rig = await open()
  const { location, cookie } = await begin(rig)
  const back = await walk(location, 'olga', { answer: 'no' })
  expect((await get(rig, pathOf(back), cookie)).location).toContain('#sign-in=oidc_cancelled')
})

test('nobody is led to another site', async () => {
  const rig = await open()
  for (const to of ['//evil.test', 'https://evil.test', '/\\evil.test', '/..//evil.test', 'javascript:alert(1)']) {
    const { cookie, location } = await begin(rig, to)
    const back = await walk(location, 'stranger')
    expect(new URL((await get(rig, pathOf(back), cookie)).location).origin).toBe(base)
  }
  expect((await get(rig, `/api/v1/auth/oidc/start?to=/${'x'.repeat(5_000)}`)).status).toBe(400)
})

test('a provider that is away leads back, and is asked again the next time', async () => {
  const server = createServer((_request, response) => response.writeHead(503).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const rig = await open({ issuer: `http://127.0.0.1:${port}` })
  expect((await begin(rig)).location).toBe(`${base}/funnels?range=7d#sign-in=oidc_failed`)
  server.removeAllListeners('request')
  server.on('request', (_request, response) => {
    const issuer = `http://127.0.0.1:${port}`
    const body = { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  expect((await begin(rig)).location).toContain(`http://127.0.0.1:${port}/auth?`)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

test('without a provider its routes are not there', async () => {
  const rig = await openRig()
  for (const url of ['/auth/oidc/start', '/auth/oidc/callback']) expect((await rig.call('GET', url)).status).toBe(404)
  const code = await rig.post('/auth/oidc/code', { code: '1' }, { headers: { 'x-trailstitch': '1' } })
  expect(code.body.code).toBe('not_found')
})
