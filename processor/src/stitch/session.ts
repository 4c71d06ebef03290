import type { SessionState } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { earlierStamp, earliest, laterStamp, latest, stampOf } from './stamp.ts'

/** A longer gap between two events begins a new session. */
export const idleMs = 30 * 60_000
/** A session is at most this long, from its first event. */
export const maxSessionMs = 24 * 60 * 60_000

export function sessionOf(event: StoredEvent, user: string | null): SessionState {
  const at = stampOf(event)
  const isPage = event.type === 'page' || event.type === 'screen'
  const page = isPage ? { at, value: event.path ?? event.name } : undefined
  return {
    first: at,
    last: at,
    user,
    events: 1,
    pages: isPage ? 1 : 0,
    tracks: event.type === 'track' ? 1 : 0,
    ...(page && { entry: page, exit: page }),
    ...(event.touch && { touch: { at, value: event.touch } }),
    ...(event.device && { device: { at, value: event.device } }),
    ...(event.country !== undefined && { country: { at, value: event.country } }),
    bot: event.bot !== undefined,
  }
}

/** One session of the events of two that share no event and belong to the same user. Commutative and associative. */
export function mergeSessions(a: SessionState, b: SessionState): SessionState {
  const entry = earliest(a.entry, b.entry)
  const exit = latest(a.exit, b.exit)
  const touch = earliest(a.touch, b.touch)
  const device = earliest(a.device, b.device)
  const country = earliest(a.country, b.country)
  return {
    first: earlierStamp(a.first, b.first),
    last: laterStamp(a.last, b.last),
    user: a.user,
    events: a.events + b.events,
    pages: a.pages + b.pages,
    tracks: a.tracks + b.tracks,
    ...(entry && { entry }),
    ...(exit && { exit }),
    ...(touch && { touch }),
    ...(device && { device }),
    ...(country && { country }),
    bot: a.bot || b.bot,
  }
}

/**
 * Continues a visitor's sessions with the next event in time. `sessions` is changed; the last one grows, or a new one
 * begins: after more than {@link idleMs}, past {@link maxSessionMs}, or where the user changes.
 */
export function continueSessions(sessions: SessionState[], event: StoredEvent, user: string | null): void {
  const open = sessions.at(-1)
  const next = sessionOf(event, user)
  const goesOn =
    open &&
    open.user === user &&
    event.timestamp - open.last[0] <= idleMs &&
    event.timestamp - open.first[0] <= maxSessionMs
  if (goesOn) sessions[sessions.length - 1] = mergeSessions(open, next)
  else sessions.push(next)
}
