import { gunzipSync, gzipSync } from 'node:zlib'
import { createAnalytics } from '../../src/analytics.ts'
import type { BrowserWindow } from '../../src/browser/deps.ts'
import type { Analytics, AnalyticsOptions } from '../../src/index.ts'
import { createClock, settleAll, type TestClock } from './clock.ts'
import { createServer, type Reply, readRequest, type TestServer } from './server.ts'

/** One browser profile: what its tabs share, and the collector they talk to. */
export interface TestBrowser {
  clock: TestClock
  server: TestServer
  stored: Map<string, string>
  /** Storage throws where it is 'blocked', and beyond this many characters. */
  storage: { blocked: boolean; maxCharacters: number }
  cookies: Map<string, string>
  /** As given to the browser: name and domain of each, whether it was taken or not. */
  givenCookies: [name: string, domain: string | undefined][]
  /** Domains that cookies may not be for, like `co.uk`. */
  publicDomains: string[]
  pages: TestPage[]
  /** How browsers differ. */
  has: { locks: boolean; keepalive: boolean; randomUuid: boolean; compression: boolean; temporal: boolean }
  /** What the browser says of itself and of its person's wishes. */
  agent: { userAgent: string; webdriver?: boolean; globalPrivacyControl?: boolean; doNotTrack?: string }
  random: () => number
  open(options?: Partial<AnalyticsOptions>, address?: string): TestPage
  /** A page in which there is no client yet: the one it has does nothing. */
  openEmpty(address?: string): TestPage
}

export interface TestPage {
  life: Life
  analytics: Analytics
  window: BrowserWindow
  /** Events given to onDrop. */
  dropped: [event: unknown, reason: string][]
  /** The page is hidden but lives, as when another tab comes to the front. */
  hide(): Promise<void>
  show(): Promise<void>
  /** The person goes elsewhere: the page ends and hears nothing more. `frozen`: it may come back by `restore`. */
  leave(how?: { frozen?: boolean }): Promise<void>
  restore(): Promise<void>
  /** The browser kills the page without a word. */
  kill(): Promise<void>
  fire(type: string, fields?: object): void
}

export function createBrowser(): TestBrowser {
  const clock = createClock()
  const locks = createLocks()
  const browser: TestBrowser = {
    clock,
    server: createServer(),
    stored: new Map(),
    storage: { blocked: false, maxCharacters: Number.POSITIVE_INFINITY },
    cookies: new Map(),
    givenCookies: [],
    publicDomains: ['example'],
    pages: [],
    has: { locks: true, keepalive: true, randomUuid: true, compression: false, temporal: false },
    agent: { userAgent: 'Test/1.0' },
    random: () => 0.5,
    open(options = {}, address = 'https://shop.example/') {
      const page = openPage(browser, locks, options, address)
      browser.pages.push(page)
      return page
    },
    openEmpty(address = 'https://shop.example/') {
      const page = openPage(browser, locks, undefined, address)
      browser.pages.push(page)
      return page
    },
  }
  return browser
}

/** Messages of everything the server took, sorted, so that lists can be compared. */
export const namesOf = (events: Record<string, unknown>[]): unknown[] =>
  events.map((event) => event.event ?? event.type).sort()

export interface Life {
  /** Gone pages hear no answers and run no timers. */
  alive: boolean
  lockHolder: object
}

