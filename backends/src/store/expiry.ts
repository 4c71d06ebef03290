import type { StoredEvent } from '@trailstitch/protocol'
import { hourMs } from './figures.ts'
import { compareStamps, ownerAt } from './person.ts'
import type { SessionState, VisitorState } from './port.ts'

export const dayMs = 86_400_000

/** What happened and was received before this moment (ms) is past its time. */
export const cutoffOf = (days: number, now: number): number => now - days * dayMs

export const isPast = ({ timestamp, receivedAt }: StoredEvent, cutoff: number): boolean =>
  timestamp < cutoff && receivedAt < cutoff

/**
 * The sessions of a visitor that are past their time, and their events. `sessions` and `events` are by stamp, without
 * events that only speak of identities. One session that has to stay keeps all later ones: so what is left of a visitor
 * cuts no session in two, and folding it again gives the sessions that are there.
 */
export function endedSessions(
  sessions: readonly SessionState[],
  events: readonly StoredEvent[],
  cutoff: number,
): { sessions: SessionState[]; events: StoredEvent[] } {
  const ended: { sessions: SessionState[]; events: StoredEvent[] } = { sessions: [], events: [] }
  for (const session of sessions) {
    const own = events.filter(({ timestamp, messageId }) => {
      const at = [timestamp, messageId] as const
      return compareStamps(session.first, at) <= 0 && compareStamps(at, session.last) <= 0
    })
    if (session.last[0] >= cutoff || own.some((event) => !isPast(event, cutoff))) break
    ended.sessions.push(session)
    ended.events.push(...own)
  }
  return ended
}

/** Whose the events were that a visitor had around an hour and that were let go. */
export const pastOwners = ({ past = [], runs }: VisitorState, hour: number): (string | null)[] =>
  past.flatMap(({ first, last }) => (first[0] < hour + hourMs && last[0] >= hour ? [ownerAt(runs, first)] : []))

/** Touches of sessions that were let go, of those whose owner is asked for. */
export const pastTouches = (
  { past = [], runs }: VisitorState,
  isAsked: (user: string | null) => boolean,
): Pick<SessionState, 'first' | 'touch'>[] =>
  past.flatMap(({ first, touches }) =>
    isAsked(ownerAt(runs, first)) ? touches.map((touch) => ({ first: touch.at, touch })) : [],
  )
