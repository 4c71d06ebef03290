import { expect, test } from 'vitest'
import { adminToken, openRig, password, tokenOf } from './rig.ts'

const minuteMs = 60_000

test('an invitation works once, for a week, and up to the own role', async () => {
  const rig = await openRig()
  const owner = (await rig.setUp()).body.accessToken
  const invite = (email: string, role: string, token: string) =>
    rig.post('/projects/shop/invitations', { email, role }, { token })
  const { link } = (await invite('adam@example.com', 'admin', owner)).body
  expect(link).toMatch(/^http:\/\/dash\.test\/join#token=[\w-]{43}$/)
  const token = tokenOf(link)
  const accept = () => rig.post('/auth/join', { token, name: 'Adam', password })
  const joined = await accept()
  expect(joined.body.user).toMatchObject({ email: 'adam@example.com', name: 'Adam' })
  expect((await accept()).body.code).toBe('unknown_link')
  const admin = joined.body.accessToken
  expect((await rig.call('GET', '/me', { token: admin })).body.projects).toEqual([
    { id: 'shop', name: 'Shop', role: 'admin', timeZone: null, excludes: [], isDemo: false },
  ])
  expect((await invite('x@example.com', 'owner', admin)).body.code).toBe('forbidden')
  expect((await invite('olga@example.com', 'viewer', admin)).body.code).toBe('already_member')
  const late = tokenOf((await invite('late@example.com', 'viewer', admin)).body.link)
  rig.elapse(7 * 24 * 60 * minuteMs)
  expect((await rig.post('/auth/join', { token: late, name: 'Late', password })).body.code).toBe('unknown_link')
})

test('who has an account joins with its password, and nobody else joins for them', async () => {
  const rig = await openRig()
  await rig.setUp()
  await rig.join('vera@example.com', 'viewer')
  const invited = { email: 'vera@example.com', role: 'analyst' }
  const { link } = (await rig.post('/projects/blog/invitations', invited, { token: adminToken })).body
  const accept = (given: string) => rig.post('/auth/join', { token: tokenOf(link), name: 'Eve', password: given })
  expect((await accept('a password of my own')).body.code).toBe('wrong_credentials')
  const { body } = await accept(password)
  expect(body.user.name).toBe('vera')
  expect((await rig.call('GET', '/me', { token: body.accessToken })).body.projects.map(({ role }) => role)).toEqual([
    'viewer',
    'analyst',
  ])
})

test('an invitation can be withdrawn, by its own project alone', async () => {
  const rig = await openRig()
  const token = (await rig.setUp()).body.accessToken
  const { link } = (await rig.post('/projects/shop/invitations', { email: 'b@example.com', role: 'viewer' }, { token }))
    .body
  const { items } = (await rig.call('GET', '/projects/shop/invitations', { token })).body
  expect(items).toMatchObject([{ email: 'b@example.com', role: 'viewer' }])
  const withdraw = (project: string) =>
    rig.call('DELETE', `/projects/${project}/invitations/${items[0]?.id}`, { token })
  expect((await withdraw('blog')).status).toBe(404)
  expect((await withdraw('shop')).status).toBe(200)
  expect((await rig.post('/auth/join', { token: tokenOf(link), name: 'B', password })).status).toBe(404)
})

test('a project keeps an owner, whoever leaves and however many at once', async () => {
  const rig = await openRig()
  const olga = (await rig.setUp()).body
  const leave = (id: string, token: string) => rig.call('DELETE', `/projects/shop/members/${id}`, { token })
  expect((await leave(olga.user.id, olga.accessToken)).body.code).toBe('last_owner')
  const demoted = await rig.call('PATCH', `/projects/shop/members/${olga.user.id}`, {
    payload: { role: 'admin' },
    token: olga.accessToken,
  })
  expect(demoted.body.code).toBe('last_owner')
  const otto = (await rig.join('otto@example.com', 'owner')).body
  const both = await Promise.all([leave(olga.user.id, olga.accessToken), leave(otto.user.id, otto.accessToken)])
  expect(both.map(({ status }) => status).sort()).toEqual([200, 409])
  const { items } = (await rig.call('GET', '/projects/shop/members', { token: adminToken })).body
  expect(items.map(({ role }) => role)).toEqual(['owner'])
})

test('nobody changes a role above their own, and everybody may leave', async () => {
  const rig = await openRig()
  const olga = (await rig.setUp()).body
  const adam = (await rig.join('adam@example.com', 'admin')).body
  const vera = (await rig.join('vera@example.com', 'viewer')).body
  const change = (id: string, role: string, token: string) =>
    rig.call('PATCH', `/projects/shop/members/${id}`, { payload: { role }, token })
  const remove = (id: string, token: string) => rig.call('DELETE', `/projects/shop/members/${id}`, { token })
  expect((await change(olga.user.id, 'viewer', adam.accessToken)).status).toBe(403)
  expect((await remove(olga.user.id, adam.accessToken)).status).toBe(403)
  expect((await change(adam.user.id, 'owner', adam.accessToken)).status).toBe(403)
  expect((await change(vera.user.id, 'admin', adam.accessToken)).status).toBe(200)
  expect((await change('nobody', 'admin', adam.accessToken)).body.code).toBe('unknown_member')
  expect((await change('constructor', 'admin', adam.accessToken)).body.code).toBe('unknown_member')
  expect((await change(vera.user.id, 'viewer', adam.accessToken)).status).toBe(200)
  expect((await remove(adam.user.id, vera.accessToken)).status).toBe(403)
  expect((await remove(vera.user.id, vera.accessToken)).status).toBe(200)
  // What one may no longer see is gone with the next request.
  expect((await rig.call('GET', '/me', { token: vera.accessToken })).body.projects).toEqual([])
  expect((await rig.call('GET', '/people', { token: vera.accessToken })).body.code).toBe('unknown_project')
})

test('a forgotten password is set anew by a link, which the answer does not tell of', async () => {
  const mails: { to: string; text: string }[] = []
  const sendMail = async (mail: { to: string; text: string }) => void mails.push(mail)
  const rig = await openRig({ accounts: { sendMail } })
  const before = await rig.setUp()
  const forgot = (email: string) => rig.post('/auth/forgot', { email }, { remoteAddress: '10.0.0.1' })
  const [known, unknown] = [await forgot('Olga@example.com'), await forgot('nobody@example.com')]
  expect([known.status, known.body]).toEqual([202, {}])
  expect([unknown.status, unknown.body]).toEqual([202, {}])
  await expect.poll(() => mails.map(({ to }) => to)).toEqual(['olga@example.com'])
  const token = /#token=([\w-]+)/.exec(mails[0]?.text ?? '')?.[1] ?? ''
  const reset = (given: string) => rig.post('/auth/reset', { token, password: given })
  expect((await reset('short')).status).toBe(400)
  expect((await reset('a whole new password')).status).toBe(200)
  expect((await reset('yet another password')).body.code).toBe('unknown_link')
  expect((await rig.refresh(before.cookie ?? '')).status).toBe(401)
  expect((await rig.signIn('olga@example.com')).status).toBe(401)
  expect((await rig.signIn('olga@example.com', 'a whole new password')).status).toBe(200)
})

test('a reset link is over after an hour, three are sent in one, and without mail it is in the log', async () => {
  const rig = await openRig()
  await rig.setUp()
  for (let times = 0; times < 5; times++) await rig.post('/auth/forgot', { email: 'olga@example.com' })
  const links = () => rig.logged.flatMap(({ fields }) => ('link' in fields ? [String(fields.link)] : []))
  await expect.poll(() => links().length).toBe(3)
  rig.elapse(60 * minuteMs)
  const late = await rig.post('/auth/reset', { token: tokenOf(links()[0] ?? ''), password: 'a whole new password' })
  expect(late.body.code).toBe('unknown_link')
})

test('a name can be changed, a set-up link makes an account that exists an owner', async () => {
  const rig = await openRig()
  await rig.setUp()
  const vera = (await rig.join('vera@example.com', 'viewer')).body
  const renamed = await rig.call('PATCH', '/me', { payload: { name: 'Vera V.' }, token: vera.accessToken })
  expect(renamed.body).toMatchObject({ name: 'Vera V.', email: 'vera@example.com' })
  const token = await rig.setupToken()
  const open = (given: string) =>
    rig.post('/auth/setup', { token, email: 'vera@example.com', name: 'x', password: given })
  expect((await open('not her password')).status).toBe(401)
  expect((await open(password)).body.user.name).toBe('Vera V.')
  expect((await rig.call('GET', '/me', { token: vera.accessToken })).body.projects.map(({ role }) => role)).toEqual([
    'owner',
    'owner',
  ])
})
