import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLeases, leaseMs } from '../src/leases.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function createFake() {
  const calls: [name: string, ...receipts: string[]][] = []
  const leases = createLeases({
    extend: async (receipts) => void calls.push(['extend', ...receipts]),
    nack: async (receipts) => void calls.push(['nack', ...receipts]),
  })
  return { calls, leases }
}

test('what is held is extended before its lease runs out, until it is released', () => {
  const { calls, leases } = createFake()
  leases.hold(['a', 'b'])
  vi.advanceTimersByTime(leaseMs / 2)
  expect(calls).toEqual([['extend', 'a', 'b']])
  leases.hold(['c'])
  leases.release(['a'])
  vi.advanceTimersByTime(leaseMs / 2)
  expect(calls.slice(1)).toContainEqual(['extend', 'b', 'c'])
  leases.release(['b', 'c'])
  const before = calls.length
  vi.advanceTimersByTime(10 * leaseMs)
  expect(calls).toHaveLength(before)
  expect(vi.getTimerCount()).toBe(0)
})

test('only what is still held is given back', async () => {
  const { calls, leases } = createFake()
  leases.hold(['a', 'b'])
  leases.release(['a'])
  await leases.giveBack(['a', 'b'], 0)
  await leases.giveBack(['a', 'b'], 0)
  expect(calls).toEqual([['nack', 'b']])
})
