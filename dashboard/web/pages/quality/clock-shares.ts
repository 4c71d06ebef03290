import type { ClockSums, Clocks } from '../../api/types.ts'

/** How far off, from least to most. */
export const sizes = ['1s', '10s', '1m', '10m', '1h', 'more'] as const
export type Size = (typeof sizes)[number]

export interface SizeRow {
  size: Size | 'unknown'
  /** Null where there is no such thing: a clock that is right is neither. */
  ahead: number | null
  behind: number | null
  events: number
}

/** A class a row, those ahead beside those behind, and at last those that told nothing. */
export function toRows(sums: ClockSums): SizeRow[] {
  const rows = sizes.map((size): SizeRow => {
    if (size === '1s') return { size, ahead: null, behind: null, events: sums.within_1s }
    const [ahead, behind] = [sums[`ahead_${size}`], sums[`behind_${size}`]]
    return { size, ahead, behind, events: ahead + behind }
  })
  return [...rows, { size: 'unknown', ahead: null, behind: null, events: sums.unknown }]
}

/** All days together; undefined without a day. */
export function sumOf(days: Clocks['days']): ClockSums | undefined {
  const [first, ...others] = days
  if (!first) return undefined
  const sums = { ...first.clocks }
  for (const { clocks } of others)
    for (const [name, count] of Object.entries(clocks)) sums[name as keyof ClockSums] += count
  return sums
}

/** Of the events that told of their clock, the share whose clock was at most so far off; null where none told. */
export function shareWithin(sums: ClockSums, size: Size): number | null {
  const rows = toRows(sums).filter((row) => row.size !== 'unknown')
  const eventsOf = (some: readonly SizeRow[]): number => some.reduce((total, { events }) => total + events, 0)
  const known = eventsOf(rows)
  return known === 0 ? null : eventsOf(rows.slice(0, sizes.indexOf(size) + 1)) / known
}

export const sides = ['right', 'behind', 'ahead', 'unknown'] as const
export type Side = (typeof sides)[number]

/** Of all events, the share whose clock was right to the second, behind, ahead, or unknown; null without events. */
export function shareOfSide(sums: ClockSums, side: Side): number | null {
  const rows = toRows(sums)
  const total = rows.reduce((sum, { events }) => sum + events, 0)
  if (total === 0) return null
  if (side === 'right') return sums.within_1s / total
  if (side === 'unknown') return sums.unknown / total
  return rows.reduce((sum, row) => sum + (row[side] ?? 0), 0) / total
}
