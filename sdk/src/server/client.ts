import type { WireEvent } from '@trailstitch/protocol'
import { safely } from '../lib/safely.ts'
import { maxBatchEvents } from './segment.ts'
import { enqueue, pump } from './sender.ts'
import { drop, type Sender, type SenderDeps, type SpillFolder } from './state.ts'
import type { RequestScope, ServerAnalytics, ServerAnalyticsOptions } from './types.ts'
import { close, drain, waitForRoom } from './wait.ts'

const closeTimeoutMs = 10_000

/** What kinds of servers differ in. */
export interface Platform {
  deps: SenderDeps
  library: { name: string; version: string }
  folder?: SpillFolder | undefined
  /** Set where what one request begins may end with it: how often the others look, in ms. */
  tickMs?: number
  /** The request that is being answered. */
  scope?: () => RequestScope | undefined
}

/** Any call. Scripts pass null as well. */
interface Given extends RequestScope {
  messageId?: unknown
  timestamp?: unknown
}

type CallName = WireEvent['type']

/** A client as it is at run time: the types of calls are checked where they are written. */
export interface UntypedAnalytics
  extends Omit<ServerAnalytics, CallName>,
    Readonly<Record<CallName, (given: Given) => void>> {}

/** The client of a server. Nothing happens until it is used: some platforms allow no more at that time. */
export function createServerAnalytics(options: ServerAnalyticsOptions, platform: Platform): UntypedAnalytics {
  const sender = createSender(options, platform)
  const stamp = createStamp()
  const keepAlive = safely((work: typeof drain) => options.waitUntil?.(work(sender)))
  const call = (type: CallName) =>
    safely((given: Given) => {
      const now = sender.deps.now()
      const event = {
        ...given,
        ...fromScope(platform.scope?.(), type, given),
        // Null and undefined stand for absent. Without an id of its own a retried event would count twice.
        messageId: given.messageId ?? crypto.randomUUID(),
        timestamp: given.timestamp ?? stamp(now),
        type,
      }
      const text = safely(JSON.stringify)(event)
      if (typeof text !== 'string') {
        drop(sender, event, 'not_json')
        return
      }
      const before = sender.accepted
      enqueue(sender, text, now)
      // Once for events that are sent together: who began to wait for them waits for all.
      if (sender.accepted > before && sender.open?.count === 1) keepAlive(drain)
    })
  let closing: Promise<boolean> | undefined
  if (platform.folder) pump(sender)
  return {
    track: call('track'),
    page: call('page'),
    screen: call('screen'),
    identify: call('identify'),
    group: call('group'),
    alias: call('alias'),
    flush: ({ timeoutMs } = {}) => drain(sender, timeoutMs),
    ready: () => waitForRoom(sender),
    close({ timeoutMs = closeTimeoutMs } = {}) {
      closing ??= close(sender, timeoutMs)
      return closing
    },
    dropped: () => Object.fromEntries(sender.dropped),
  }
}

/**
 * What the request says where the call does not. Ids only where the call names nobody: who it is about may be somebody
 * else than who asked, and both in one event would tie the two together. `identify` is there to tie them.
 */
function fromScope(scope: RequestScope | undefined, type: string, given: Given): RequestScope | undefined {
  if (!scope) return undefined
  const namesNobody = given.anonymousId == null && given.userId == null
  const [anonymousId, userId] = [scope.anonymousId, scope.userId]
  return {
    ...(namesNobody && { anonymousId, userId }),
    ...(type === 'identify' && given.anonymousId == null && { anonymousId }),
    ...(scope.context && { context: { ...scope.context, ...given.context } }),
  }
}

/** ISO times. Many events share one. */
function createStamp(): (now: number) => string {
  let [at, text] = [Number.NaN, '']
  return (now) => {
    if (now !== at) [at, text] = [now, new Date(now).toISOString()]
    return text
  }
}

function createSender(options: ServerAnalyticsOptions, { deps, library, folder, tickMs }: Platform): Sender {
  const { endpoint, writeKey } = options
  const ending = `],${JSON.stringify({ writeKey, context: { library } }).slice(1, -1)},"sentAt":"`
  return {
    deps,
    url: `${endpoint.replace(/\/+$/, '')}/v1/batch`,
    ending,
    room: 3 * ending.length + 100,
    flushAt: options.flushAt ?? maxBatchEvents,
    flushIntervalMs: options.flushIntervalMs ?? 1_000,
    maxQueueBytes: options.maxQueueBytes ?? 32 * 1024 * 1024,
    requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
    maxRequests: options.maxRequests ?? 4,
    onDrop: options.onDrop ?? (() => {}),
    dropped: new Map(),
    folder,
    open: undefined,
    queue: [],
    attempts: new Set(),
    live: new Set(),
    queueBytes: 0,
    accepted: 0,
    waiters: new Set(),
    tickMs,
    allowed: 1,
    failures: 0,
    round: 0,
    pauseUntil: 0,
    blockedUntil: 0,
    isScheduled: false,
    isClosed: false,
    isOver: false,
    timer: undefined,
    timerAt: 0,
    spare: undefined,
    moving: undefined,
    diskRetryAt: 0,
    listAt: 0,
  }
}
