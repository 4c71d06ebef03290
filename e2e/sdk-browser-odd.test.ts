import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { StorageFallback } from '../sdk/src/types.ts'
import { launchChromium } from './browser/chromium.ts'
import { type ArrivedEvent, buildScript, type RunningCollector, startCollector } from './browser/collector.ts'
import { type Site, startSite } from './browser/site.ts'

let browser: Browser
let collector: RunningCollector
let site: Site
let context: BrowserContext

const tag = (file = 'v1.js'): string =>
  `<script src="${collector.origin}/sdk/${file}" data-write-key="${collector.writeKey}" data-endpoint="${collector.origin}"></script>`
const pages: Record<string, () => string> = {
  '/framed': () => `<iframe sandbox="allow-scripts" src="/inside"></iframe>`,
  '/all': () => tag('v1-all.js'),
  '/fallback': () => `<script type="module">
import { indexedDbFallback } from '/fallback.js'
window.makeFallback = indexedDbFallback
</script>`,
  '/inside': () => `${tag()}<script>trailstitch.track('Inside'); trailstitch.identify('u-1')</script>`,
}
const worker = `
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))`

let fallbackScript: string

beforeAll(async () => {
  browser = await launchChromium({ keepsPages: true })
  const folder = await mkdtemp(join(tmpdir(), 'sdk-fallback-'))
  await buildScript(join(folder, 'fallback.js'), 'plugins/indexed-db', 'esm')
  fallbackScript = await readFile(join(folder, 'fallback.js'), 'utf8')
  await rm(folder, { recursive: true })
})
afterAll(() => browser.close())
beforeEach(async () => {
  collector = await startCollector()
  const scripts: Record<string, string> = { '/worker.js': worker, '/fallback.js': fallbackScript }
  site = await startSite((path) => {
    const script = scripts[path]
    return script === undefined ? (pages[path]?.() ?? tag()) : { script }
  })
  context = await browser.newContext()
})
afterEach(async () => {
  await context.close()
  await site.close()
  await collector.close()
})

const named = async (name: string): Promise<ArrivedEvent[]> =>
  (await collector.arrived()).filter(({ event, type }) => (event ?? type) === name)
const arrives = (name: string, count = 1): Promise<void> =>
  vi.waitFor(async () => expect(await named(name)).toHaveLength(count), { timeout: 30_000, interval: 100 })
const track = (page: Page, name: string): Promise<void> =>
  page.evaluate((name) => window.trailstitch?.track(name), name)

const fillStorage = (page: Page): Promise<void> =>
  page.evaluate(() => {
    localStorage.clear()
    for (let size = 4_000_000; size >= 1; size = Math.floor(size / 2))
      for (let index = 0; ; index++) {
        try {
          localStorage.setItem(`fill${size}-${index}`, 'x'.repeat(size))
        } catch {
          break
        }
      }
  })

/** What is in IndexedDB, of all write keys. */
const inDatabase = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const done = <Result>(request: IDBRequest<Result>): Promise<Result> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = reject
      })
    let count = 0
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name))
      const [table] = database.objectStoreNames
      if (table) count += await done(database.transaction(table).objectStore(table).count())
      database.close()
    }
    return count
  })

