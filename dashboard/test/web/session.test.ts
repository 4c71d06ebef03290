import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createSession } from '../../web/auth/session.ts'

const user = { id: 'u1', email: 'ada@example.com', name: 'Ada', totp: false }
let now: number
let stored: Map<string, string>
let calls: string[]
let answer: (path: string) => Response

const open = (hashToken?: string) =>
  createSession({
    now: () => now,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
    takeHashToken: () => hashToken,
  })
const renewed = () => Response.json({ accessToken: `t${calls.length}`, expiresAt: now + 600_000, user })

// Only the network is replaced: what a server answers in these cases, in this order.
beforeEach(() => {
  now = 1_000_000
  stored = new Map()
  calls = []
  answer = renewed
  vi.stubGlobal('fetch', async (url: string) => {
    calls.push(url)
    return answer(url)
  })
})
afterEach(() => vi.unstubAllGlobals())

test('the cookie of an earlier sign-in is enough, and no token is ever stored', async () => {
  const session = open()
  expect(await session.begin()).toEqual({ kind: 'account', user })
  expect([await session.token(), stored.size]).toEqual(['t1', 0])
})

test('a token is replaced before it ends, once for all who ask', async () => {
  const session = open()
  await session.begin()
  now += 600_000 - 30_000
  expect(await Promise.all([session.token(), session.token(), session.token()])).toEqual(['t2', 't2', 't2'])
  expect(calls).toHaveLength(2)
})

test('a refused refresh ends the session, a server that is away does not', async () => {
  const session = open()
  await session.begin()
  now += 600_000
  answer = () => Response.json({ code: 'busy' }, { status: 503 })
  await expect(session.token()).rejects.toMatchObject({ status: 503 })
  expect(session.identity()).toBeDefined()
  answer = () => Response.json({ code: 'session_ended' }, { status: 401 })
  await expect(session.token()).rejects.toMatchObject({ status: 401 })
  expect(session.identity()).toBeUndefined()
})

test("the operator's token of a link is kept in the tab, until it is refused", async () => {
  expect(await open('secret').begin()).toEqual({ kind: 'operator' })
  const later = open()
  await later.begin()
  expect([await later.token(), calls]).toEqual(['secret', []])
  expect(await later.refused('secret')).toBe(false)
  expect([later.identity(), stored.size]).toEqual([undefined, 0])
})
