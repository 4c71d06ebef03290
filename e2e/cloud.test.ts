import { readdirSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium } from './browser/chromium.ts'
import { buyTent, purchaseEvents } from './browser/purchase.ts'
import { type Api, createApi, type LedgerRow, type Page, type PersonRow } from './support/api.ts'
import { type Cloud, cloudNeeds, createCloud, hasCloud } from './support/cloud.ts'
import { adminToken, makeFolder, removeFolder, writeKey } from './support/data-folder.ts'
import { createServices, runCommand } from './support/services.ts'
import { until } from './support/until.ts'

// What `npm start` does, once as it comes and once with nothing but the four URLs changed.

const events = 600
const traffic = ['--seed', '7', '--start', '2026-01-05T00:00:00Z', '--rate', '0.01', '--events', `${events}`, '--fast']
const range = 'from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z'
const buyer = 'grace@shop.example'

describe.skipIf(!hasCloud)(`embedded and cloud parts (skipped without ${cloudNeeds})`, () => {
  const services = createServices()
  const folders: string[] = []
  let browser: Browser
  let cloud: Cloud

  beforeAll(async () => {
    cloud = await createCloud()
    browser = await launchChromium()
  })
  afterAll(async () => {
    await browser.close()
    await services.killAll()
    await cloud.close()
    for (const folder of folders) removeFolder(folder)
  })

  /** Starts it, sends traffic, buys something in the shop, and asks what can be asked. */
  async function run(env: Readonly<Record<string, string>>) {
    const data = makeFolder()
    folders.push(data)
    const flags = ['--data', data, '--port', '0', '--write-key', writeKey, '--admin-token', adminToken]
    const service = services.start('start', flags, env)
    const url = await service.ready
    const api = createApi(url)
    await runCommand(['demo', ...traffic, '--url', url, '--write-key', writeKey, '--data', data])
    await until('all of the traffic is stitched', 60_000, () => isStitched(api))
    const people = await api.get<Page<PersonRow>>('/people?limit=100')
    const answers = {
      overview: await api.get(`/overview?${range}`),
      people,
      journeys: await Promise.all(people.items.map(({ profileId }) => api.journey(profileId))),
      sessions: await Promise.all(people.items.map(({ profileId }) => api.sessions(profileId))),
    }
    await buyTent(await (await browser.newContext()).newPage(), url, { name: 'Grace', email: buyer })
    await until(
      'the order is in the journey',
      30_000,
      async () => (await shopJourney(api)).length >= purchaseEvents.length,
    )
    const answered = {
      ...withoutRun(answers),
      shop: await shopJourney(api),
      books: (await api.ledger()) as Partial<LedgerRow>,
    }
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null })
    return { answered, kept: readdirSync(data) }
  }

  test('give the same answers, and four variables are all it takes from one to the other', async () => {
    const { answered: embedded } = await run({})
    const { answered: moved, kept } = await run(cloud.env)
    expect(embedded.people.items.length).toBeGreaterThan(5)
    expect(embedded.shop).toEqual([...purchaseEvents].sort())
    const { received, stored, duplicate, rejected } = embedded.books
    expect(received).toBe(events + purchaseEvents.length)
    expect(moved).toEqual({ ...embedded, books: expect.objectContaining({ received, stored, duplicate, rejected }) })
    expect(kept).toEqual(['auth-secret', 'projects.json'])
  })
})

/** Some of the traffic comes twice. */
async function isStitched(api: Api): Promise<boolean> {
  const { stored, duplicate } = await api.ledger()
  const { totals } = await api.get<{ totals: { events: number } }>(`/overview?bots=true&${range}`)
  return stored + duplicate === events && totals.events === stored
}

/** What the shop's buyer did, by name: the browser makes up the ids. */
async function shopJourney(api: Api): Promise<string[]> {
  const { profileId } = await api.person(buyer)
  return (await api.journey(profileId)).items.map(({ type, name }) => (type === 'track' ? name : type)).sort()
}

/** What differs from run to run, or from store to store. */
const ofTheRun = new Set(['receivedAt', 'computedAt', 'rowsScanned'])
const withoutRun = <T>(answers: T): T =>
  JSON.parse(JSON.stringify(answers, (key, value: unknown) => (ofTheRun.has(key) ? undefined : value))) as T
