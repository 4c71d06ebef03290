import { type Page, readBrowser } from './browser/context.ts'
import { createDelivery, type Delivery } from './browser/delivery.ts'
import { type BrowserDeps, findBrowser } from './browser/deps.ts'
import { createIdentity } from './browser/identity.ts'
import { flush, leave, notice, open, reopen } from './browser/lifecycle.ts'
import { watchPageViews } from './browser/page-views.ts'
import { type Recorder, readIdentifyCall, readPageCall, record } from './browser/record.ts'
import { createSafeStorage } from './browser/storage.ts'
import { safely } from './lib/safely.ts'
import type { Analytics, AnalyticsOptions, AnyEvents, EventMap, EventOptions, Id, Properties } from './types.ts'

/**
 * The client of a page. Nothing it does throws or rejects. Without a page, as when rendering on a server, its calls do
 * nothing.
 */
export function createAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: AnalyticsOptions,
  deps: BrowserDeps | undefined = findBrowser(),
): Analytics<Events> {
  const recorder = deps && safely(start)(options, deps)
  const call = <Arguments extends unknown[]>(run: (recorder: Recorder, ...given: Arguments) => void) =>
    safely((...given: Arguments): void => {
      if (recorder) run(recorder, ...given)
    })
  return {
    track: call((r, event: unknown, ...[properties, options]: unknown[]) =>
      record(r, { type: 'track', event, properties }, options as EventOptions | undefined),
    ),
    page: call((r, ...given: unknown[]) => record(r, ...readPageCall(given))),
    identify: call((r, ...given: unknown[]) => {
      const [userId, traits, options] = readIdentifyCall(given)
      if (userId !== undefined) r.identity.setUserId(String(userId))
      record(r, { type: 'identify', ...(userId !== undefined && { userId }), traits: traits ?? undefined }, options)
    }),
    group: call((r, groupId: Id, traits?: Properties, options?: EventOptions) =>
      record(r, { type: 'group', groupId, traits }, options),
    ),
    alias: call((r, userId: Id, previousId?: Id, options?: EventOptions) => {
      const previous = previousId ?? r.identity.userId() ?? r.identity.anonymousId()
      record(r, { type: 'alias', userId, previousId: previous }, options)
    }),
    reset: call((r) => r.identity.reset()),
    flush: async () => {
      if (recorder) await flush(recorder.delivery)
    },
    anonymousId: safely(() => recorder?.identity.anonymousId() ?? '') as () => string,
  }
}

function start(options: AnalyticsOptions, deps: BrowserDeps): Recorder {
  const { writeKey, endpoint = '', flushAt = 20, flushIntervalMs = 1_000, maxQueueBytes = 2_000_000 } = options
  const storage = createSafeStorage(deps.window)
  const prefix = `trailstitch:${writeKey}:`
  const delivery = createDelivery({
    deps,
    storage,
    prefix,
    url: `${endpoint.replace(/\/+$/, '')}/v1/batch`,
    writeKey,
    context: readBrowser(deps.window),
    flushAt,
    flushIntervalMs,
    maxQueueBytes,
    onDrop: options.onDrop ?? (() => {}),
  })
  const { document } = deps.window
  const identity = createIdentity(deps.window, storage, prefix)
  const recorder: Recorder = { delivery, identity, referrer: document.referrer }
  listen(delivery)
  open(delivery)
  if (options.pageViews) {
    const onPageView = safely((page: Page, at: number) => record(recorder, { type: 'page' }, { context: { page } }, at))
    watchPageViews(deps, onPageView, (referrer) => {
      recorder.referrer = referrer
    })
  }
  return recorder
}

/** Follows the life of the page. A page that is hidden may be killed without a further word, on phones above all. */
function listen(delivery: Delivery): void {
  const { window } = delivery.deps
  const { document } = window
  const on = safely
  document.addEventListener(
    'visibilitychange',
    on(() => {
      if (document.visibilityState === 'hidden') leave(delivery, false)
    }),
  )
  window.addEventListener(
    'pagehide',
    on(() => leave(delivery, true)),
  )
  window.addEventListener(
    'pageshow',
    on((event: PageTransitionEvent) => {
      if (event.persisted) reopen(delivery)
    }),
  )
  window.addEventListener(
    'online',
    on(() => void flush(delivery)),
  )
  window.addEventListener(
    'storage',
    on((event: StorageEvent) => notice(delivery, event.key)),
  )
}
