import type { WireEvent } from '../../api/types.ts'

export const activeMs = 5 * 60_000

/** Who an event is of, as far as the event itself tells. */
export const personOf = ({ userId, anonymousId }: WireEvent): string => userId ?? anonymousId ?? ''

/** Different people behind the events of the last 5 minutes; bots do not count. */
export function countActive(events: readonly WireEvent[], now: number): number {
  const since = now - activeMs
  const active = events.filter(({ timestamp, bot }) => !bot && Date.parse(timestamp) > since)
  return new Set(active.map(personOf)).size
}

/** Events in each of the last minutes, the newest last. */
export function countByMinute(events: readonly WireEvent[], now: number, minutes: number): number[] {
  const counts = Array.from({ length: minutes }, () => 0)
  for (const { timestamp } of events) {
    const age = Math.floor((now - Date.parse(timestamp)) / 60_000)
    const place = minutes - 1 - age
    if (place >= 0 && place < minutes) counts[place] = (counts[place] ?? 0) + 1
  }
  return counts
}
