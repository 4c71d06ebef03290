import type { DatabaseSync } from 'node:sqlite'
import { dayMs } from '../expiry.ts'

/** Of figures that were put together, in UTC: 0 a day, 1 ten days of a month or what is left of it after two, 2 a month. */
export type SpanLevel = 0 | 1 | 2
export const spanLevels: readonly SpanLevel[] = [0, 1, 2]
/** The longest of a level, in days. */
export const spanDays: Readonly<Record<SpanLevel, number>> = { 0: 1, 1: 11, 2: 31 }

/** Where the span begins that a moment lies in, ms since 1970. */
export function spanStart(level: SpanLevel, time: number): number {
  if (level === 0) return Math.floor(time / dayMs) * dayMs
  const date = new Date(time)
  const tens = level === 1 ? Math.min(2, Math.floor((date.getUTCDate() - 1) / 10)) : 0
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1 + 10 * tens)
}

/** Where the next one begins. */
export function spanEnd(level: SpanLevel, start: number): number {
  if (level === 0) return start + dayMs
  const date = new Date(start)
  const isInMonth = level === 1 && date.getUTCDate() < 21
  return isInMonth ? start + 10 * dayMs : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

/** Says which spans are no longer as their hours are. Part of the transaction that changes the hours. */
export interface SpanMarks {
  /** An hour with figures of its own. */
  changed(project: string, hour: number): void
  /** All that there are between two moments, both included. */
  changedBetween(project: string, first: number, last: number): void
}

export function createSpanMarks(db: DatabaseSync, now: () => number): SpanMarks {
  const put = db.prepare(`INSERT INTO span_states (project, level, start, changed_at) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET changed_at = excluded.changed_at`)
  const touch = db.prepare(
    'UPDATE span_states SET changed_at = ? WHERE project = ? AND level = ? AND start >= ? AND start <= ?',
  )
  return {
    changed(project, hour) {
      for (const level of spanLevels) put.run(project, level, spanStart(level, hour), now())
    },
    changedBetween(project, first, last) {
      for (const level of spanLevels) touch.run(now(), project, level, spanStart(level, first), last)
    },
  }
}

/** A stretch of a range that is answered from figures of one length; without a level, of hours. */
export interface SpanRun {
  level?: SpanLevel
  from: number
  to: number
}

/** Divides whole hours, [from, to), into the longest spans that are made, and hours. */
export function createSpanPlanner(db: DatabaseSync): (project: string, from: number, to: number) => SpanRun[] {
  const select = db.prepare(
    'SELECT start FROM span_states WHERE project = ? AND level = ? AND changed_at IS NOT NULL AND start >= ? AND start < ?',
  )
  return (project, from, to) => {
    const changed = spanLevels.map(
      (level) => new Set(select.all(project, level, spanStart(level, from), to).map(({ start }) => start as number)),
    )
    const levelAt = (at: number): SpanLevel | undefined =>
      spanLevels.findLast(
        (level) => spanStart(level, at) === at && spanEnd(level, at) <= to && !changed[level]?.has(at),
      )
    const runs: SpanRun[] = []
    for (let at = from; at < to; ) {
      const level = levelAt(at)
      const end = level === undefined ? Math.min(to, spanEnd(0, spanStart(0, at))) : spanEnd(level, at)
      const before = runs.at(-1)
      if (before && before.level === level) before.to = end
      else runs.push({ ...(level !== undefined && { level }), from: at, to: end })
      at = end
    }
    return runs
  }
}
