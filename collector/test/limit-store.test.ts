import { openKv } from '@trailstitch/backends'
import { expect, test } from 'vitest'
import { createLimitStore } from '../src/limit-store.ts'
import { createClock } from './support/collector.ts'

const minute = 60_000

function hit(store: ReturnType<typeof createLimitStore>, key: string, max = 1_000): { current: number; ttl: number } {
  let outcome = { current: 0, ttl: 0 }
  store.incr(
    key,
    (_error, result) => {
      if (result) outcome = result
    },
    minute,
    max,
  )
  return outcome
}

/** Lets the store hear what the kv says. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('the kv is told in bundles, not at every request', async () => {
  const { deps } = createClock()
  const kv = await openKv('memory:', deps)
  let calls = 0
  const counting = {
    ...kv,
    increment: (...given: Parameters<typeof kv.increment>) => {
      calls++
      return kv.increment(...given)
    },
  }
  const store = createLimitStore({ kv: counting, deps })
  for (let count = 0; count < 1_000; count++) {
    hit(store, 'k')
    if (count % 10 === 0) await settle()
  }
  expect(hit(store, 'k').current).toBe(1_001)
  expect(calls).toBeLessThanOrEqual(60)
  expect((await kv.increment('limit:k', 0, minute)).value).toBeGreaterThan(970)
  await kv.close()
})

test('a window ends when the one in the kv does, and the next one starts from nothing', async () => {
  const { deps, advance } = createClock()
  const kv = await openKv('memory:', deps)
  await kv.increment('limit:k', 100, minute)
  advance(30_000)
  const store = createLimitStore({ kv, deps })
  hit(store, 'k')
  await settle()
  expect(hit(store, 'k')).toEqual({ current: 102, ttl: 30_000 })
  advance(30_000)
  expect(hit(store, 'k').current).toBe(1)
  await kv.close()
})

test('a kv whose minute ends a moment early does not carry the old count into the new one', async () => {
  const { deps, advance } = createClock()
  const kv = await openKv('memory:', deps)
  const late = {
    ...kv,
    // As over a slow network: what is left is heard of later than it was true.
    increment: async (...given: Parameters<typeof kv.increment>) => {
      const { value, ttlMs } = await kv.increment(...given)
      return { value, ttlMs: ttlMs + 50 }
    },
  }
  const store = createLimitStore({ kv: late, deps })
  for (let count = 0; count < 900; count++) hit(store, 'k', 100)
  await settle()
  for (let count = 0; count < 100; count++) hit(store, 'k', 100)
  await settle()
  advance(minute + 10)
  hit(store, 'k')
  await settle()
  // Those that had not been told yet count for the new minute; the 900 before them do not.
  expect(hit(store, 'k').current).toBeLessThan(150)
  await kv.close()
})

test('an army of addresses can not fill the memory', async () => {
  const { deps } = createClock()
  const kv = await openKv('memory:', deps)
  const store = createLimitStore({ kv: { ...kv, increment: () => new Promise(() => {}) }, deps, maxKeys: 2 })
  hit(store, 'a')
  hit(store, 'b')
  hit(store, 'b')
  hit(store, 'c')
  expect(hit(store, 'b').current).toBe(3)
  expect(hit(store, 'a').current).toBe(1)
  await kv.close()
})

test('a kv that fails is asked again once a second, not at every request', async () => {
  const { deps, advance } = createClock()
  const kv = await openKv('memory:', deps)
  let calls = 0
  let failing = true
  const failingKv = {
    ...kv,
    increment: (...given: Parameters<typeof kv.increment>) => {
      calls++
      return failing ? Promise.reject(new Error('away')) : kv.increment(...given)
    },
  }
  const store = createLimitStore({ kv: failingKv, deps })
  for (let count = 0; count < 300; count++) {
    hit(store, `k${count % 3}`, 100)
    await settle()
    advance(10)
  }
  expect(calls).toBeLessThanOrEqual(4)
  expect(store.isShared()).toBe(false)
  failing = false
  advance(1_000)
  hit(store, 'k0', 100)
  await settle()
  expect(store.isShared()).toBe(true)
  expect((await kv.increment('limit:k0', 0, minute)).value).toBe(101)
  await kv.close()
})

test('a kv that has lost its keys does not make a collector forget what it counted', async () => {
  const { deps, advance } = createClock()
  const kv = await openKv('memory:', deps)
  const store = createLimitStore({ kv, deps })
  for (let count = 0; count < 50; count++) {
    hit(store, 'k', 100)
    await settle()
  }
  await kv.delete('limit:k')
  advance(10_000)
  hit(store, 'k', 100)
  await settle()
  expect(hit(store, 'k', 100)).toEqual({ current: 52, ttl: 50_000 })
  await kv.close()
})
