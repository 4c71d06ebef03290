import type { At, Stamp } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'

export const stampOf = (event: StoredEvent): Stamp => [event.timestamp, event.messageId]

/** Negative when `a` comes first. messageIds compare by UTF-16 units. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a[0] !== b[0]) return a[0] - b[0]
  return a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0
}

export const earlierStamp = (a: Stamp, b: Stamp): Stamp => (compareStamps(a, b) <= 0 ? a : b)
export const laterStamp = (a: Stamp, b: Stamp): Stamp => (compareStamps(a, b) >= 0 ? a : b)

export function earliest<T>(a: At<T> | undefined, b: At<T> | undefined): At<T> | undefined {
  if (!a || !b) return a ?? b
  return compareStamps(a.at, b.at) <= 0 ? a : b
}

export function latest<T>(a: At<T> | undefined, b: At<T> | undefined): At<T> | undefined {
  if (!a || !b) return a ?? b
  return compareStamps(a.at, b.at) >= 0 ? a : b
}
