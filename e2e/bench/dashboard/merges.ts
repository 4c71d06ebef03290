import type { WireEvent } from '@trailstitch/protocol'
import type { Browser, Page } from 'playwright-core'
import { type BenchOptions, createRow, type Row } from '../lib/result.ts'
import { median, quantile } from '../lib/statistics.ts'
import type { Service } from '../service/service.ts'
import { userAgents } from '../traffic/event.ts'
import { eventually, openSignedIn } from './visits.ts'

/** One page of the dashboard, and what it says of somebody when it is loaded. */
interface Teller {
  page: Page
  path: string
  read(page: Page): Promise<string>
}

interface Places {
  list: number
  person: number
  overview: number
}

/** From the identify that makes one person of two until three pages tell it. */
export async function measureMerges(
  browser: Browser,
  service: Service,
  { quick, progress }: BenchOptions,
): Promise<Row[]> {
  const context = await openSignedIn(browser)
  try {
    const pages = { list: await context.newPage(), person: await context.newPage(), overview: await context.newPage() }
    const overview = { page: pages.overview, path: '/', read: readVisitors }
    const first = await countVisitors(service.url, overview)
    const times: Places[] = []
    for (let round = 0; round < (quick ? 1 : 20); round++) {
      progress.show(`dashboard: merge ${round + 1}`)
      times.push(await timeMerge(service, pages, round, first + round))
    }
    const all = times.map((each) => Math.max(each.list, each.person, each.overview))
    const p95Of = (place: keyof Places): number =>
      quantile(
        times.map((each) => each[place]),
        0.95,
      )
    const what = 'two people made one by an identify, told'
    return [
      createRow({ what: `${what} everywhere, p95`, value: quantile(all, 0.95), unit: 'ms', goal: { atMost: 10_000 } }),
      createRow({ what: `${what} everywhere, p50`, value: median(all), unit: 'ms' }),
      createRow({ what: `${what} by the list of people, p95`, value: p95Of('list'), unit: 'ms' }),
      createRow({ what: `${what} by the person’s page, p95`, value: p95Of('person'), unit: 'ms' }),
      createRow({ what: `${what} by the overview, p95`, value: p95Of('overview'), unit: 'ms' }),
    ]
  } finally {
    await context.close()
  }
}

/** `before`: how many visitors the overview had before these two. */
async function timeMerge(
  service: Service,
  pages: Record<keyof Places, Page>,
  round: number,
  before: number,
): Promise<Places> {
  const user = `merge-${round}`
  const [known, unknown] = [`${user}-known`, `${user}-unknown`]
  await service.batch([viewOf(known), identifyOf(known, user), viewOf(unknown)])
  const list = { page: pages.list, path: `/people?q=${user}`, read: readList }
  const overview = { page: pages.overview, path: '/', read: readVisitors }
  await until(service.url, list, (text) => /1 device\b/.test(text) && text.includes(user))
  await until(service.url, overview, (text) => text === String(before + 2))
  const found = await service.read<{ items: { profileId: string }[] }>(`/people?search=${unknown}`)
  const profileId = found?.items[0]?.profileId
  if (profileId === undefined) throw new Error('the visitor who is to be merged is not there')
  const person = { page: pages.person, path: `/people/${profileId}`, read: readPerson }
  await until(service.url, person, (text) => text.includes(unknown) && !text.includes(known))

  const start = performance.now()
  const timeUntil = async (teller: Teller, tells: (text: string) => boolean): Promise<number> => {
    await until(service.url, teller, tells)
    return performance.now() - start
  }
  await service.batch([identifyOf(unknown, user)])
  const [ofList, ofPerson, ofOverview] = await Promise.all([
    timeUntil(list, (text) => /2 devices\b/.test(text)),
    timeUntil(person, (text) => text.includes(unknown) && text.includes(known)),
    timeUntil(overview, (text) => text === String(before + 1)),
  ])
  return { list: ofList, person: ofPerson, overview: ofOverview }
}

const createContext = () => ({ userAgent: userAgents[0] ?? '' })

const viewOf = (anonymousId: string): WireEvent => ({
  type: 'page',
  anonymousId,
  properties: { path: '/', url: 'https://shop.example/' },
  context: createContext(),
  timestamp: new Date().toISOString(),
})

const identifyOf = (anonymousId: string, userId: string): WireEvent => ({
  type: 'identify',
  anonymousId,
  userId,
  context: createContext(),
  timestamp: new Date().toISOString(),
})

/** Loads a page anew until what it says fits. */
async function until(url: string, { page, path, read }: Teller, fits: (text: string) => boolean): Promise<void> {
  await eventually(async () => {
    await page.goto(url + path)
    return fits(await read(page))
  })
}

const readList = async (page: Page): Promise<string> => {
  const rows = page.locator('a.people-row')
  await rows.or(page.getByText('Nobody has this id')).first().waitFor()
  return (await rows.allInnerTexts()).join('\n')
}

const readPerson = async (page: Page): Promise<string> => (await page.locator('.two-columns').textContent()) ?? ''

/** The exact number: what shows may be shortened. */
const readVisitors = async (page: Page): Promise<string> => {
  const value = page.locator('.figure', { hasText: 'Visitors' }).locator('.figure-value')
  return ((await value.getAttribute('title')) ?? '').replaceAll(/\D/g, '')
}

async function countVisitors(url: string, teller: Teller): Promise<number> {
  await teller.page.goto(url + teller.path)
  return Number(await teller.read(teller.page))
}