function openPage(
  browser: TestBrowser,
  locks: Locks,
  options: Partial<AnalyticsOptions> | undefined,
  address: string,
): TestPage {
  const life: Life = { alive: true, lockHolder: {} }
  const [windowEvents, documentEvents] = [new EventTarget(), new EventTarget()]
  const dropped: TestPage['dropped'] = []
  const window = createWindow(browser, locks, life, windowEvents, documentEvents, address)
  const analytics = createAnalytics(
    {
      writeKey: 'wk',
      endpoint: 'https://t.example',
      onDrop: (event, reason) => dropped.push([event, reason]),
      ...options,
    },
    options && window,
  )
  const fire = (type: string, fields: object = {}): void => {
    windowEvents.dispatchEvent(Object.assign(new Event(type), fields))
  }
  const setVisible = (visible: boolean): void => {
    Object.assign(window.document, { visibilityState: visible ? 'visible' : 'hidden' })
    documentEvents.dispatchEvent(new Event('visibilitychange'))
  }
  const end = async (): Promise<void> => {
    life.alive = false
    locks.releaseAll(life.lockHolder)
    await settleAll()
  }
  return {
    life,
    analytics,
    window,
    dropped,
    fire,
    async hide() {
      setVisible(false)
      await settleAll()
    },
    async show() {
      setVisible(true)
      await settleAll()
    },
    async leave({ frozen = false } = {}) {
      fire('pagehide', { persisted: frozen })
      setVisible(false)
      if (frozen) life.alive = false
      else await end()
    },
    async restore() {
      life.alive = true
      setVisible(true)
      fire('pageshow', { persisted: true })
      await settleAll()
    },
    kill: end,
  }
}

function createWindow(
  browser: TestBrowser,
  locks: Locks,
  life: Life,
  windowEvents: EventTarget,
  documentEvents: EventTarget,
  address: string,
): BrowserWindow {
  const location = { ...addressParts(address) }
  const navigator = {
    language: 'en-GB',
    ...browser.agent,
    locks: browser.has.locks ? locks.managerFor(life.lockHolder) : undefined,
    sendBeacon: (url: string, body: string) => {
      void send(browser, url, body, false, true)
      return true
    },
  }
  const document = {
    referrer: 'https://search.example/',
    title: 'Shop',
    visibilityState: 'visible',
    addEventListener: documentEvents.addEventListener.bind(documentEvents),
    dispatchEvent: documentEvents.dispatchEvent.bind(documentEvents),
    get cookie() {
      return [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    },
    set cookie(text: string) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? []
      const domain = /; Domain=([^;]*)/.exec(text)?.[1]
      browser.givenCookies.push([name, domain])
      if (domain && browser.publicDomains.includes(domain)) return
      if (/Max-Age=0\b/.test(text)) browser.cookies.delete(name)
      else browser.cookies.set(name, value)
    },
  }
  const history = {
    pushState: (_state: unknown, _title: string, url: string) =>
      void Object.assign(location, addressParts(new URL(url, location.href).href)),
    replaceState: (_state: unknown, _title: string, url: string) =>
      void Object.assign(location, addressParts(new URL(url, location.href).href)),
  }
  const crypto = { getRandomValues: globalThis.crypto.getRandomValues.bind(globalThis.crypto) }
  const uuid = { randomUUID: () => globalThis.crypto.randomUUID() }
  const window = {
    addEventListener: windowEvents.addEventListener.bind(windowEvents),
    crypto: browser.has.randomUuid ? { ...crypto, ...uuid } : crypto,
    document,
    history,
    location,
    navigator,
    screen: { width: 1280, height: 720 },
    ...playTime(browser, life),
    AbortController,
    Response,
    ...(browser.has.compression && { CompressionStream: PageCompression }),
    ...(browser.has.temporal && { Temporal: { Now: { timeZoneId: () => 'Asia/Tokyo' } } }),
    Request: browser.has.keepalive ? Request : class {},
    get localStorage() {
      return createStorage(browser, life)
    },
    fetch: async (url: string, init: RequestInit) => {
      const reply = await send(browser, url, init.body as string | ArrayBuffer, init.keepalive === true, false)
      if (!life.alive || reply === 'silence') return await silence(init.signal)
      if (reply === 'network error') throw new TypeError('Failed to fetch')
      return Response.json(reply.body ?? {}, { status: reply.status, headers: reply.headers ?? {} })
    },
  }
  return window as unknown as BrowserWindow
}

/** Packs without a thread's help, so that no time passes by the real clock. */
class PageCompression extends TransformStream<Uint8Array, Uint8Array> {
  constructor() {
    const chunks: Uint8Array[] = []
    super({
      transform: (chunk) => void chunks.push(chunk),
      flush: (controller) => controller.enqueue(gzipSync(Buffer.concat(chunks))),
    })
  }
}

