import type { JourneyItem } from '../../api/types.ts'

/** A line of the journey: where a visit begins, or an event of it. */
export type JourneyRow =
  | { kind: 'session'; key: string; sessionId: string | null; first: JourneyItem }
  | { kind: 'event'; key: string; item: JourneyItem }

/**
 * Puts a line before each run of events of one visit on one day. Visits on two devices at once take turns, so a visit may
 * have several.
 */
export function toRows(items: readonly JourneyItem[], dateOf: (timestamp: string) => string): JourneyRow[] {
  const rows: JourneyRow[] = []
  let before: string | undefined
  for (const item of items) {
    const group = `${dateOf(item.timestamp)} ${item.sessionId}`
    if (group !== before)
      rows.push({ kind: 'session', key: `${group} ${item.messageId}`, sessionId: item.sessionId, first: item })
    rows.push({ kind: 'event', key: item.messageId, item })
    before = group
  }
  return rows
}
