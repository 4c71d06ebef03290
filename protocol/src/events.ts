/**
 * The events of the wire, as written by hand. They follow Segment's HTTP Tracking API and its common fields
 * (https://segment.com/docs/connections/spec/common/); `schema.ts` is held to them with `satisfies`.
 */

/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** ISO 8601 text, or milliseconds since 1970. */
export type WireTime = string | number

/** Where an event comes from. Every field is optional and unknown fields are kept. */
export interface Context {
  active?: boolean
  app?: { name?: string; version?: string; build?: string; namespace?: string }
  campaign?: { name?: string; source?: string; medium?: string; term?: string; content?: string; id?: string }
  channel?: string
  device?: {
    id?: string
    advertisingId?: string
    adTrackingEnabled?: boolean
    manufacturer?: string
    model?: string
    name?: string
    type?: string
    version?: string
  }
  /** True when the IP of the request is the person's own, as for a browser. */
  direct?: boolean
  groupId?: string | number
  ip?: string
  library?: { name?: string; version?: string }
  locale?: string
  network?: { bluetooth?: boolean; carrier?: string; cellular?: boolean; wifi?: boolean }
  os?: { name?: string; version?: string }
  page?: { path?: string; referrer?: string; search?: string; title?: string; url?: string }
  referrer?: { type?: string; name?: string; url?: string; link?: string }
  screen?: { density?: number; height?: number; width?: number }
  timezone?: string
  traits?: JsonObject
  userAgent?: string
  userAgentData?: JsonObject
}

/** Fields every event may carry. Each event needs `anonymousId` or `userId`. */
export interface EventCommon {
  /** A browser or device. At most 512 characters. */
  anonymousId?: string | number | null
  /** A signed-in person. At most 512 characters. */
  userId?: string | number | null
  /** Unique per event; the same id counts once. At most 100 characters. */
  messageId?: string
  /** When it happened, by the client's clock. */
  timestamp?: WireTime
  originalTimestamp?: WireTime
  /** When it was sent, by the same clock as `timestamp`: the two together cancel a wrong clock. */
  sentAt?: WireTime
  context?: Context
  integrations?: JsonObject
  version?: string | number
}

/** Something a person did. */
export interface TrackEvent extends EventCommon {
  type: 'track'
  event: string
  properties?: JsonObject
}

/** Who a person is: ties `anonymousId` to `userId` and sets traits. */
export interface IdentifyEvent extends EventCommon {
  type: 'identify'
  traits?: JsonObject
}

/** A web page was seen. */
export interface PageEvent extends EventCommon {
  type: 'page'
  name?: string | null
  category?: string | null
  properties?: JsonObject
}

/** A screen of an app was seen. */
export interface ScreenEvent extends EventCommon {
  type: 'screen'
  name?: string | null
  category?: string | null
  properties?: JsonObject
}

/** The person belongs to a group, such as a company. */
export interface GroupEvent extends EventCommon {
  type: 'group'
  groupId: string | number
  traits?: JsonObject
}

/** Merges the identity `previousId` into `userId`. */
export interface AliasEvent extends EventCommon {
  type: 'alias'
  previousId: string | number
  userId: string | number
}

export type WireEvent = TrackEvent | IdentifyEvent | PageEvent | ScreenEvent | GroupEvent | AliasEvent
export type EventType = WireEvent['type']

export const eventTypes: readonly EventType[] = Object.freeze(['track', 'identify', 'page', 'screen', 'group', 'alias'])

/** The body of `POST /v1/batch`. `context` and `integrations` are merged into each event, the event's own fields win. */
export interface BatchBody {
  batch: readonly WireEvent[]
  context?: Context
  integrations?: JsonObject
  sentAt?: WireTime
  writeKey?: string
}
