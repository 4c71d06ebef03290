import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { createRandom } from '../traffic/random.ts'
import { arrivalMark, markOf, type Wire, type WireRequest } from './wire.ts'

/** For what a client does by itself on a new page to be over. */
const settleMs = 2_500
const leaveMs = 5_000
const outageMs = 3_000
const backMs = 15_000

/** What became of the events of a visit. */
export interface Fate {
  /** That arrived without anybody coming back, and in how many requests. */
  left: number
  requests: number
  /** That had arrived in the end. */
  back: number
  /** Copies beyond the first of each that arrived. */
  duplicates: number
}

/** A client's server that can be made to answer 503. */
export interface Target {
  wire: Wire
  setDown(isDown: boolean): void
}

export interface Scenario {
  name: 'nav' | 'navbig' | 'outage'
  what: string
  events: number
  /** Goals of the requests on leaving. */
  maxRequests?: number
}

export const scenarios: readonly Scenario[] = [
  { name: 'nav', what: '10 events and another page in one click', events: 10, maxRequests: 1 },
  { name: 'navbig', what: '100 events of 1.5 KB and another page in one click', events: 100, maxRequests: 5 },
  { name: 'outage', what: '10 events in an outage, tab closed', events: 10 },
]

/** The page with a client, the one that follows, and the server of the client. */
export interface Visit {
  url: string
  emptyPage: string
  target: Target
}

/** Plays a visit from the first event until well after the return. */
export async function play(browser: Browser, { name, events }: Scenario, visit: Visit): Promise<Fate> {
  const { url, emptyPage, target } = visit
  const context = await browser.newContext()
  const { requests } = target.wire
  try {
    const page = await open(context, url)
    const before = requests.length
    const properties = createProperties(events, name === 'navbig' ? 1_500 : 100)
    if (name === 'outage') await sufferOutage(page, properties, target)
    else await clickAway(page, properties, emptyPage)
    const leaving = count(requests.slice(before))
    const again = name === 'outage' ? await context.newPage() : page
    await again.goto(url)
    await sleep(backMs)
    const { distinct, copies } = count(requests.slice(before))
    return { left: leaving.distinct, requests: leaving.requests, back: distinct, duplicates: copies - distinct }
  } finally {
    await context.close()
  }
}

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  await page.waitForFunction(() => typeof globalThis.track === 'function')
  await sleep(settleMs)
  return page
}

type Properties = Record<string, unknown>

/** With a real click, in which everything happens at once. */
async function clickAway(page: Page, properties: Properties[], to: string): Promise<void> {
  const prepare = ({ properties, to }: { properties: Properties[]; to: string }): void => {
    document.querySelector('button')?.addEventListener('click', () => {
      for (const each of properties) globalThis.track('Product Viewed', each)
      location.href = to
    })
  }
  await page.evaluate(prepare, { properties, to })
  await page.getByRole('button').click()
  await page.waitForURL(to)
  await sleep(leaveMs)
}

async function sufferOutage(page: Page, properties: Properties[], { setDown }: Target): Promise<void> {
  setDown(true)
  await page.evaluate((properties) => {
    for (const each of properties) globalThis.track('Product Viewed', each)
  }, properties)
  await sleep(outageMs)
  await page.close()
  await sleep(outageMs)
  setDown(false)
}

const words = [
  'tent',
  'river',
  'copper',
  'lantern',
  'ridge',
  'walnut',
  'harbour',
  'merino',
  'summit',
  'canvas',
  'ember',
]

/** As different from each other as events are: what goes out is packed, and equal ones would be packed to nothing. */
function createProperties(count: number, bytes: number): Properties[] {
  const random = createRandom(1)
  return Array.from({ length: count }, (_, index) => {
    const properties = { mark: markOf(index + 1), text: '' }
    while (JSON.stringify(properties).length < bytes)
      properties.text += random.chance(0.3) ? `${random.hex(8)} ` : `${random.pick(words)} `
    return properties
  })
}

function count(requests: readonly WireRequest[]): { distinct: number; copies: number; requests: number } {
  const taken = requests
    .filter(({ isTaken }) => isTaken)
    .map(({ marks }) => marks.filter((mark) => mark !== arrivalMark))
    .filter((marks) => marks.length > 0)
  return { distinct: new Set(taken.flat()).size, copies: taken.flat().length, requests: taken.length }
}
