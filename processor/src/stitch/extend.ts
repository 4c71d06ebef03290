import type { ExtendedVisitor, SessionState, VisitorState } from '@trailstitch/backends'
import type { StoredEvent } from '@trailstitch/protocol'
import { addToPart, joinParts } from './part.ts'
import { continueSessions, idleMs, maxSessionMs, mergeSessions, sessionOf } from './session.ts'
import { compareStamps, laterStamp, stampOf } from './stamp.ts'
import { foldVisitor, summarise } from './visitor.ts'

/**
 * Adds new events to a folded visitor without looking at the old ones. Three ways, from cheap to dear:
 *
 * - *append*: all new events come after the old ones; the fold simply goes on. Nearly always.
 * - *merge*: late events of a visitor with one user; sessions touched by them grow and join, whatever the order.
 * - undefined: a late event at a 24 h cut, or among several users, may move what lies after it. Fold all events again.
 */
export function extendVisitor(
  state: VisitorState | undefined,
  near: readonly SessionState[],
  events: readonly StoredEvent[],
): ExtendedVisitor | undefined {
  const first = events[0]
  if (!first) return state && { state, removed: [], saved: [] }
  if (!state) {
    const folded = foldVisitor(events, [])
    return { state: folded.state, removed: [], saved: folded.sessions }
  }
  const isAppend = compareStamps(stampOf(first), state.last) > 0
  if (state.runs.length > 1) return isAppend ? appendToMany(state, near, events) : undefined
  const owner = singleOwner(state, events)
  if (owner === undefined) return undefined
  const sessions = isAppend ? appendSessions(near, events, null) : mergeLate(near, events)
  return sessions && { state: growSingle(state, owner, events), ...sessions }
}

/** The one user of old and new events, null for nobody; undefined when there is more than one. */
function singleOwner(state: VisitorState, events: readonly StoredEvent[]): string | null | undefined {
  let owner = state.runs[0]?.user ?? null
  for (const { userId } of events) {
    if (userId === undefined || userId === owner) continue
    if (owner !== null) return undefined
    owner = userId
  }
  return owner
}

/** The first link makes all earlier events the user's: the part of nobody is renamed, sessions stay as they are. */
function growSingle(state: VisitorState, owner: string | null, events: readonly StoredEvent[]): VisitorState {
  const key = owner ?? ''
  const parts = { ...state.parts }
  if (key !== '' && parts['']) {
    const anonymous = parts['']
    delete parts['']
    parts[key] = parts[key] ? joinParts(parts[key], anonymous) : anonymous
  }
  const known = parts[key]
  let part = known && { ...known }
  for (const event of events) part = addToPart(part, event)
  if (part) parts[key] = part
  const oldFirst = state.runs[0]?.from
  const newFirst = stampOf(events[0] as StoredEvent)
  const from = oldFirst && compareStamps(oldFirst, newFirst) < 0 ? oldFirst : newFirst
  return {
    last: laterStamp(state.last, stampOf(events.at(-1) as StoredEvent)),
    runs: [{ from, user: owner }],
    links: addLinks(state, events),
    parts,
    ...(state.past && { past: state.past }),
  }
}

function addLinks(state: VisitorState, events: readonly StoredEvent[]): VisitorState['links'] {
  const fresh = events.flatMap(({ userId, timestamp, messageId }) =>
    userId === undefined ? [] : [{ user: userId, at: [timestamp, messageId] as const, undone: false }],
  )
  return fresh.length === 0 ? state.links : summarise([...state.links, ...fresh])
}

/** Several users, nothing late: go on with the user of the last run. Without edges that is the user of the last link. */
function appendToMany(
  state: VisitorState,
  near: readonly SessionState[],
  events: readonly StoredEvent[],
): ExtendedVisitor {
  const runs = [...state.runs]
  const parts = { ...state.parts }
  const open = near.slice(-1)
  const sessions = [...open]
  for (const event of events) {
    const user = event.userId ?? runs.at(-1)?.user ?? null
    if (runs.at(-1)?.user !== user) runs.push({ from: stampOf(event), user })
    const known = parts[user ?? '']
    parts[user ?? ''] = addToPart(known && { ...known }, event)
    continueSessions(sessions, event, user)
  }
  const last = laterStamp(state.last, stampOf(events.at(-1) as StoredEvent))
  const past = state.past && { past: state.past }
  return {
    state: { last, runs, links: addLinks(state, events), parts, ...past },
    removed: [],
    saved: changed(open, sessions),
  }
}

function appendSessions(
  near: readonly SessionState[],
  events: readonly StoredEvent[],
  user: string | null,
): Omit<ExtendedVisitor, 'state'> {
  const open = near.slice(-1)
  const sessions = [...open]
  for (const event of events) continueSessions(sessions, event, user)
  return { removed: [], saved: changed(open, sessions) }
}

const changed = (before: readonly SessionState[], after: readonly SessionState[]): SessionState[] =>
  after.filter((session) => !before.includes(session))

/**
 * Old sessions and new events side by side, in order of their beginning; what is within the gap becomes one. Undefined
 * when one would be longer than a session may be: then a cut is near, and where it lies only all events can tell. (Two
 * sessions that were cut apart lie within the gap of one another, so the sweep joins them and finds them too long.)
 */
function mergeLate(
  near: readonly SessionState[],
  events: readonly StoredEvent[],
): Omit<ExtendedVisitor, 'state'> | undefined {
  const all = [...near, ...events.map((event) => sessionOf(event, null))].sort((a, b) =>
    compareStamps(a.first, b.first),
  )
  const merged: SessionState[] = []
  for (const session of all) {
    const open = merged.at(-1)
    if (open && session.first[0] - open.last[0] <= idleMs) merged[merged.length - 1] = mergeSessions(open, session)
    else merged.push(session)
  }
  if (merged.some((session) => session.last[0] - session.first[0] > maxSessionMs)) return undefined
  const kept = new Set(merged.map((session) => JSON.stringify(session.first)))
  const removed = near.map((session) => session.first).filter((first) => !kept.has(JSON.stringify(first)))
  return { removed, saved: changed(near, merged) }
}
