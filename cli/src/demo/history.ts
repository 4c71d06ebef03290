import type { WireEvent } from '@trailstitch/protocol'
import type { DemoPerson } from './people.ts'
import { createRandom } from './random.ts'
import { startWalk, takeStep } from './traffic.ts'

export interface HistoryOptions {
  /** Any text; the same seed and end give the same events. */
  seed: string
  /** When the last visit is over, about; ms since 1970. */
  endAt: number
  /** Default 14. */
  days?: number
  /** Default 760: about 5,000 events. */
  visits?: number
}

const [hourMs, dayMs] = [3_600_000, 86_400_000]
/** How much happens in each hour of a day, UTC. */
const hours = [2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 12, 11, 10, 10, 11, 12, 14, 15, 13, 10, 6, 3]
const weekendShare = 0.6
/** From one page to the next. */
const [shortestMs, longestMs] = [4_000, 90_000]
/** What the longest visit may take. */
const visitMs = 20 * longestMs

/** Believable traffic of some days that are over: visits of people who come back, more by day than by night. */
export function createHistory({ seed, endAt, days = 14, visits = 760 }: HistoryOptions): WireEvent[] {
  const random = createRandom(seed)
  const ids = createRandom(`${seed} ${endAt}`)
  const people: DemoPerson[] = []
  const most = Math.max(...hours)
  const starts: number[] = []
  while (starts.length < visits) {
    const at = endAt - visitMs - Math.floor(random.unit() * days * dayMs)
    const isWeekend = [0, 6].includes(new Date(at).getUTCDay())
    const weight = (hours[Math.floor((at % dayMs) / hourMs)] ?? 0) * (isWeekend ? weekendShare : 1)
    if (random.chance(weight / most)) starts.push(at)
  }
  const events: WireEvent[] = []
  for (const start of starts.sort((a, b) => a - b)) {
    const walk = startWalk(random, people)
    for (let at = start; walk.visit.steps.length > 0; at += random.whole(shortestMs, longestMs))
      events.push(...takeStep({ random, ids }, walk, at))
  }
  return events
}
