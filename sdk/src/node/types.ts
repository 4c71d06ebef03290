import type { AnyEvents, DropReason, EventMap, Id, OnDrop, Properties, PropertiesArgument } from '../types.ts'

/** Every call says who it is about. */
export type Who = { userId: Id; anonymousId?: Id | null } | { anonymousId: Id; userId?: Id | null }

/** What any call may carry beside. */
export interface Extras {
  context?: Properties
  integrations?: Properties
  /** When it happened. Default: now. */
  timestamp?: Date | string | number
  /** The same id counts once. At most 100 characters. Default: a random one. */
  messageId?: string
}

export type NodeCall = Who & Extras

/** Properties may be left out where an empty object would do. */
export type TrackCall<Name, Shape> = NodeCall & { event: Name } & (PropertiesArgument<Shape> extends [Shape]
    ? { properties: Shape }
    : { properties?: Shape })

export interface NodeAnalyticsOptions {
  /** Says which project the events belong to. It can only write. */
  writeKey: string
  /** Origin of the collector, such as `https://t.example.com`. */
  endpoint: string
  /** Events that wait before they are sent without further delay. Default 100. */
  flushAt?: number
  /** How long an event waits for others to be sent with, in ms. Default 1,000. */
  flushIntervalMs?: number
  /** Events kept while they can't be delivered, in bytes of JSON; new ones beyond that are dropped. Default 32 MiB. */
  maxQueueBytes?: number
  /** How long one request may take, from connecting to the end of the answer. Default 15,000. */
  requestTimeoutMs?: number
  onDrop?: OnDrop
}

export interface NodeAnalytics<Events extends EventMap<Events> = AnyEvents> {
  track<Name extends keyof Events & string>(call: TrackCall<Name, Events[Name]>): void
  page(call: NodeCall & { name?: string | null; category?: string | null; properties?: Properties }): void
  screen(call: NodeCall & { name?: string | null; category?: string | null; properties?: Properties }): void
  identify(call: NodeCall & { traits?: Properties }): void
  group(call: NodeCall & { groupId: Id; traits?: Properties }): void
  alias(call: Extras & { userId: Id; previousId: Id }): void
  /**
   * Resolves with true when everything accepted so far is delivered or dropped, with false when `timeoutMs` (default:
   * none) is over before. Never rejects.
   */
  flush(options?: { timeoutMs?: number }): Promise<boolean>
  /**
   * Takes no more events and delivers those it has. What is left after `timeoutMs` (default 10,000) is dropped; resolves
   * with false then. Never rejects.
   */
  close(options?: { timeoutMs?: number }): Promise<boolean>
  /** Events dropped so far, by reason. */
  dropped(): Record<DropReason, number>
}
