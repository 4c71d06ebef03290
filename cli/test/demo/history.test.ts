import { checkEvent } from '@trailstitch/protocol'
import { expect, test } from 'vitest'
import { createHistory } from '../../src/demo/history.ts'

const dayMs = 86_400_000
const endAt = Date.UTC(2026, 10, 30, 12)
const timeOf = ({ timestamp }: { timestamp?: unknown }): number => Date.parse(String(timestamp))

test('history is about 5,000 valid events of two weeks that end now, most of them by day', () => {
  const events = createHistory({ seed: 'demo-1', endAt })
  expect(events.length).toBeGreaterThan(4_000)
  expect(events.length).toBeLessThan(6_500)
  expect(new Set(events.map(({ messageId }) => messageId)).size).toBe(events.length)
  const times = events.map(timeOf)
  expect(Math.max(...times)).toBeLessThan(endAt)
  expect(Math.max(...times)).toBeGreaterThan(endAt - dayMs)
  expect(Math.min(...times)).toBeLessThan(endAt - 13 * dayMs)
  expect(Math.min(...times)).toBeGreaterThan(endAt - 15 * dayMs)
  for (const event of events) {
    const text = JSON.stringify(event)
    expect(checkEvent(event, { escapes: false, bytes: Buffer.byteLength(text) })).toBeUndefined()
  }
  const ofHours = (from: number, to: number): number =>
    times.filter((at) => new Date(at).getUTCHours() >= from && new Date(at).getUTCHours() < to).length
  expect(ofHours(8, 22)).toBeGreaterThan(10 * ofHours(0, 5))
})

test('some people sign in and order, on several devices, and some come back', () => {
  const events = createHistory({ seed: 'demo-1', endAt })
  const count = (type: string): number => events.filter((event) => event.type === type).length
  for (const type of ['page', 'track', 'identify']) expect([type, count(type) > 50]).toEqual([type, true])
  const days = new Map<string, Set<number>>()
  for (const event of events) {
    const own = days.get(String(event.anonymousId)) ?? new Set()
    days.set(String(event.anonymousId), own.add(Math.floor(timeOf(event) / dayMs)))
  }
  expect([...days.values()].filter((own) => own.size > 1).length).toBeGreaterThan(20)
})

test('the same seed and end give the same history, another seed another one', () => {
  const first = createHistory({ seed: 'a', endAt, visits: 20 })
  expect(createHistory({ seed: 'a', endAt, visits: 20 })).toEqual(first)
  expect(createHistory({ seed: 'b', endAt, visits: 20 })).not.toEqual(first)
})
