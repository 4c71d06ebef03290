import { readBrowser } from './browser/context.ts'
import { createDelivery, flush, leave, notice, open } from './browser/delivery.ts'
import { type BrowserWindow, findBrowser } from './browser/deps.ts'
import { createIdentity } from './browser/identity.ts'
import { type Fields, type Recorder, readCall, record } from './browser/record.ts'
import { createStore, openFallback, prefixOf } from './browser/storage.ts'
import { safely } from './lib/safely.ts'
import type {
  Analytics,
  AnalyticsOptions,
  AnyEvents,
  CallName,
  EventMap,
  EventOptions,
  Id,
  PluginContext,
  Properties,
} from './types.ts'

type Calls = Record<CallName | 'setAnonymousId', (recorder: Recorder, ...given: never[]) => void>

/**
 * The client of a page. Nothing it does throws or rejects. Without a page, as when rendering on a server, its calls do
 * nothing.
 */
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: AnalyticsOptions,
  window: BrowserWindow | undefined = findBrowser(),
): Analytics<Events> {
  let recorder = window && safely(start)(options, window)
  const listeners: [call: string, listener: (...given: unknown[]) => void][] = []
  const analytics = {
    flush: async () => recorder && flush(recorder.delivery),
    anonymousId: () => safely(() => recorder?.identity.anonymousId())() ?? '',
    on: (call, listener) => void listeners.push([call, listener]),
    ready: (callback) => void (recorder && Promise.resolve().then(safely(callback))),
    close() {
      if (recorder) safely(stop)(recorder)
      recorder = undefined
    },
  } as Analytics
  // Plugins look at what others make as they start, too.
  let early: (() => void)[] | undefined = []
  for (const [name, run] of Object.entries(calls)) {
    const call = safely((...given: unknown[]): void => {
      if (early) early.push(() => call(...given))
      if (early || !recorder) return
      run(recorder, ...(given as never[]))
      for (const [heard, listener] of listeners) if (heard === name) safely(listener)(...given)
    })
    analytics[name as CallName] = call
  }
  for (const plugin of (window && options.plugins) ?? []) {
    const { writeKey } = options
    const hook = plugin && safely(plugin)({ analytics, window: window as PluginContext['window'], writeKey })
    if (hook) recorder?.hooks.push(hook)
  }
  const waiting = early
  early = undefined
  for (const call of waiting) call()
  return analytics as unknown as Analytics<Events>
}

const view =
  (type: 'page' | 'screen') =>
  (recorder: Recorder, ...given: unknown[]): void => {
    const [words, properties, options] = readCall(given)
    const [category, name] = words.length > 1 ? words : [undefined, words[0]]
    const fields = { type, name: name ?? undefined, category: category ?? undefined, properties } as Fields
    record(recorder, fields, options)
  }

const calls: Calls = {
  track: (recorder, event: unknown, properties: unknown, options?: EventOptions) =>
    record(recorder, { type: 'track', event, properties }, options),
  page: view('page'),
  screen: view('screen'),
  identify(recorder, ...given: unknown[]) {
    const [[id], traits, options] = readCall(given)
    const userId = id ?? undefined
    if (userId !== undefined) recorder.identity.setUserId(`${userId}`)
    record(recorder, { type: 'identify', ...(userId !== undefined && { userId }), traits }, options)
  },
  group: (recorder, groupId: Id, traits?: Properties, options?: EventOptions) =>
    record(recorder, { type: 'group', groupId, traits }, options),
  alias(recorder, userId: Id, previous?: Id, options?: EventOptions) {
    const previousId = previous ?? recorder.identity.userId() ?? recorder.identity.anonymousId()
    record(recorder, { type: 'alias', userId, previousId }, options)
  },
  reset: ({ identity }) => identity.reset(),
  setAnonymousId({ identity }, id: Id) {
    // A cookie holds no others.
    if (/^[\w.-]+$/.test(`${id}`)) identity.begin(`${id}`)
  },
}

function start(options: AnalyticsOptions, window: BrowserWindow): Recorder {
  const { document } = window
  const prefix = prefixOf(options)
  const store = createStore(window, openFallback(options, window))
  const delivery = createDelivery(window, store, options, prefix, readBrowser(window))
  const begin = (): void => {
    if (!recorder.isClosed) open(delivery)
  }
  const recorder: Recorder = { delivery, identity: createIdentity(window, store, prefix), hooks: [] }
  // A page that is rendered ahead may never be seen.
  if (document.prerendering) document.addEventListener('prerenderingchange', begin, { once: true })
  else begin()
  // A page that is hidden may be killed without a further word, on phones above all.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave(delivery))
  window.addEventListener('pagehide', () => leave(delivery, true))
  window.addEventListener('pageshow', ({ persisted }) => persisted && begin())
  window.addEventListener('online', () => void flush(delivery))
  // Listening makes a browser open the storage of the session, too, which the page need not wait for.
  window.setTimeout(() => {
    window.addEventListener('storage', ({ key }) => recorder.isClosed || notice(delivery, key))
    for (const key of store.keys()) notice(delivery, key)
  })
  return recorder
}

/**
 * What is stored stays for a later page, and from now on nothing is written. Other tabs do not take it over before this
 * page is gone: whoever closed the client may be about to remove it.
 */
function stop(recorder: Recorder): void {
  const { delivery } = recorder
  recorder.isClosed = true
  delivery.isLeft = true
  delivery.packing = undefined
  delivery.store.set = () => false
}
