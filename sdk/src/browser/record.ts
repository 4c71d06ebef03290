import type { WireEvent } from '@trailstitch/protocol'
import { randomId } from '../lib/random-id.ts'
import { safely } from '../lib/safely.ts'
import type { BeforeSend, EventOptions, OutgoingEvent, Properties } from '../types.ts'
import { readPage } from './context.ts'
import { accept, type Delivery, drop } from './delivery.ts'
import type { Identity } from './identity.ts'

/** What makes an event of this page. */
export interface Recorder {
  delivery: Delivery
  identity: Identity
  /** In the order of their turns. */
  hooks: BeforeSend[]
  isClosed?: boolean
}

/** A value from outside, typed loosely: the server checks it, and says so in its receipt. */
export type Fields<Event extends WireEvent = WireEvent> = Event extends WireEvent
  ? { type: Event['type'] } & { [Name in Exclude<keyof Event, 'type'>]?: unknown }
  : never

/** Makes an event and has it stored. `options` win over everything. */
export function record({ delivery, identity, hooks }: Recorder, fields: Fields, options?: EventOptions | null): void {
  const { window } = delivery
  const at = window.Date.now()
  let event = {
    messageId: randomId(window.crypto),
    timestamp: new Date(at).toISOString(),
    anonymousId: identity.anonymousId(),
    userId: identity.userId(),
    ...fields,
    ...options,
    context: { page: readPage(window), sessionId: identity.sessionId(at), ...options?.context },
  } as OutgoingEvent
  for (const hook of hooks) {
    const answer = safely(hook)(event)
    if (answer === null) return
    // What is no event, such as the promise of a slow one, changes nothing.
    if (safely(() => answer?.type)()) event = answer as OutgoingEvent
  }
  const text = safely(JSON.stringify)(event)
  if (text) accept(delivery, text)
  else drop(delivery, event, 'not_json')
}

/**
 * Arguments of `page`, `screen` and `identify` calls: some words, then an object of properties or traits, then options.
 * Each may be left out, also by undefined.
 */
export function readCall(given: unknown[]): [words: unknown[], values: Properties | undefined, options: EventOptions] {
  const first = given.findIndex((argument) => argument && typeof argument === 'object')
  const words = given.slice(0, first < 0 ? 2 : first)
  let [values, options] = given.slice(first < 0 ? given.length : first)
  // As in `page('Home', undefined, options)`.
  if (!options && words[0] != null && first > 1 && words[first - 1] === undefined) [values, options] = [options, values]
  while (words.length && words[words.length - 1] === undefined) words.pop()
  return [words, values as Properties | undefined, options as EventOptions]
}
