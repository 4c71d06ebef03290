import { expect, vi } from 'vitest'
import { createApi, post } from '../support/api.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** An event of the shop as it is sent, with the moment it happened. */
export interface ShopEvent {
  type: 'page' | 'track' | 'identify'
  event?: string
  anonymousId: string
  userId?: string
  at: number
  properties?: { path?: string; url?: string; total?: number; plan?: string }
  traits?: { name: string }
}

/** How far people come, by their number: all look, the first 12 sign up, the first 6 order. */
export const signedUp = 12
export const ordered = 6
const lookers = 20
const before = 5

/**
 * Twenty people of the last five days. Number 19 orders before signing up. Five more of a week before that, two of
 * whom signed up.
 */
export function shopEvents(now: number): ShopEvent[] {
  const people = Array.from({ length: lookers }, (_, number) =>
    visit(number, now - 60 * minuteMs - (number % 5) * dayMs, number < signedUp, number < ordered),
  )
  const base = now - 120 * minuteMs
  const wrongWay: ShopEvent[] = [
    track(lookers - 1, 'Ordered', base + 20 * minuteMs, { total: 500, plan: 'pro' }),
    track(lookers - 1, 'Signed up', base + 30 * minuteMs, { plan: 'pro' }),
  ]
  const earlier = Array.from({ length: before }, (_, number) =>
    visit(100 + number, now - 60 * minuteMs - (8 + number) * dayMs, number < 2, false),
  )
  return [...people.flat(), ...wrongWay, ...earlier.flat()]
}

function visit(number: number, at: number, signsUp: boolean, orders: boolean): ShopEvent[] {
  const plan = number % 2 === 0 ? 'free' : 'pro'
  const events: ShopEvent[] = [
    { type: 'page', anonymousId: `visitor-${number}`, at, properties: { path: '/', url: 'https://shop.example/' } },
  ]
  if (signsUp)
    events.push(track(number, 'Signed up', at + 2 * minuteMs, { plan }), {
      type: 'identify',
      anonymousId: `visitor-${number}`,
      userId: `user-${number}`,
      at: at + 2 * minuteMs + 1,
      traits: { name: `Person ${number}` },
    })
  if (orders) events.push(track(number, 'Ordered', at + 5 * minuteMs, { total: 10 * (number + 1), plan }))
  return events
}

const track = (number: number, event: string, at: number, properties: ShopEvent['properties'] = {}): ShopEvent => ({
  type: 'track',
  event,
  anonymousId: `visitor-${number}`,
  at,
  properties,
})

/** Sends it as one batch, and waits until everybody is among the people. */
export async function sendShop(url: string, events: readonly ShopEvent[]): Promise<void> {
  const batch = events.map(({ at, ...event }) => ({ ...event, timestamp: new Date(at).toISOString() }))
  await post(url, 'batch', { batch })
  const visitors = new Set(events.map(({ anonymousId }) => anonymousId)).size
  const areStored = async () => expect((await createApi(url).people('')).items).toHaveLength(visitors)
  await vi.waitFor(areStored, { timeout: 20_000, interval: 100 })
}
