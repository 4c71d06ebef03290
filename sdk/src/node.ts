import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { WireEvent } from '@trailstitch/protocol'
import { safely } from './lib/safely.ts'
import { abandon, drain, drop, enqueue, type NodeDeps, type Sender } from './node/sender.ts'
import type { NodeAnalytics, NodeAnalyticsOptions } from './node/types.ts'
import type { AnyEvents, EventMap } from './types.ts'
import { version } from './version.ts'

export type * from './node/types.ts'
export type { AnyEvents, DropReason, EventMap, Id, OnDrop, Properties } from './types.ts'

const closeTimeoutMs = 10_000
const library = Object.freeze({ name: 'trailstitch-node', version })

/**
 * The client of a server. Calls return at once and never throw; events wait in memory until they are delivered, and the
 * process stays alive for them, so `close` it before the process should end.
 */
export function createNodeAnalytics<Events extends EventMap<Events> = AnyEvents>(
  options: NodeAnalyticsOptions,
  deps: NodeDeps = systemDeps(),
): NodeAnalytics<Events> {
  const sender = createSender(options, deps)
  const call = (type: WireEvent['type']) => safely((given: Given) => record(sender, type, given))
  return {
    track: call('track'),
    page: call('page'),
    screen: call('screen'),
    identify: call('identify'),
    group: call('group'),
    alias: call('alias'),
    flush: ({ timeoutMs } = {}) => drain(sender, timeoutMs),
    async close({ timeoutMs = closeTimeoutMs } = {}) {
      sender.isClosed = true
      const done = await drain(sender, timeoutMs)
      if (!done) abandon(sender)
      return done
    },
    dropped: () => Object.fromEntries(sender.dropped),
  }
}

/** Any call. Scripts pass null as well. */
interface Given {
  messageId?: unknown
  timestamp?: unknown
  context?: object | null
}

function record(sender: Sender, type: WireEvent['type'], given: Given): void {
  const event = {
    ...given,
    // Null and undefined stand for absent. Without an id of its own a retried event would count twice.
    messageId: given.messageId ?? crypto.randomUUID(),
    timestamp: given.timestamp ?? new Date(sender.deps.now()).toISOString(),
    type,
    context: { library, ...given.context },
  }
  let text: string
  try {
    text = JSON.stringify(event)
  } catch {
    drop(sender, event, 'not_json')
    return
  }
  enqueue(sender, text)
}

function createSender(options: NodeAnalyticsOptions, deps: NodeDeps): Sender {
  return {
    deps,
    url: `${options.endpoint.replace(/\/+$/, '')}/v1/batch`,
    writeKey: options.writeKey,
    flushAt: options.flushAt ?? 100,
    flushIntervalMs: options.flushIntervalMs ?? 1_000,
    maxQueueBytes: options.maxQueueBytes ?? 32 * 1024 * 1024,
    requestTimeoutMs: options.requestTimeoutMs ?? 15_000,
    onDrop: options.onDrop ?? (() => {}),
    dropped: new Map(),
    queue: [],
    queueBytes: 0,
    accepted: 0,
    settled: 0,
    waiters: [],
    maxCount: 2_500,
    failures: 0,
    isRunning: false,
    isClosed: false,
    interrupt: undefined,
    timer: undefined,
  }
}

const systemDeps = (): NodeDeps => ({
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer: (run, ms) => setTimeout(run, ms),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  fetch: (url, init) => fetch(url, init),
  gzip: (text) => promisify(gzip)(text, { level: 1 }), // higher levels cost much more time than they save bytes
})
