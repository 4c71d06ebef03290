import type { WireEvent } from '../../api/types.ts'
import { formatDuration } from '../../texts/format.ts'
import { t } from './texts.ts'

const minuteMs = 60_000

/** What is known of the clock that an event was made by: the time of sending beside that of the receipt. */
export function describeClock({
  clamped,
  sentAt,
  receivedAt,
}: Pick<WireEvent, 'clamped' | 'sentAt' | 'receivedAt'>): string {
  if (clamped === 'future') return t('find.clampedFuture')
  if (clamped === 'stale') return t('find.clampedStale')
  if (sentAt === undefined) return t('find.clockUnknown')
  const offMs = Date.parse(receivedAt) - Date.parse(sentAt)
  if (Math.abs(offMs) < minuteMs) return t('find.clockRight')
  return t(offMs > 0 ? 'find.clockBehind' : 'find.clockAhead', { size: formatDuration(Math.abs(offMs)) })
}
