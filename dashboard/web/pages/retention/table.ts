import type { RetentionAnswer } from '@trailstitch/protocol'
import type { FullQuestion } from './question.ts'

export interface RetentionCell {
  /** Null: it lies in the future, or there is nobody. */
  returned: number | null
  /** Of the size, 0 to 1. */
  share: number | null
  /** It may still grow. */
  isOpen: boolean
}

export interface RetentionRow {
  /** Where the cohort's interval begins, ms since 1970. Null: the average of all. */
  start: number | null
  size: number
  cells: RetentionCell[]
}

/** The average, then the cohorts that have somebody in them, oldest first. */
export function toRows({ cohorts, average }: RetentionAnswer): RetentionRow[] {
  const people = cohorts.reduce((sum, { size }) => sum + size, 0)
  const mean = average.map((share) => ({ returned: null, share, isOpen: false }))
  const rows = cohorts.flatMap(({ start, size, returned, complete }): RetentionRow[] => {
    if (size === 0) return []
    const cells = returned.map((count, index) => ({
      returned: count,
      share: count === null ? null : count / size,
      isOpen: count !== null && index >= complete,
    }))
    return [{ start, size, cells }]
  })
  return [{ start: null, size: people, cells: mean }, ...rows]
}

/** The periods of each column as text: `0`, `1–2`, `3+`. */
export function columnPeriods({ periods, mode, brackets }: FullQuestion): string[] {
  const begins = brackets ?? Array.from({ length: periods + 1 }, (_, period) => period)
  return begins.map((from, index) => {
    if (mode === 'on_or_after') return from === 0 ? '0' : `${from}+`
    const to = brackets ? (begins[index + 1] ?? periods + 1) - 1 : from
    return from === to ? String(from) : `${from}–${to}`
  })
}

/** How much of the strongest colour a cell has at most, percent, so that text on it keeps its contrast. */
export const heatLimits = { light: 58, dark: 40 } as const
/** How much of the text's colour the stripes of unfinished cells have, percent. */
export const stripeShare = 7

/** The largest share but those of period 0, in which everybody is. */
export function largestShare(rows: readonly RetentionRow[], hasPeriod0: boolean): number {
  const shares = rows.flatMap(({ cells }) => cells.slice(hasPeriod0 ? 1 : 0).map(({ share }) => share ?? 0))
  return Math.max(0, ...shares)
}

/** How strong a cell's colour is, percent of the way to the strongest one: 0 to 100. */
export function heatOf(share: number | null, largest: number): number {
  if (share === null || largest <= 0) return 0
  return Math.round(Math.min(1, share / largest) * 100)
}
