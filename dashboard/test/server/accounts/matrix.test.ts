import type { RouteOptions } from 'fastify'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { createAccess } from '../../../src/server/accounts/access.ts'
import { type Role, rankOf, roles, type Scope, scopes } from '../../../src/server/accounts/documents.ts'
import { permissions } from '../../../src/server/accounts/permissions.ts'
import { apiPlugin } from '../../../src/server/api.ts'
import { guard } from '../../../src/server/guard.ts'
import { token as adminToken, createOptions, emptyLedger, overviewAnswer, person, projects } from '../scripted.ts'
import { createAccountsOptions, openRig, type Rig, tokenOf } from './rig.ts'

const none = { items: [], nextCursor: null }
const script = {
  people: () => none,
  person: () => person(),
  journey: () => none,
  sessions: () => none,
  live: () => ({ items: [], cursor: '0' }),
  events: () => none,
  overview: ({ from, to }: { from: number; to: number }) => overviewAnswer(from, to),
  ledger: () => emptyLedger,
  clocks: () => ({ days: [] }),
  rejected: () => none,
  event: () => ({ takenOn: null, rememberedSince: null, rejected: [] }),
  processed: () => [],
}

/** The routes as the app has them, whatever the table says. */
async function realRoutes(): Promise<string[]> {
  const names: string[] = []
  const app = Fastify()
  app.addHook('onRoute', ({ method, url }: RouteOptions) => {
    for (const one of [method].flat()) if (one !== 'HEAD') names.push(`${one} ${url.replace('/api/v1', '')}`)
  })
  await app.register(apiPlugin, { ...createOptions({}), accounts: await createAccountsOptions() })
  return names.sort()
}

interface Caller {
  name: string
  token: string | undefined
  /** In the project that is asked for. */
  role?: Role
  scope?: Scope
  isAccount?: boolean
  /** Of any project. */
  isOwner?: boolean
  /** Has the token of a link, which is nobody to all other routes. */
  isVisitor?: boolean
}

async function callers(rig: Rig): Promise<Caller[]> {
  await rig.setUp('first@example.com')
  const list: Caller[] = [
    { name: 'nobody', token: undefined },
    { name: 'admin token', token: adminToken, role: 'owner', isOwner: true },
  ]
  for (const role of roles) {
    const { body } = await rig.join(`${role}@example.com`, role)
    list.push({ name: role, token: body.accessToken, role, isAccount: true, isOwner: role === 'owner' })
  }
  const stranger = await rig.join('stranger@example.com', 'owner', 'blog')
  list.push({ name: 'owner of another project', token: stranger.body.accessToken, isAccount: true, isOwner: true })
  for (const scope of scopes)
    for (const project of ['shop', 'blog']) {
      const made = await rig.post(
        `/projects/${project}/api-keys`,
        { name: scope, scopes: [scope] },
        { token: adminToken },
      )
      const isHere = project === 'shop'
      list.push({ name: `key ${scope} of ${project}`, token: made.body.key, ...(isHere && { scope }) })
    }
  const report = await rig.post('/projects/shop/reports', { name: 'r', page: '/', search: '' }, { token: adminToken })
  const share = await rig.post(
    '/projects/shop/shares',
    { report: report.body.id, search: '', queries: [{ type: 'overview', from: 0, to: 1, top: 1 }], range: 'movable' },
    { token: adminToken },
  )
  const visit = await rig.post('/shared/open', { token: tokenOf(share.body.link) })
  list.push({ name: 'visitor with a link', token: visit.body.accessToken, isVisitor: true })
  const embed = await rig.post(
    '/projects/shop/embed-tokens',
    { name: 'e', queries: [{ type: 'overview', from: 0, to: 1, top: 1 }], origins: ['https://app.example'] },
    { token: adminToken },
  )
  list.push({ name: 'embedded chart', token: (embed.body as unknown as { token: string }).token, isVisitor: true })
  list.push({ name: 'the token of a link', token: tokenOf(share.body.link), isVisitor: true })
  return list
}

