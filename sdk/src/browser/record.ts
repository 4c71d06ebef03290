import type { PageEvent, WireEvent } from '@trailstitch/protocol'
import { randomId } from '../lib/random-id.ts'
import type { EventOptions, Id, Properties } from '../types.ts'
import { readPage } from './context.ts'
import { type Delivery, drop } from './delivery.ts'
import type { Identity } from './identity.ts'
import { accept } from './lifecycle.ts'

/** What makes an event of this page. */
export interface Recorder {
  delivery: Delivery
  identity: Identity
  /** Where the person came from: another site, or the page before in a single-page app. */
  referrer: string
}

/** A value from outside, typed loosely: the server checks it, and says so in its receipt. */
export type Fields<Event extends WireEvent = WireEvent> = Event extends WireEvent
  ? { type: Event['type'] } & { [Name in Exclude<keyof Event, 'type'>]?: unknown }
  : never

/** Makes an event and has it stored. `at` is when it happened, ms since 1970; `options` win over everything. */
export function record(
  { delivery, identity, referrer }: Recorder,
  fields: Fields,
  options?: EventOptions | null,
  at = delivery.deps.now(),
): void {
  const { window } = delivery.deps
  const event = {
    messageId: randomId(window.crypto),
    timestamp: new Date(at).toISOString(),
    anonymousId: identity.anonymousId(),
    userId: identity.userId(),
    ...fields,
    ...options,
    context: { page: readPage(window, referrer), ...options?.context },
  }
  let text: string
  try {
    text = JSON.stringify(event)
  } catch {
    drop(delivery, event, 'not_json')
    return
  }
  accept(delivery, text)
}

/** `page(properties?, options?)`, with a name, or a category and a name before them. */
export function readPageCall(given: unknown[]): [fields: Fields<PageEvent>, options: EventOptions | undefined] {
  const first = given.findIndex((argument) => typeof argument === 'object' && argument !== null)
  const words = (first < 0 ? given : given.slice(0, first)).slice(0, 2)
  const [properties, options] = given.slice(first < 0 ? words.length : first)
  const [category, name] = words.length > 1 ? words : [undefined, words[0]]
  return [
    {
      type: 'page',
      ...(name != null && { name }),
      ...(category != null && { category }),
      ...(properties != null && { properties }),
    },
    options as EventOptions | undefined,
  ]
}

/** `identify(userId, traits?, options?)` or `identify(traits, options?)`. */
export function readIdentifyCall(
  given: unknown[],
): [userId: Id | undefined, traits: Properties | undefined, options: EventOptions | undefined] {
  const [first] = given
  const rest = typeof first === 'object' && first !== null ? given : given.slice(1)
  const userId = rest === given ? undefined : (first as Id | undefined)
  return [userId ?? undefined, rest[0] as Properties | undefined, rest[1] as EventOptions | undefined]
}
