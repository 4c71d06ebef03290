import type { JsonObject } from '@trailstitch/protocol'
import type { Line } from './lines.ts'

/** What a line of a file became. */
export interface ImportedLine {
  /** A Segment event with type and messageId. */
  event: object
  visitor: string | undefined
  /** Event time, ms since 1970; undefined where only the time of receipt can tell. */
  time: number | undefined
  page: boolean
  userAgent: string | undefined
}

/** Reads one line of a format; undefined when it cannot be parsed. Pure. */
export type LineReader = (line: Line) => ImportedLine | undefined

/** Values longer than this, in characters, are cut in an event that is too large to be taken whole. */
const maxLongValue = 2048

/** The same event with its long texts cut, for the rare line that is over the limit of one event. */
export function cutLongValues(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, maxLongValue)
  if (Array.isArray(value)) return value.map(cutLongValues)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value as JsonObject).map(([key, inner]) => [key, cutLongValues(inner)]))
}
