import type { Note } from '../api/types.ts'
import { endOfInterval } from '../url/intervals.ts'
import type { RangeInterval } from '../url/range.ts'
import { isDate, startOfDate } from '../url/zone.ts'

/** A note at the interval that it falls into. */
export interface Mark {
  index: number
  text: string
}

/** When a note is, ms since 1970. A day is that of whoever looks. */
export const noteTime = ({ when }: Pick<Note, 'when'>, timeZone: string): number =>
  isDate(when) ? startOfDate(when, timeZone) : Date.parse(when)

/** The notes that a chart shows, in order of time. Those before its first interval and after its last are left out. */
export function placeMarks(
  notes: readonly Pick<Note, 'when' | 'text'>[],
  starts: readonly number[],
  interval: RangeInterval,
  timeZone: string,
): Mark[] {
  const last = starts.at(-1)
  if (last === undefined) return []
  const end = endOfInterval(last, interval, timeZone)
  return notes
    .map(({ when, text }) => ({ at: noteTime({ when }, timeZone), text }))
    .filter(({ at }) => at < end)
    .sort((a, b) => a.at - b.at)
    .map(({ at, text }) => ({ index: starts.findLastIndex((start) => start <= at), text }))
    .filter(({ index }) => index >= 0)
}