/** What the table says, worked out in another way than the guard does it. */
function expected(route: string, caller: Caller): 'past' | 401 | 403 | 404 {
  const { needs, scope } = permissions[route] ?? { needs: 'owner' }
  if (needs === 'public') return 'past'
  if (caller.token === undefined || caller.isVisitor) return 401
  if (needs === 'known') return 'past'
  if (needs === 'account') return caller.isAccount ? 'past' : 403
  if (needs === 'owner-somewhere') return caller.isOwner ? 'past' : 403
  if (caller.scope) return caller.scope === scope ? 'past' : 403
  if (!caller.role) return 404
  return rankOf(caller.role) >= rankOf(needs) ? 'past' : 403
}

test('the table names the routes there are, and no others', async () => {
  expect(Object.keys(permissions).sort()).toEqual(await realRoutes())
})

test('a route that the table does not name keeps the API from starting', () => {
  const app = Fastify()
  guard(app, createAccess({ projects, adminToken }), async () => {})
  expect(() => app.get('/forgotten', async () => ({}))).toThrow('GET /forgotten is not in the table')
})

test('each route is open to those the table lets in, and to nobody else', async () => {
  const rig = await openRig({ script })
  const all = await callers(rig)
  const wrong: unknown[] = []
  for (const route of await realRoutes()) {
    // Ends the sessions that the others are asked with.
    if (route === 'POST /auth/sign-out-everywhere') continue
    const [method = '', path = ''] = route.split(' ')
    const url = path
      .replace(':project', 'shop')
      .replace(/:\w+/, 'some-id')
      .replace(/^(?!\/(?:auth|me|projects|openapi))(.*)$/, '$1?project=shop')
    for (const caller of all) {
      if (route === 'GET /live/stream' && expected(route, caller) === 'past') continue
      const { status, body } = await rig.call(method as 'GET', url, {
        ...(caller.token !== undefined && { token: caller.token }),
        ...(method !== 'GET' && method !== 'DELETE' && { payload: { project: 'shop' } }),
      })
      // Past the guard a route finds fault with our empty bodies and made-up ids; with the caller it must not.
      const answer =
        status === 401 && body.code === 'unauthorized'
          ? 401
          : body.code === 'forbidden' || body.code === 'account_needed'
            ? 403
            : body.code === 'unknown_project'
              ? 404
              : status >= 500
                ? status
                : 'past'
      const should = expected(route, caller)
      // A viewer may leave, but not take others out.
      const isOwnRule = route.startsWith('DELETE /projects/:project/members') && should === 'past' && answer === 403
      if (answer !== should && !isOwnRule) wrong.push([route, caller.name, { answer, should }])
    }
  }
  expect(wrong).toEqual([])
}, 60_000)

test('an owner of another project cannot tell that a project is there', async () => {
  const rig = await openRig({ script })
  await rig.setUp()
  const { accessToken: token } = (await rig.join('stranger@example.com', 'owner', 'blog')).body
  for (const url of ['/people?project=', '/overview?project=', '/ledger?project=', '/live/stream?project=']) {
    const [there, missing] = [
      await rig.call('GET', `${url}shop`, { token }),
      await rig.call('GET', `${url}nope`, { token }),
    ]
    expect([url, there.status, there.body]).toEqual([url, 404, missing.body])
  }
  expect((await rig.call('GET', '/ledger?project=*', { token })).body.code).toBe('unknown_project')
  expect((await rig.call('GET', '/ledger?project=*', { token: adminToken })).status).toBe(200)
  expect((await rig.call('GET', '/projects', { token })).body.items.map(({ id }) => id)).toEqual(['blog'])
  // Without a name it is the first project that the caller sees, not the first there is.
  expect((await rig.call('GET', '/overview', { token })).body).toMatchObject({ project: 'blog' })
  const inBody = await rig.post('/query', { type: 'properties', project: 'shop' }, { token })
  expect(inBody.body.code).toBe('unknown_project')
  const asTwo = await rig.post('/query?project=blog', { type: 'properties', project: 'shop' }, { token })
  expect(asTwo.body.code).toBe('invalid_request')
})
