import { readBrowser } from './browser/context.ts'
import { createDelivery, flush, leave, notice, open } from './browser/delivery.ts'
import { type BrowserWindow, findBrowser } from './browser/deps.ts'
import { createIdentity } from './browser/identity.ts'
import { type Fields, type Recorder, readCall, record } from './browser/record.ts'
import { createStore } from './browser/storage.ts'
import { safely } from './lib/safely.ts'
import type {
  Analytics,
  AnalyticsOptions,
  AnyEvents,
  EventMap,
  EventOptions,
  Id,
  PluginContext,
  Properties,
} from './types.ts'

/**
 * The client of a page. Nothing it does throws or rejects. Without a page, as when rendering on a server, its calls do
 * nothing.
 */
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: AnalyticsOptions,
  window: BrowserWindow | undefined = findBrowser(),
): Analytics<Events> {
  const recorder = window && safely(start)(options, window)
  const call = <Arguments extends unknown[]>(run: (recorder: Recorder, ...given: Arguments) => void) =>
    safely((...given: Arguments): void => {
      if (recorder) run(recorder, ...given)
    })
  const view = (type: 'page' | 'screen') =>
    call((recorder, ...given: unknown[]) => {
      const [words, properties, options] = readCall(given)
      const [category, name] = words.length > 1 ? words : [undefined, words[0]]
      const fields = { type, name: name ?? undefined, category: category ?? undefined, properties } as Fields
      record(recorder, fields, options)
    })
  const analytics = {
    track: call((recorder, event: unknown, properties: unknown, options?: EventOptions) =>
      record(recorder, { type: 'track', event, properties }, options),
    ),
    page: view('page'),
    screen: view('screen'),
    identify: call((recorder, ...given: unknown[]) => {
      const [[id], traits, options] = readCall(given)
      const userId = id ?? undefined
      if (userId !== undefined) recorder.identity.setUserId(`${userId}`)
      record(recorder, { type: 'identify', ...(userId !== undefined && { userId }), traits }, options)
    }),
    group: call((recorder, groupId: Id, traits?: Properties, options?: EventOptions) =>
      record(recorder, { type: 'group', groupId, traits }, options),
    ),
    alias: call((recorder, userId: Id, previous?: Id, options?: EventOptions) => {
      const previousId = previous ?? recorder.identity.userId() ?? recorder.identity.anonymousId()
      record(recorder, { type: 'alias', userId, previousId }, options)
    }),
    reset: call((recorder) => recorder.identity.reset()),
    flush: async () => recorder && flush(recorder.delivery),
    anonymousId: () => safely(() => recorder?.identity.anonymousId())() ?? '',
  } as unknown as Analytics<Events>
  for (const plugin of (window && options.plugins) ?? []) {
    const hook = safely(plugin)({
      analytics: analytics as unknown as Analytics,
      window: window as PluginContext['window'],
    })
    if (hook) recorder?.hooks.push(hook)
  }
  return analytics
}

function start(options: AnalyticsOptions, window: BrowserWindow): Recorder {
  const { document } = window
  const prefix = `trailstitch:${options.writeKey}:`
  const store = createStore(window)
  const delivery = createDelivery(window, store, options, prefix, readBrowser(window))
  const begin = (): void => open(delivery)
  // A page that is rendered ahead may never be seen.
  if (document.prerendering) document.addEventListener('prerenderingchange', begin, { once: true })
  else begin()
  // A page that is hidden may be killed without a further word, on phones above all.
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && leave(delivery))
  window.addEventListener('pagehide', () => leave(delivery, true))
  window.addEventListener('pageshow', ({ persisted }) => persisted && begin())
  window.addEventListener('online', () => void flush(delivery))
  window.addEventListener('storage', ({ key }) => notice(delivery, key))
  return { delivery, identity: createIdentity(window, store, prefix), hooks: [] }
}
