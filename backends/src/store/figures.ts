import {
  type Breakdown,
  type Figures,
  type OverviewDimension,
  overviewDimensions,
  type Session,
  type StoredEvent,
} from '@trailstitch/protocol'
import type { SessionState } from './port.ts'

export const hourMs = 3_600_000
export const minuteMs = 60_000
export const hourOf = (timestamp: number): number => Math.floor(timestamp / hourMs) * hourMs
export const minuteOf = (timestamp: number): number => Math.floor(timestamp / minuteMs) * minuteMs

/** A dimension's value is cut to this many characters. */
const maxValueLength = 300
const cut = (value: string): string => (value.length > maxValueLength ? value.slice(0, maxValueLength) : value)

/** Dimensions that count sessions by their start; the others count events. */
export const sessionDimensions: ReadonlySet<OverviewDimension> = new Set(['entry', 'referrer', 'channel', 'campaign'])
export { overviewDimensions }

/** What an event adds to the figures of its hour. */
export function eventDimensions(event: StoredEvent): [OverviewDimension, string][] {
  const found: [OverviewDimension, string][] = [['event', cut(event.type === 'track' ? event.name : event.type)]]
  if (isPage(event)) found.push(['page', cut(event.path ?? event.name)])
  if (event.country) found.push(['country', event.country])
  if (event.device?.type) found.push(['device', event.device.type])
  if (event.device?.browser) found.push(['browser', cut(event.device.browser)])
  if (event.device?.os) found.push(['os', cut(event.device.os)])
  return found
}

/** What a session adds to the figures of the hour it starts in. */
export function sessionDimensionsOf(session: SessionState): [OverviewDimension, string][] {
  const found: [OverviewDimension, string][] = [['channel', session.touch?.value.channel ?? unknownChannel]]
  if (session.entry) found.push(['entry', cut(session.entry.value)])
  const touch = session.touch?.value
  if (touch?.referrer) found.push(['referrer', cut(touch.referrer)])
  if (touch?.campaign) found.push(['campaign', cut(touch.campaign)])
  return found
}

/** A session without any page information, such as one of server events. */
export const unknownChannel = 'Unassigned'

export const isPage = (event: Pick<StoredEvent, 'type'>): boolean => event.type === 'page' || event.type === 'screen'
export const isBounce = (session: Pick<SessionState, 'pages' | 'tracks'>): boolean =>
  session.pages === 1 && session.tracks === 0

export const noFigures = (): Figures => ({ events: 0, pages: 0, sessions: 0, people: 0, bounces: 0, durationMs: 0 })

/** A session as shown, from what is kept of it. */
export function showSession(
  state: SessionState,
  owner: { sessionId: string; anonymousId: string; userId: string | null },
): Session {
  return {
    sessionId: owner.sessionId,
    anonymousId: owner.anonymousId,
    ...(owner.userId !== null && { userId: owner.userId }),
    start: state.first[0],
    end: state.last[0],
    events: state.events,
    pages: state.pages,
    tracks: state.tracks,
    ...(state.entry && { entry: state.entry.value }),
    ...(state.exit && { exit: state.exit.value }),
    channel: state.touch?.value.channel ?? unknownChannel,
    ...(state.touch && { touch: state.touch.value }),
    ...(state.device && { device: state.device.value }),
    ...(state.country && { country: state.country.value }),
    bot: state.bot,
  }
}

/** The rows with the most events, and what the rest holds. */
export function cutBreakdown(rows: Breakdown['rows'], top: number): Breakdown {
  const sorted = rows.toSorted((a, b) => b.events - a.events || (a.value < b.value ? -1 : 1))
  const rest = sorted.slice(top)
  return {
    rows: sorted.slice(0, top),
    other: { values: rest.length, events: rest.reduce((sum, row) => sum + row.events, 0) },
  }
}
