import type { AnyEvents, DropReason, EventMap, Id, OnDrop, Properties, PropertiesArgument } from '../types.ts'

/** Every call says who it is about. */
export type Who = { userId: Id; anonymousId?: Id | null } | { anonymousId: Id; userId?: Id | null }

/** Where the client knows it from the request that is being answered, a call need not say it. */
export interface MaybeWho {
  userId?: Id | null
  anonymousId?: Id | null
}

/** Who a request is of. Getters are read with each call, so they may answer what is known only later. */
export interface RequestScope {
  anonymousId?: Id | null | undefined
  userId?: Id | null | undefined
  /** Where a call has a context of its own, its fields win. */
  context?: Properties | undefined
}

/** What any call may carry beside. */
export interface Extras {
  context?: Properties
  integrations?: Properties
  /** When it happened. Default: now. */
  timestamp?: Date | string | number
  /** The same id counts once. At most 100 characters. Default: a random one. */
  messageId?: string
}

/** Properties may be left out where an empty object would do. */
export type TrackCall<Name, Shape, About = Who> = About &
  Extras & { event: Name } & (PropertiesArgument<Shape> extends [Shape]
    ? { properties: Shape }
    : { properties?: Shape })

/** The calls that make events. They return at once and never throw. */
export interface Calls<Events extends EventMap<Events>, About> {
  track<Name extends keyof Events & string>(call: TrackCall<Name, Events[Name], About>): void
  page(call: About & Extras & { name?: string | null; category?: string | null; properties?: Properties }): void
  screen(call: About & Extras & { name?: string | null; category?: string | null; properties?: Properties }): void
  identify(call: About & Extras & { traits?: Properties }): void
  group(call: About & Extras & { groupId: Id; traits?: Properties }): void
  alias(call: Extras & { userId: Id; previousId: Id }): void
}

export interface ServerAnalyticsOptions {
  /** Says which project the events belong to. It can only write. */
  writeKey: string
  /** Origin of the collector, such as `https://t.example.com`. */
  endpoint: string
  /** Events that wait before they are sent without further delay. Default and limit: what fits in a request, at most 2,500. */
  flushAt?: number
  /** How long an event waits for others to be sent with, in ms. Default 1,000. */
  flushIntervalMs?: number
  /** Events kept in memory until they are delivered, in bytes of JSON; new ones beyond that are dropped. Default 32 MiB. */
  maxQueueBytes?: number
  /** How long one request may take, from packing it to the end of the answer. Default 15,000. */
  requestTimeoutMs?: number
  /** Requests under way at a time when much waits; one while the collector fails. Default 4. */
  maxRequests?: number
  /**
   * Where the platform freezes or ends a process that has answered: its way to say that work goes on. Called with a
   * promise, which never rejects, as events begin to wait; they are then sent without waiting for others.
   */
  waitUntil?: (work: Promise<unknown>) => void
  onDrop?: OnDrop
}

/** How long to wait, in ms. */
export interface Patience {
  timeoutMs?: number
}

export interface ServerAnalytics<Events extends EventMap<Events> = AnyEvents> extends Calls<Events, Who> {
  /**
   * Resolves with true when everything accepted so far is delivered or dropped, with false when `timeoutMs` (default:
   * none) is over before. Never rejects.
   */
  flush(options?: Patience): Promise<boolean>
  /**
   * Resolves when there is room: at most half of `maxQueueBytes` waits in memory. At once where that is so already, or
   * where the client is closed. Never rejects. Whoever makes events faster than they can be sent awaits it in between.
   */
  ready(): Promise<void>
  /**
   * Takes no more events and delivers those it has. What is left after `timeoutMs` (default 10,000) is dropped; resolves
   * with false then. Never rejects.
   */
  close(options?: Patience): Promise<boolean>
  /** Events dropped so far, by reason. */
  dropped(): Record<DropReason, number>
}
