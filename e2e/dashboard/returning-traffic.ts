import { post } from '../support/api.ts'

export const dayMs = 86_400_000
const stepMs = 60_000

/** Noon, UTC, so many days ago. */
export const noon = (daysAgo: number, now: number): number =>
  Math.floor(now / dayMs) * dayMs - daysAgo * dayMs + dayMs / 2

type Sketch = readonly [daysAgo: number, who: string, ...steps: string[]]

/** Who joins when, and orders again on which day. */
const joined: readonly Sketch[] = [
  [6, 'a', 'Joined'],
  [6, 'b', 'Joined'],
  [6, 'c', 'Joined'],
  [6, 'd', 'Joined'],
  [5, 'a', 'Ordered'],
  [5, 'b', 'Ordered'],
  [4, 'a', 'Ordered'],
  [3, 'c', 'Ordered'],
  [3, 'e', 'Joined'],
  [3, 'f', 'Joined'],
  [2, 'e', 'Ordered'],
  [1, 'g', 'Joined'],
]

/** Visits, step by step; what begins with a slash is a page. */
const walked: readonly Sketch[] = [
  [2, 'p1', '/', '/tents', '/cart', 'Bought'],
  [2, 'p2', '/', '/tents', '/tents', '/cart'],
  [2, 'p3', '/', '/tents'],
  [2, 'p4', '/', '/pricing'],
  [2, 'p5', '/'],
  [2, 'p6', '/pricing', '/'],
]

function eventsOf([daysAgo, anonymousId, ...steps]: Sketch, now: number): object[] {
  return steps.map((step, index) => {
    const timestamp = new Date(noon(daysAgo, now) + index * stepMs).toISOString()
    return step.startsWith('/')
      ? { type: 'page', anonymousId, timestamp, properties: { path: step, url: `https://shop.example${step}` } }
      : { type: 'track', event: step, anonymousId, timestamp }
  })
}

interface Traits {
  [name: string]: string
}

export function identify(anonymousId: string, userId: string, traits: Traits, timestamp: number): object {
  return { type: 'identify', anonymousId, userId, traits, timestamp: new Date(timestamp).toISOString() }
}

/** People with a plan, two of whom buy. */
function planned(now: number): object[] {
  return [
    identify('u1', 'ann', { name: 'Ann', plan: 'pro' }, noon(3, now)),
    identify('u2', 'bob', { name: 'Bob', plan: 'pro' }, noon(3, now)),
    identify('u3', 'cyd', { name: 'Cyd', plan: 'free' }, noon(3, now)),
    ...eventsOf([2, 'u1', 'Upgraded'], now),
    ...eventsOf([2, 'u3', 'Upgraded'], now),
  ]
}

/** One user on two devices, whose plan changes on the second one. */
export async function sendTwin(url: string, now: number): Promise<void> {
  const batch = [
    ...eventsOf([3, 'first-device', '/'], now),
    identify('first-device', 'twin', { name: 'Twin', plan: 'free' }, noon(3, now) + stepMs),
    ...eventsOf([2, 'second-device', '/tents'], now),
    identify('second-device', 'twin', { name: 'Twin', plan: 'pro' }, noon(2, now) + stepMs),
  ]
  await post(url, 'batch', { batch })
}

/** Answers with how many events it sent. */
export async function sendReturning(url: string, now: number): Promise<number> {
  const batch = [...joined, ...walked].flatMap((sketch) => eventsOf(sketch, now)).concat(planned(now))
  await post(url, 'batch', { batch })
  return batch.length
}
