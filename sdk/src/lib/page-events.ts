import { safely } from './safely.ts'

/** Hears of an event before the page does, so that no `stopPropagation` hides it, and never throws into the page. */
export const listen = <Heard extends Event>(target: EventTarget, type: string, hear: (event: Heard) => void): void =>
  target.addEventListener(type, safely(hear) as EventListener, true)

/** The innermost element of a selector that an event happened in, open shadow roots included. */
export const findTarget = <Found extends Element>(event: Event, selector: string): Found | undefined =>
  event.composedPath().find((node) => (node as Element).matches?.(selector)) as Found | undefined