/** The clock, chance and timers of a page. */
function playTime({ clock, random }: TestBrowser, life: Life) {
  class PageDate extends Date {
    constructor(...given: [] | [number]) {
      super(given[0] ?? clock.now())
    }
    static override now = clock.now
  }
  return {
    Date: PageDate,
    Math: { random: () => random() },
    performance: { now: () => clock.now() - clock.offset },
    setTimeout: (run: () => void, ms = 0) => clock.setTimer(() => life.alive && run(), ms),
    clearTimeout: clock.clearTimer,
  }
}

/** Neither answers nor ends, unless it is aborted. */
const silence = (signal: AbortSignal | null | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError'))))

/** The request leaves at once; the answer comes a little later. */
async function send(
  { server, clock }: TestBrowser,
  url: string,
  body: string | ArrayBuffer,
  keepalive: boolean,
  viaBeacon: boolean,
): Promise<Reply> {
  if (url !== 'https://t.example/v1/batch') throw new TypeError(`no server at ${url}`)
  const text = typeof body === 'string' ? body : gunzipSync(Buffer.from(body)).toString()
  const wireBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength
  const reply = server.handle(readRequest(text, { at: clock.now(), keepalive, viaBeacon, bytes: wireBytes }))
  await settleAll(3)
  return reply
}

type Address = Pick<URL, 'href' | 'pathname' | 'search' | 'hash' | 'protocol' | 'origin' | 'hostname'>
const addressParts = (address: string): Address => {
  const { href, pathname, search, hash, protocol, origin, hostname } = new URL(address)
  return { href, pathname, search, hash, protocol, origin, hostname }
}

/** Other pages hear of a write, a little later. */
function announce({ pages }: TestBrowser, writer: Life, key: string): void {
  for (const page of pages)
    if (page.life !== writer) setImmediate(() => page.life.alive && page.fire('storage', { key }))
}

function createStorage(browser: TestBrowser, life: Life): Storage {
  const { stored, storage } = browser
  if (storage.blocked) throw new DOMException('denied', 'SecurityError')
  const methods = {
    clear: () => stored.clear(),
    getItem: (key: string) => stored.get(key) ?? null,
    removeItem: (key: string) => void stored.delete(key),
    setItem(key: string, value: string) {
      const others = [...stored].filter(([other]) => other !== key)
      const used = others.reduce((sum, [key, text]) => sum + key.length + text.length, 0)
      if (used + key.length + value.length > storage.maxCharacters) throw new DOMException('full', 'QuotaExceededError')
      stored.set(key, value)
      announce(browser, life, key)
    },
  }
  return new Proxy(methods, {
    get: (target, name) => (name === 'length' ? stored.size : target[name as keyof typeof methods]),
    ownKeys: () => [...stored.keys()],
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  }) as unknown as Storage
}

interface Locks {
  managerFor(holder: object): LockManager
  releaseAll(holder: object): void
}

interface Waiting {
  name: string
  holder: object
  grant: () => Promise<unknown>
}

/** Exclusive Web Locks, which end with the page that holds or awaits them. */
function createLocks(): Locks {
  const held = new Map<string, Waiting>()
  let queue: Waiting[] = []
  const pump = (): void => {
    for (const waiting of queue) {
      if (held.has(waiting.name)) continue
      held.set(waiting.name, waiting)
      queue = queue.filter((other) => other !== waiting)
      const free = (): void => {
        if (held.get(waiting.name) === waiting) held.delete(waiting.name)
        pump()
      }
      waiting.grant().then(free, free)
    }
  }
  const request = (holder: object, name: string, { signal }: LockOptions, run: () => unknown): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const waiting: Waiting = {
        name,
        holder,
        grant: async () => {
          await Promise.resolve()
          resolve(await run())
        },
      }
      signal?.addEventListener('abort', () => {
        queue = queue.filter((other) => other !== waiting)
        reject(new DOMException('aborted', 'AbortError'))
      })
      queue.push(waiting)
      pump()
    })
  return {
    managerFor: (holder) => ({ request: request.bind(undefined, holder) }) as unknown as LockManager,
    releaseAll(holder) {
      queue = queue.filter((waiting) => waiting.holder !== holder)
      for (const [name, waiting] of held) if (waiting.holder === holder) held.delete(name)
      pump()
    },
  }
}
