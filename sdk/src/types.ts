/**
 * The public types. They stand on their own, so that nobody needs another package to read them; the calls follow
 * Segment's analytics.js, which makes moving a changed import.
 */

/** Text or a number. At most 512 characters. */
export type Id = string | number

/** Anything JSON can hold, by name. */
export type Properties = Record<string, unknown>

/** Event names and the shape of their properties: `{ 'Order Completed': { orderId: string } }`. */
export type EventMap<Events> = { [Name in keyof Events]: object }

/** Without an event map of your own every name and every shape is taken. */
export type AnyEvents = Record<string, Properties>

/** What may be said about a single call, as its last argument. */
export interface EventOptions {
  /** Merged over the context the client collects. */
  context?: Properties
  integrations?: Properties
  /** When it happened. Default: now. */
  timestamp?: Date | string | number
  /** The same id counts once. At most 100 characters. Default: a random one. */
  messageId?: string
  anonymousId?: Id
  userId?: Id
}

/** Properties may be left out where an empty object would do. */
export type PropertiesArgument<Shape> = Record<never, never> extends Shape ? [properties?: Shape] : [properties: Shape]

/** What follows the name in a `track` call. */
export type TrackArguments<Shape> = [...PropertiesArgument<Shape>, options?: EventOptions]

/**
 * Why an event was not delivered: `event_too_large` (over 32 KB), `queue_full` (over `maxQueueBytes`), `not_json` (a
 * cycle, a BigInt), `expired` (not delivered for 6 days), `closed` (Node: the client was closed before it was
 * delivered), or a code the server refused it with.
 */
export type DropReason = string

/** Called once for each event that will not be delivered. What it throws is ignored. */
export type OnDrop = (event: unknown, reason: DropReason) => void

/** An event as it is about to be stored, in the words of the wire. */
export interface OutgoingEvent {
  type: 'track' | 'page' | 'screen' | 'identify' | 'group' | 'alias'
  messageId: string
  /** ISO time. */
  timestamp: string
  anonymousId: Id
  userId?: Id
  event?: string
  name?: string
  category?: string
  properties?: Properties
  traits?: Properties
  context: Properties
  [field: string]: unknown
}

/**
 * Looks at an event before it is stored. Answers another one in its place, or null to drop it; anything else, a promise
 * included, leaves it as it is, and so does throwing.
 */
export type BeforeSend = (event: OutgoingEvent) => OutgoingEvent | null | undefined | void

/** What a plugin works with. */
export interface PluginContext {
  analytics: Analytics
  window: Window & typeof globalThis
  /** That of the client. What a plugin stores belongs under keys that begin with `trailstitch:<writeKey>:`. */
  writeKey: string
}

/**
 * Called once, as the client starts in a page; never on a server. What it answers looks at every event, those that other
 * plugins make as they start included.
 */
export type Plugin = (context: PluginContext) => BeforeSend | undefined | void

/**
 * Keeps events that local storage cannot, such as `indexedDbFallback` of the plugins. Nothing here throws or rejects, and nothing
 * waits: what is done later is done in the order it was asked for.
 */
export interface Fallback {
  keep(key: string, value: string): void
  remove(key: string): void
  /** Whether it has the key's last value for sure. */
  has(key: string): boolean
  /** What it has now under keys that begin so. */
  read(prefix: string): Promise<[key: string, value: string][]>
  clear(): void
}

/** Called once as the client starts in a page, with what the client's keys begin with. Undefined where it cannot work. */
export type StorageFallback = (window: PluginContext['window'], prefix: string) => Fallback | undefined

export interface AnalyticsOptions {
  /** Says which project the events belong to. It can only write. */
  writeKey: string
  /** Origin of the collector, such as `https://t.example.com`. Default: the origin of the page. */
  endpoint?: string
  /** Events that wait before they are sent without further delay. Default 20. */
  flushAt?: number
  /** How long an event waits for others to be sent with, in ms. Default 1,000. */
  flushIntervalMs?: number
  /** Events kept while they can't be delivered, in bytes of JSON; new ones beyond that are dropped. Default 2,000,000. */
  maxQueueBytes?: number
  /** What makes or looks at events by itself, such as page views. Hooks run in this order; false is left out. */
  plugins?: (Plugin | false | undefined)[]
  /** Where events wait that local storage cannot keep: `indexedDbFallback()` of the plugins. Default: in memory only. */
  fallback?: StorageFallback
  onDrop?: OnDrop
}

/** The calls that `on` tells of. */
export type CallName = 'track' | 'page' | 'screen' | 'identify' | 'group' | 'alias' | 'reset'

export interface Analytics<Events extends EventMap<Events> = AnyEvents> {
  /** Something the person did. In local storage when the call returns. */
  track<Name extends keyof Events & string>(event: Name, ...rest: TrackArguments<Events[Name]>): void
  /** A page was seen. Address, title and referrer are added. */
  page(name?: string | null, properties?: Properties, options?: EventOptions): void
  page(category: string | null, name: string | null, properties?: Properties, options?: EventOptions): void
  page(properties: Properties, options?: EventOptions): void
  /** A screen of an app was seen. */
  screen(name?: string | null, properties?: Properties, options?: EventOptions): void
  screen(category: string | null, name: string | null, properties?: Properties, options?: EventOptions): void
  /** Who the person is. The id is kept and goes along with later events, until {@link Analytics.reset}. */
  identify(userId: Id | null | undefined, traits?: Properties, options?: EventOptions): void
  identify(traits: Properties, options?: EventOptions): void
  /** The person belongs to a group, such as a company. */
  group(groupId: Id, traits?: Properties, options?: EventOptions): void
  /** Merges `previousId` (default: the present user, else the present visitor) into `userId`. */
  alias(userId: Id, previousId?: Id, options?: EventOptions): void
  /** Forgets the person and starts a new visitor, as on signing out. */
  reset(): void
  /** Sends what waits. Resolves when all of it is delivered or an attempt failed; what failed is tried again later. */
  flush(): Promise<void>
  /** The visitor: kept in local storage and in the cookie `trailstitch_id`. */
  anonymousId(): string
  /**
   * Makes the visitor another one, such as the one a server or another domain of yours knows; the user stays. Ids of
   * other characters than letters, digits and `_ . -` are ignored.
   */
  setAnonymousId(anonymousId: Id): void
  /** Calls `listener` after each call of that name, with what was given to the call. What it throws is ignored. */
  on(call: CallName, listener: (...given: unknown[]) => void): void
  /** Calls `callback` soon, once the client works; never on a server. What it throws is ignored. */
  ready(callback: () => void): void
  /** Ends the client: calls do nothing any more, and what is not delivered yet waits in storage for a later page. */
  close(): void
}
