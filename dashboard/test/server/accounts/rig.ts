import { mergeProjects, openDirectory, openKv, readProjects, silentLog } from '@trailstitch/backends'
import { createProjects } from '@trailstitch/protocol'
import type { FastifyInstance, InjectOptions } from 'fastify'
import type { Role } from '../../../src/server/accounts/documents.ts'
import type { AccountsOptions, Mail } from '../../../src/server/accounts/service.ts'
import { makeSetupLink } from '../../../src/server/accounts/setup.ts'
import { createDashboardApp } from '../../../src/server/app.ts'
import type { DemoEvents } from '../../../src/server/options.ts'
import { createManualTimer } from '../manual-timer.ts'
import { token as adminToken, createOptions, type Script, start } from '../scripted.ts'

// A dashboard with accounts over a real directory in memory, with a clock of its own.

export const password = 'correct horse battery'
/** As little work as the library takes: what it costs is not what is tested. */
const passwordCost = { memoryKiB: 8, passes: 1, lanes: 1 }

export async function createAccountsOptions(more: Partial<AccountsOptions> = {}): Promise<AccountsOptions> {
  const deps = { now: () => start, log: silentLog }
  return {
    directory: await openDirectory('memory:', deps),
    secret: 'a secret of the tests',
    baseUrl: () => 'http://dash.test',
    passwordCost,
    refreshProjects: async () => {},
    ...more,
  }
}

/** What the answers of these routes may hold. A test that asks for what is not there finds undefined, and fails. */
interface Answer {
  code: string
  accessToken: string
  user: { id: string; email: string; name: string; totp: boolean }
  secret: string
  url: string
  recoveryCodes: string[]
  projects: { id: string; name: string; role: string }[]
  needsSetup: boolean
  link: string
  id: string
  key: string
  items: {
    id: string
    userId: string
    email: string
    name: string
    role: string
    scopes: string[]
    who: object
    action: string
    object: string
    detail?: string
    address: string
    at: string
    key: string
    until: string | null
    timeZone: string | null
    excludes: string[]
  }[]
  nextCursor: string | null
  version: string
  until: string | null
  timeZone: string | null
  excludes: string[]
}

export interface Reply {
  status: number
  body: Answer
  headers: Record<string, string | string[] | number | undefined>
  /** The value of the refresh cookie that was set, if one was. */
  cookie: string | undefined
}

type Request = Pick<InjectOptions, 'headers' | 'payload' | 'remoteAddress'> & { token?: string; cookie?: string }

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

const createCall =
  (app: FastifyInstance) =>
  async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, request: Request = {}): Promise<Reply> => {
    const { token, cookie, headers, ...rest } = request
    const response = await app.inject({
      method,
      url: `/api/v1${url}`,
      headers: {
        ...(token !== undefined && bearer(token)),
        ...(cookie !== undefined && { cookie: `trailstitch_refresh=${cookie}` }),
        ...headers,
      },
      ...rest,
    })
    const set = response.cookies.find(({ name }) => name === 'trailstitch_refresh')
    return {
      status: response.statusCode,
      body: (response.body.startsWith('{') ? response.json() : {}) as Answer,
      headers: response.headers,
      cookie: set?.value,
    }
  }

export async function openRig(
  options: { script?: Script; accounts?: Partial<AccountsOptions>; demo?: DemoEvents } = {},
) {
  const clock = { now: start }
  const logged: { fields: object; message: string }[] = []
  const keep = (fields: object, message: string) => void logged.push({ fields, message })
  const deps = { now: () => clock.now, log: { info: keep, warn: keep, error: keep } }
  const mails: Mail[] = []
  const timer = createManualTimer()
  const accounts = await createAccountsOptions({
    directory: await openDirectory('memory:', deps),
    kv: await openKv('memory:', deps),
    ...options.accounts,
  })
  const { directory } = accounts
  const scripted = createOptions(options.script ?? {}, { timer })
  const configured = scripted.projects.all()
  // Of its own: what a test changes is no other test's business.
  const projects = createProjects(configured)
  accounts.refreshProjects = async () => projects.replace(mergeProjects(configured, await readProjects(directory)))
  const app = await createDashboardApp({
    ...{ ...scripted, projects, deps, accounts },
    ...(options.demo && { demo: options.demo }),
  })
  const { asked } = scripted.store

  const call = createCall(app)
  const post = (url: string, payload: object, more: Request = {}) => call('POST', url, { payload, ...more })
  const refresh = (cookie: string, more: Request = {}) =>
    call('POST', '/auth/refresh', { ...more, cookie, headers: { 'x-trailstitch': '1', ...more.headers } })
  const setupToken = async () => tokenOf(await makeSetupLink(directory, 'http://dash.test', deps))
  const setUp = async (email = 'olga@example.com') =>
    post('/auth/setup', { token: await setupToken(), email, name: 'Olga', password })
  const signIn = (email: string, given = password, more: Request = {}) =>
    post('/auth/sign-in', { email, password: given }, more)
  /** Invites somebody with the admin token and lets them join. */
  const join = async (email: string, role: Role, project = 'shop') => {
    const { body } = await post(`/projects/${project}/invitations`, { email, role }, { token: adminToken })
    return post('/auth/join', { token: tokenOf(body.link), name: email.split('@')[0] ?? '', password })
  }
  const elapse = (ms: number) => {
    clock.now += ms
  }
  const { queue } = scripted
  return {
    app,
    projects,
    asked,
    queue,
    directory,
    deps,
    mails,
    logged,
    timer,
    call,
    post,
    refresh,
    setupToken,
    setUp,
    signIn,
    join,
    elapse,
  }
}

export type Rig = Awaited<ReturnType<typeof openRig>>

export const tokenOf = (link: string): string => link.split('#token=')[1] ?? ''
export { adminToken }
