import type { Context } from '@trailstitch/protocol'
import { randomId } from '../lib/random-id.ts'
import { maxRetryAfterMs } from '../lib/retry.ts'
import { safely } from '../lib/safely.ts'
import type { OnDrop } from '../types.ts'
import type { BrowserDeps } from './deps.ts'
import type { Batch, EventQueue } from './event-queue.ts'
import { createTabs, type Tabs } from './tabs.ts'

/** Events in a request, at most. */
export const maxBatchEvents = 2_500

/**
 * Gets events from storage to the collector. One request at a time while the page lives:
 *
 *   waiting --take--> in flight --taken--> settled
 *                         |--- no answer, 429, 5xx ---> waiting again, after a while
 *                         |--- refused in the receipt -> dropped, alone
 *                         '--- page left -------------> unconfirmed, for the next page
 *
 * Leaving the page, all that fits goes out at once in requests that outlive it, and the rest stays stored. Nobody hears
 * the answers to those, and neither sending everything again nor trusting that it arrived will do: the next page names
 * such batches in `unconfirmed`, and sends again those that the receipt does not list as `known`.
 */
export interface Delivery {
  readonly deps: BrowserDeps
  readonly queue: EventQueue
  readonly tabs: Tabs
  readonly url: string
  readonly writeKey: string
  readonly context: Context
  readonly flushAt: number
  readonly flushIntervalMs: number
  readonly maxQueueBytes: number
  readonly onDrop: OnDrop
  /** Tabs whose events are ours or will be. */
  seen: Set<string>
  unconfirmed: Batch[]
  /** Bytes in flight that count against the browser's quota for requests that outlive the page. */
  keepaliveBytes: number
  /** In a row, and the time before which nothing is tried again. */
  failures: number
  retryAt: number
  /** Most events in a request; smaller while we look for the event that makes a body unfit. */
  maxCount: number
  timer: unknown
  timerAt: number
  running: Promise<void> | undefined
  left: boolean
}

/** A name nobody else has. */
export const newTab = ({ window }: BrowserDeps): string => randomId(window.crypto).slice(-12)

export type DeliveryOptions = Pick<
  Delivery,
  'deps' | 'url' | 'writeKey' | 'context' | 'flushAt' | 'flushIntervalMs' | 'maxQueueBytes' | 'onDrop'
> & { storage: EventQueue['storage']; prefix: string }

export function createDelivery({ storage, prefix, ...options }: DeliveryOptions): Delivery {
  const { deps } = options
  const encoder = new TextEncoder()
  const queue: EventQueue = {
    storage,
    prefix,
    now: deps.now,
    measure: (text) => encoder.encode(text).length,
    tab: newTab(deps),
    count: 0,
    waiting: [],
    held: new Set(),
    heldBytes: 0,
  }
  return {
    ...options,
    queue,
    tabs: createTabs({ ...deps, storage, prefix }),
    seen: new Set(),
    unconfirmed: [],
    keepaliveBytes: 0,
    failures: 0,
    retryAt: 0,
    maxCount: maxBatchEvents,
    timer: undefined,
    timerAt: 0,
    running: undefined,
    left: false,
  }
}

/** Tells the page of an event, given as JSON text where it got that far. */
export const drop = (d: Delivery, event: unknown, reason: string): void =>
  void safely(() => d.onDrop(safely(() => JSON.parse(event as string))() ?? event, reason))()

/** A pause the server asked for holds for all tabs and for the pages to come, so it is stored. */
export const pauseKey = ({ queue }: Delivery): string => `${queue.prefix}pause`

export function pausedUntil(d: Delivery): number {
  const until = Number(d.queue.storage.get(pauseKey(d))) || 0
  return until - d.deps.now() > maxRetryAfterMs ? 0 : until // the clock was set back
}
