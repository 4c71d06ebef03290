import type { StoredEvent } from '@trailstitch/protocol'
import type { Guarantee } from '../contract.ts'
import type { AppendChunk, StitchRules, Store, StoreOptions } from './port.ts'

/** What the suite needs of a backend under test. */
export interface StoreFixture {
  /** Opens a handle. Handles of one name share a store; a new name is a new, empty store. */
  open(name: string, options?: StoreOptions): Promise<Store>
  /** Lets time pass: moves the clock the handles were given. */
  elapse(ms: number): Promise<void>
  /** What that clock says, ms. */
  now(): number
  stop(): Promise<void>
}

export interface Suite {
  guarantee: Guarantee
  rules: StitchRules
  fixture(): StoreFixture
  /** A handle on the store of the running case. */
  open(options?: StoreOptions): Promise<Store>
  /** A handle on another store of the running case. */
  openOther(options?: StoreOptions): Promise<Store>
}

export const minute = Date.UTC(2026, 0, 5, 10)

export const eventOf = (messageId: string, more: Partial<StoredEvent> = {}): StoredEvent => ({
  project: 'p',
  messageId,
  type: 'track',
  name: 'Tested',
  timestamp: minute + 1000,
  receivedAt: minute + 2000,
  anonymousId: 'a1',
  ...more,
})

export const chunkOf = (seq: number, events: readonly StoredEvent[], more: Partial<AppendChunk> = {}): AppendChunk => ({
  collector: 'c1',
  seq,
  voided: [],
  received: [{ project: 'p', minute, events: events.length + (more.rejected?.length ?? 0) }],
  events,
  rejected: [],
  ...more,
})

export async function storedIds(store: Store): Promise<string[]> {
  const { items } = await store.query({ type: 'events', project: 'p', limit: 1000 })
  return items.map(({ messageId }) => messageId).sort()
}

export async function stitchAll(store: Store, rules: StitchRules): Promise<void> {
  for (let behind = 1; behind > 0; ) ({ behind } = await store.stitch(rules, 10))
}
