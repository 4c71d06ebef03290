import type { TokenSource } from '../api/client.ts'
import { ApiFailure, readFailure, request } from '../api/failure.ts'

export interface User {
  id: string
  email: string
  name: string
  totp: boolean
}
/** What the server answers to every kind of sign-in. */
export interface SessionAnswer {
  accessToken: string
  expiresAt: string | number
  user: User
}
/** Whoever has the operator's token has no account and is an owner everywhere. */
export type Identity = { kind: 'account'; user: User } | { kind: 'operator' }

export interface Session extends TokenSource {
  /** Undefined: nobody is signed in. */
  identity(): Identity | undefined
  /** Looks for a token of the operator in the address or this tab, else for the cookie of an earlier sign-in. */
  begin(): Promise<Identity | undefined>
  accept(answer: SessionAnswer): void
  acceptOperator(token: string): Promise<void>
  /** What the person has changed of the own account. */
  changed(user: User): void
  signOut(): Promise<void>
  /** Calls back whenever somebody signs in or out. */
  subscribe(listener: () => void): () => void
}

export interface SessionDeps {
  now(): number
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
  /** Removes the token from the address once it is read. */
  takeHashToken(): string | undefined
}

const storageKey = 'trailstitch.operator'
/** A token is replaced this long before it ends, so that none ends under way. */
const renewBeforeMs = 30_000

/** Calls a route under /auth; the header tells the server that no other site made the browser send it. */
export async function postAuth<T>(path: string, body: object = {}, token?: string): Promise<T> {
  const response = await request(`/api/v1/auth${path}`, {
    method: 'POST',
    credentials: 'same-origin',
    headers: {
      'content-type': 'application/json',
      'x-trailstitch': '1',
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw await readFailure(response)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}

interface State {
  identity: Identity | undefined
  access: { token: string; expiresAt: number } | undefined
  /** One at a time: the cookie is replaced with each. */
  renewal: Promise<void> | undefined
  listeners: Set<() => void>
}

/** Who is signed in. The access token is in memory alone; the refresh token is a cookie that no script can read. */
export function createSession(deps: SessionDeps): Session {
  const state: State = { identity: undefined, access: undefined, renewal: undefined, listeners: new Set() }
  const become = (identity: Identity | undefined, access: State['access']): void => {
    state.identity = identity
    state.access = access
    for (const listener of state.listeners) listener()
  }
  const accept = ({ accessToken, expiresAt, user }: SessionAnswer): void =>
    become({ kind: 'account', user }, { token: accessToken, expiresAt: new Date(expiresAt).getTime() })
  const end = (): void => {
    deps.storage.removeItem(storageKey)
    become(undefined, undefined)
  }
  const renew = (): Promise<void> => {
    state.renewal ??= postAuth<SessionAnswer>('/refresh')
      .then(accept)
      .finally(() => {
        state.renewal = undefined
      })
    return state.renewal
  }
  const enterAsOperator = (token: string): void => {
    deps.storage.setItem(storageKey, token)
    become({ kind: 'operator' }, { token, expiresAt: Number.POSITIVE_INFINITY })
  }
  return {
    identity: () => state.identity,
    accept,
    async begin() {
      const token = deps.takeHashToken() ?? deps.storage.getItem(storageKey)
      if (token) enterAsOperator(token)
      else await renew().catch(() => {})
      return state.identity
    },
    async acceptOperator(token) {
      const response = await request('/api/v1/projects', { headers: { authorization: `Bearer ${token}` } })
      if (!response.ok) throw await readFailure(response)
      enterAsOperator(token)
    },
    changed: (user) => become({ kind: 'account', user }, state.access),
    async token() {
      if (state.access && state.access.expiresAt - renewBeforeMs <= deps.now()) await renewOrEnd(renew, end)
      if (!state.access) throw new ApiFailure(401, 'unauthorized', 'Nobody is signed in.')
      return state.access.token
    },
    async refused(token) {
      if (state.identity?.kind === 'account' && state.access?.token === token) await renewOrEnd(renew, end)
      else if (state.identity?.kind === 'operator') end()
      return state.access !== undefined
    },
    async signOut() {
      const { identity, access } = state
      if (identity?.kind === 'account') await postAuth('/sign-out', {}, access?.token).catch(() => {})
      end()
    },
    subscribe(listener) {
      state.listeners.add(listener)
      return () => state.listeners.delete(listener)
    },
  }
}

/** A refusal ends the session. A server that is away does not: the next call tries again. */
async function renewOrEnd(renew: () => Promise<void>, end: () => void): Promise<void> {
  try {
    await renew()
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.status === 401 || error.status === 404) end()
    else throw error
  }
}
