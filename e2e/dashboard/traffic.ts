import type { Page as ListPage, PersonRow } from '../support/api.ts'
import { createApi, post } from '../support/api.ts'

const hourMs = 3_600_000
const paths = ['/', '/tents', '/pricing']

/** Twelve visitors of the last days, one of whom signs in on two devices, and two events that are refused. */
export async function sendTraffic(url: string, now: number): Promise<void> {
  const pageView = (anonymousId: string, path: string, timestamp: number, more: object = {}) => ({
    type: 'page',
    anonymousId,
    timestamp: new Date(timestamp).toISOString(),
    properties: { path, url: `https://shop.example${path}`, ...more },
  })
  const views = Array.from({ length: 12 }, (_, visitor) =>
    paths
      .slice(0, 1 + (visitor % 3))
      .map((path, step) => pageView(`visitor-${visitor}`, path, now - visitor * 9 * hourMs - hourMs + step * 30_000)),
  ).flat()
  const signIns = ['visitor-1', 'visitor-2'].map((anonymousId, index) => ({
    type: 'identify',
    anonymousId,
    userId: 'ada',
    traits: { name: 'Ada Lovelace', email: 'ada@example.com' },
    timestamp: new Date(now - (index + 1) * hourMs).toISOString(),
  }))
  await post(url, 'batch', {
    batch: [...views, ...signIns, { type: 'track', anonymousId: 'visitor-1' }, { type: 'jump' }],
  })
}

/** Many events of one visitor, one a minute, the newest an hour ago. */
export async function sendLongJourney(url: string, anonymousId: string, count: number, now: number): Promise<void> {
  const batch = Array.from({ length: count }, (_, index) => ({
    type: 'track',
    event: `Step ${index}`,
    anonymousId,
    timestamp: new Date(now - hourMs - (count - index) * 60_000).toISOString(),
  }))
  for (let at = 0; at < count; at += 100) await post(url, 'batch', { batch: batch.slice(at, at + 100) })
}

/** The only person that a search finds, once it is stored. */
export const findPerson = async (url: string, search: string): Promise<PersonRow> => {
  const found: ListPage<PersonRow> = await createApi(url).people(search)
  const [person] = found.items
  if (!person) throw new Error(`nobody is found by ${search}`)
  return person
}