describe('storage', () => {
  test('that is blocked, as in a sandboxed frame: events arrive, and the page hears of no error', async () => {
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${site.origin}/framed`)
    await arrives('Inside')
    await arrives('identify')
    expect(problems).toEqual([])
  })

  test('that is full: events arrive all the same', async () => {
    const page = await context.newPage()
    await page.goto(`${site.origin}/bare`)
    await fillStorage(page)
    await page.goto(`${site.origin}/again`)
    await track(page, 'Though it is full')
    await page.evaluate(() => {
      location.href = '/next'
    })
    await arrives('Though it is full')
  })

  test.each(['full', 'blocked'])(
    'that is %s, with the fallback: events of a closed tab wait in IndexedDB and arrive once',
    async (state) => {
      const first = await context.newPage()
      await first.goto(`${site.origin}/bare`)
      if (state === 'full') await fillStorage(first)
      else
        await context.addInitScript(() => {
          Object.defineProperty(window, 'localStorage', {
            get() {
              throw new DOMException('denied', 'SecurityError')
            },
          })
        })
      collector.setDown(true)
      await first.goto(`${site.origin}/all`)
      await track(first, 'In IndexedDB')
      await vi.waitFor(async () => expect(await inDatabase(first)).toBeGreaterThan(0), { timeout: 10_000 })
      await first.close()
      const second = await context.newPage()
      await second.goto(`${site.origin}/bare`)
      expect(await named('In IndexedDB')).toEqual([])
      collector.setDown(false)
      await second.goto(`${site.origin}/all`)
      await arrives('In IndexedDB')
      await vi.waitFor(async () => expect(await inDatabase(second)).toBe(0), { timeout: 10_000 })
      // Nor does a page that comes after send it again.
      await second.goto(`${site.origin}/all`)
      await second.waitForTimeout(3_000)
      expect(await named('In IndexedDB')).toHaveLength(1)
    },
  )
})

test('the fallback keeps 5,000,000 characters of all tabs together, and room that was given back counts again', async () => {
  const page = await context.newPage()
  await page.goto(`${site.origin}/fallback`)
  await page.waitForFunction(() => 'makeFallback' in window)
  const kept = await page.evaluate(async () => {
    const make = (window as unknown as { makeFallback: () => StorageFallback }).makeFallback
    const [one, other] = [make(), make()].map((open) => open(window, 'test:'))
    const text = (millions: number): string => 'x'.repeat(millions * 1_000_000)
    const keys = async () => (await other?.read('test:q:'))?.map(([key]) => key.slice('test:q:'.length))
    one?.keep('test:q:a', text(2))
    one?.keep('test:q:b', text(2))
    const first = await keys()
    other?.keep('test:q:over', text(2))
    other?.keep('test:q:c', text(1))
    const second = await keys()
    other?.remove('test:q:a')
    other?.keep('test:q:d', text(2))
    return [first, second, await keys()]
  })
  expect(kept).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['b', 'c', 'd'],
  ])
})

describe('pages that come back', () => {
  test('from the back-forward cache go on, count as a page view, and send nothing twice', async () => {
    const page = await context.newPage()
    await page.goto(`${site.origin}/first`)
    await page.evaluate(() => {
      window.addEventListener('pageshow', ({ persisted }) => Object.assign(window, { cameBack: persisted }))
    })
    await track(page, 'Before')
    await page.goto(`${site.origin}/second`)
    // A page that comes back does not load, which is what a goBack would wait for.
    await page.evaluate(() => history.back())
    const look = () => page.evaluate(() => (window as { cameBack?: boolean }).cameBack)
    await vi.waitFor(async () => expect(await look()).toBe(true), { timeout: 10_000 })
    await track(page, 'After')
    await arrives('After')
    await arrives('page', 3)
    await page.waitForTimeout(4_000) // until the page has asked what became of its last request
    expect(await named('Before')).toHaveLength(1)
  })
})

describe('several tabs', () => {
  test('share the visitor and the session, and each event arrives once', async () => {
    const tabs = await Promise.all([context.newPage(), context.newPage()])
    for (const page of tabs) await page.goto(site.origin)
    await Promise.all(
      tabs.map((page, index) =>
        page.evaluate((index) => {
          for (let count = 0; count < 30; count++) window.trailstitch?.track(`Tab ${index}`)
        }, index),
      ),
    )
    await arrives('Tab 0', 30)
    await arrives('Tab 1', 30)
    const events = (await collector.arrived()) as unknown as { anonymousId: string; context: { sessionId: string } }[]
    expect(new Set(events.map(({ anonymousId }) => anonymousId)).size).toBe(1)
    expect(new Set(events.map(({ context }) => context.sessionId)).size).toBe(1)
  })
})

describe('clocks', () => {
  test.each([-10 * 365, -40, 40, 10 * 365])('that are %i days off tell true ages', async (days) => {
    const page = await context.newPage()
    await page.addInitScript((offset) => {
      const Real = Date
      Object.assign(globalThis, {
        Date: class extends Real {
          constructor(...given: [] | [number]) {
            super(given[0] ?? Real.now() + offset)
          }
          static override now = () => Real.now() + offset
        },
      })
    }, days * 86_400_000)
    await page.goto(site.origin)
    await track(page, 'Off')
    await arrives('Off')
    const [event] = await named('Off')
    const ageMs = Date.parse(String(event?.sentAt)) - Date.parse(String(event?.timestamp))
    expect(ageMs).toBeGreaterThanOrEqual(0)
    expect(ageMs).toBeLessThan(30_000)
  })
})

test('a page with a service worker that takes all requests', async () => {
  const page = await context.newPage()
  await page.goto(site.origin)
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js')
    await navigator.serviceWorker.ready
  })
  await page.reload()
  expect(await page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true)
  await page.evaluate(() => {
    window.trailstitch?.track('Through the worker')
    location.href = '/next'
  })
  await arrives('Through the worker')
})
