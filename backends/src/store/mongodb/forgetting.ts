import { isEdgeEvent } from '../edges.ts'
import { endedSessions } from '../expiry.ts'
import { sessionIdOf } from '../identity.ts'
import { compareStamps } from '../person.ts'
import type { StitchRules } from '../port.ts'
import { unpackSession } from '../session-codec.ts'
import { readEdges } from './edges.ts'
import type { EventPlace } from './events.ts'
import type { Round } from './round.ts'
import type { EntityDoc, SessionDoc, Stored, TimelineDoc } from './tables.ts'
import { stateOf } from './visitors.ts'
import { pieces } from './writing.ts'

/** Visitors whose past is read at once. */
const atOnce = 20

/**
 * Takes away, in this round, the sessions of visitors that are past their time, notes in their states what is kept of the
 * events, and gives the places of these. Figures stay as they are. Leaves visitors over once `maxEvents` are gone.
 */
export async function forgetVisitors(
  round: Round,
  ids: readonly string[],
  { cutoff, rules, maxEvents }: { cutoff: number; rules: StitchRules; maxEvents: number },
): Promise<EventPlace[]> {
  const gone: EventPlace[] = []
  await round.work.entities.load(ids)
  for (const piece of pieces(ids, atOnce)) {
    if (gone.length >= maxEvents) break
    const visitors = piece.flatMap((id) => round.entities.get(id) ?? [])
    const { places, sessions } = await readOld(round, piece, cutoff)
    const names = visitors.map(({ name }) => name)
    round.edges.add(await readEdges(round.tables, round.project, names, false))
    for (const visitor of visitors)
      gone.push(
        ...(await forgetOne(round, visitor, rules, {
          cutoff,
          places: places.get(visitor._id) ?? [],
          sessions: sessions.get(visitor._id) ?? [],
        })),
      )
  }
  return gone
}

/** What began before the cutoff, by visitor. */
async function readOld(
  { tables, project }: Round,
  ids: readonly string[],
  cutoff: number,
): Promise<{ places: Map<string, TimelineDoc[]>; sessions: Map<string, SessionDoc[]> }> {
  const places = await tables.timeline.find({ p: project, e: { $in: [...ids] }, t: { $lt: cutoff } }).toArray()
  const sessions = await tables.sessions.find({ p: project, e: { $in: [...ids] }, start: { $lt: cutoff } }).toArray()
  return {
    places: Map.groupBy(
      places.filter(({ o }) => o !== undefined),
      ({ e }) => e as string,
    ),
    sessions: Map.groupBy(sessions as Stored<SessionDoc>[], ({ e }) => e),
  }
}

async function forgetOne(
  round: Round,
  visitor: EntityDoc,
  rules: StitchRules,
  { cutoff, places, sessions: docs }: { cutoff: number; places: TimelineDoc[]; sessions: SessionDoc[] },
): Promise<EventPlace[]> {
  const state = stateOf(visitor)
  if (!state) return []
  const bodies = await round.events.read(places.map(({ _id, p, t }) => ({ key: _id, project: p, timestamp: t })))
  const found = [...bodies].filter(([, event]) => !isEdgeEvent(event))
  const events = found
    .map(([, event]) => event)
    .sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
  const sessions = docs.map((doc) => unpackSession(doc.state)).sort((a, b) => compareStamps(a.first, b.first))
  const ended = endedSessions(sessions, events, cutoff)
  if (ended.events.length === 0) return []
  const past = rules.forget(state, round.edges.from(visitor.name), ended.events, ended.sessions)
  for (const { first } of ended.sessions) round.removeSession(sessionIdOf(visitor.p, visitor.name, first))
  const { latest, ...kept } = visitor
  const isLatestGone =
    latest !== undefined && ended.sessions.some(({ first }) => compareStamps(first, unpackSession(latest).first) === 0)
  round.work.entities.put(visitor._id, {
    ...kept,
    ...(latest !== undefined && !isLatestGone && { latest }),
    state: JSON.stringify({ ...state, past }),
  })
  const isGone = new Set(ended.events)
  return found.flatMap(([key, event]) =>
    isGone.has(event) ? [{ key, project: event.project, timestamp: event.timestamp }] : [],
  )
}
