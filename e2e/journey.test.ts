import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, createApi, post } from './support/api.ts'
import { adminToken, makeFolder, removeFolder, writeKey } from './support/data-folder.ts'
import { createServices, type Services } from './support/services.ts'
import { until } from './support/until.ts'

const devices = 3
const batchEvents = 2_500
const stepMs = 60_000
const queries = 20
/** A page of the long journey may cost this many times a page of the short one. Read whole, it would be 100 times. */
const maxRatio = 5

interface Person {
  userId: string
  events: number
  profileId: string
  /** `nextCursor` of every page of 1,000, in order. */
  cursors: string[]
}

const long: Person = { userId: 'long', events: 100_000, profileId: '', cursors: [] }
const short: Person = { userId: 'short', events: 1_000, profileId: '', cursors: [] }
const people = [long, short]

let data: string
let services: Services
let api: Api

/** One event a minute, on one device after the other, the latest now. Small, so that 2,500 go into one request. */
function makeBatch({ userId, events }: Person, from: number, end: number): object {
  const batch = Array.from({ length: Math.min(batchEvents, events - from) }, (_, index) => {
    const number = from + index
    const timestamp = new Date(end - (events - number) * stepMs).toISOString()
    const anonymousId = `${userId}-${Math.floor((number * devices) / events)}`
    return { type: 'track', event: 'A', messageId: `${userId}-${number}`, anonymousId, userId, timestamp }
  })
  return { batch }
}

beforeAll(async () => {
  data = makeFolder()
  services = createServices()
  const flags = ['--data', data, '--port', '0', '--write-key', writeKey, '--admin-token', adminToken]
  const url = await services.start('start', flags).ready
  api = createApi(url)
  const end = Date.now()
  for (const person of people) {
    for (let from = 0; from < person.events; from += batchEvents) {
      const { status } = await post(url, 'batch', makeBatch(person, from, end))
      expect(status).toBe(200)
    }
  }
  await until('everything is stitched', 90_000, async () => {
    for (const person of people) person.profileId = (await api.person(person.userId)).profileId
    const sessions = await Promise.all(people.map(({ profileId }) => api.sessions(profileId)))
    const counts = sessions.map(({ items }) => items.reduce((sum, { events }) => sum + events, 0))
    return people.every(({ events }, index) => counts[index] === events)
  })
})
afterAll(async () => {
  await services.killAll()
  removeFolder(data)
})

test.each(people)('every event of $events is in the journey once, in event time', async (person) => {
  let number = 0
  for (let cursor: string | null = ''; cursor !== null; ) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const { items, nextCursor } = await api.journey(person.profileId, `limit=1000${more}`)
    expect(items.map(({ messageId }) => messageId)).toEqual(
      Array.from(
        { length: Math.min(1000, person.events - number) },
        (_, index) => `${person.userId}-${number + index}`,
      ),
    )
    number += items.length
    if (nextCursor !== null) person.cursors.push(nextCursor)
    cursor = nextCursor
  }
  expect(number).toBe(person.events)
})

/** Median over pages of 50 that lie apart, so that not all come from the same blocks. */
async function measure({ profileId }: Person, queryOf: (turn: number) => string): Promise<number> {
  const times: number[] = []
  for (let turn = 0; turn < queries; turn++) {
    const startedAt = performance.now()
    const { items } = await api.journey(profileId, `limit=50${queryOf(turn)}`)
    times.push(performance.now() - startedAt)
    expect(items).toHaveLength(50)
  }
  return times.sort((a, b) => a - b)[queries / 2] ?? Number.POSITIVE_INFINITY
}

const middleOf = ({ cursors, userId, events }: Person) => {
  const first = Math.floor((cursors.length - queries) / 2)
  // The short journey fits one page of 1,000: its own middle is found by reading half of it.
  if (first < 0) throw new RangeError(`${userId} has too few pages: ${events} events`)
  return (turn: number): string => `&cursor=${encodeURIComponent(cursors[first + turn] ?? '')}`
}

test('the first, a middle and the last page of 100,000 events cost about what a page of 1,000 costs', async () => {
  const first = (): string => ''
  const last = (): string => '&order=desc'
  const baseline = await measure(short, first)
  const measured = {
    first: await measure(long, first),
    middle: await measure(long, middleOf(long)),
    last: await measure(long, last),
  }
  const text = Object.entries({ baseline, ...measured }).map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
  console.info(`a page of 50, median of ${queries}: ${text.join(', ')}`)
  for (const [name, ms] of Object.entries(measured))
    expect(ms / Math.max(baseline, 1), `${name}: ${text.join(', ')}`).toBeLessThan(maxRatio)
})
