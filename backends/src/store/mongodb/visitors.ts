import type { StoredEvent } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import { sessionIdOf } from '../identity.ts'
import { compareStamps } from '../person.ts'
import type { FoldedVisitor, SessionState, StitchRules, VisitorState } from '../port.ts'
import { packSession, unpackSession } from '../session-codec.ts'
import type { Batch } from './batch.ts'
import { readEdges } from './edges.ts'
import { entityId } from './keys.ts'
import { orderKey } from './order-key.ts'
import type { Round } from './round.ts'
import type { EntityDoc, SessionDoc, Stored } from './tables.ts'
import { pieces } from './writing.ts'

/** What became of a visitor. */
export interface VisitorChange {
  visitor: EntityDoc
  before: VisitorState | undefined
  after: VisitorState
  /** All events were folded again, so something may have moved from one person to another. */
  refolded: boolean
}

/** How far before a new event a session that it touches can begin: a session's greatest length and one gap. */
const reachMs = 24 * 3_600_000 + 30 * 60_000
const gapMs = 30 * 60_000
/** Visitors whose whole past is read at once. */
const fullFolds = 20

const stampOf = (event: StoredEvent) => [event.timestamp, event.messageId] as const
export const stateOf = ({ state }: EntityDoc): VisitorState | undefined =>
  state === undefined ? undefined : (JSON.parse(state) as VisitorState)

/** Folds the new events of the batch into their visitors, and those visitors again that a new edge reaches. */
export async function updateVisitors(round: Round, batch: Batch, rules: StitchRules): Promise<VisitorChange[]> {
  const late = await readLateSessions(round, batch)
  const full: { visitor: EntityDoc; before: VisitorState | undefined }[] = []
  const changes: VisitorChange[] = []
  const saves: (() => void)[] = []
  for (const [id, events] of batch.visitors) {
    const visitor = round.entities.get(id) as EntityDoc
    const before = stateOf(visitor)
    const near = sessionsNear(visitor, before, events, late.get(id) ?? [])
    const extended = visitor.edges > 0 ? undefined : rules.extendVisitor(before, near, events)
    if (!extended) {
      full.push({ visitor, before })
      continue
    }
    changes.push({ visitor, before, after: extended.state, refolded: false })
    saves.push(() => {
      const removed = near.filter(({ first }) => extended.removed.some((gone) => compareStamps(gone, first) === 0))
      writeSessions(round, visitor, { old: near, removed, saved: extended.saved })
      saveState(round, visitor, extended.state)
    })
  }
  await loadUsers(round, changes)
  for (const save of saves) save()
  for (const piece of pieces(full, fullFolds)) changes.push(...(await refold(round, batch, piece, rules)))
  return changes
}

/** The users that visitors now belong to, so that they can be resolved. */
const loadUsers = (round: Round, changes: readonly VisitorChange[]): Promise<void> =>
  round.work.entities.load(
    changes.flatMap(({ before, after }) =>
      [...(before?.runs ?? []), ...after.runs].flatMap(({ user }) =>
        user === null ? [] : [entityId(round.project, 'user', user)],
      ),
    ),
  )

/** Sessions of those visitors whose new events are not all after their last one. */
async function readLateSessions(round: Round, batch: Batch): Promise<Map<string, SessionState[]>> {
  const wanted: { e: string; start: { $gte: number; $lte: number }; finish: { $gte: number } }[] = []
  for (const [id, events] of batch.visitors) {
    const state = stateOf(round.entities.get(id) as EntityDoc)
    const [first, last] = [events[0], events.at(-1)]
    if (!state || !first || !last || compareStamps(stampOf(first), state.last) > 0) continue
    wanted.push({
      e: id,
      start: { $gte: first.timestamp - reachMs, $lte: last.timestamp + gapMs },
      finish: { $gte: first.timestamp - gapMs },
    })
  }
  const found = new Map<string, SessionState[]>()
  for (const piece of pieces(wanted, 100)) {
    const docs = await round.tables.sessions.find({ p: round.project, $or: piece }).toArray()
    for (const { e, state } of docs) found.set(e, [...(found.get(e) ?? []), unpackSession(state)])
  }
  return found
}

/** Sessions that new events may touch, and the visitor's latest; ascending. */
function sessionsNear(
  { latest }: EntityDoc,
  state: VisitorState | undefined,
  events: readonly StoredEvent[],
  late: readonly SessionState[],
): SessionState[] {
  if (!state || events.length === 0 || latest === undefined) return []
  const last = unpackSession(latest)
  const others = late.filter(({ first }) => compareStamps(first, last.first) !== 0)
  return [...others, last].sort((a, b) => compareStamps(a.first, b.first))
}

interface SessionChanges {
  /** Sessions as they were, those that are removed or saved anew among them. */
  old: readonly SessionState[]
  removed: readonly SessionState[]
  saved: readonly SessionState[]
}

/** Writes sessions, brings the rollups in line, and keeps the latest at hand in the visitor. */
function writeSessions(round: Round, visitor: EntityDoc, { old, removed, saved }: SessionChanges): void {
  const idOf = (session: SessionState): string => sessionIdOf(visitor.p, visitor.name, session.first)
  const before = new Map(old.map((session) => [idOf(session), session]))
  const takeBack = (id: string): void => {
    const session = before.get(id)
    if (session) round.rollups.addSession(session, -1)
  }
  const left = new Map(before)
  for (const session of removed) {
    const id = idOf(session)
    takeBack(id)
    round.removeSession(id)
    left.delete(id)
  }
  for (const session of saved) {
    const id = idOf(session)
    takeBack(id)
    round.rollups.addSession(session, 1)
    round.putSession(toDoc(id, visitor, session))
    left.set(id, session)
  }
  const [first, ...others] = left.values()
  const latest = first && others.reduce((a, b) => (compareStamps(a.first, b.first) < 0 ? b : a), first)
  if (latest) round.entities.change(visitor._id, { latest: packSession(latest) })
}

const toDoc = (_id: string, { _id: e, p }: EntityDoc, session: SessionState): SessionDoc => ({
  _id,
  p,
  e,
  start: session.first[0],
  finish: session.last[0],
  m: orderKey(session.first[1]),
  state: packSession(session),
})

function saveState(round: Round, { _id, p }: EntityDoc, after: VisitorState): void {
  const users = [...new Set(after.runs.flatMap(({ user }) => (user === null ? [] : [user])))]
  const owners = users.map((user) => round.entities.resolve('user', user)._id)
  const only = after.runs.length === 1 ? after.runs[0]?.user : null
  const { owner: _owner, ...kept } = round.entities.get(_id) as EntityDoc
  round.work.entities.put(_id, {
    ...kept,
    state: JSON.stringify(after),
    runs: after.runs.length,
    owners,
    ...(only != null && { owner: entityId(p, 'user', only) }),
  })
}

/** Folds visitors anew from all their events. */
async function refold(
  round: Round,
  batch: Batch,
  visitors: readonly { visitor: EntityDoc; before: VisitorState | undefined }[],
  rules: StitchRules,
): Promise<VisitorChange[]> {
  const ids = visitors.map(({ visitor }) => visitor._id)
  const { sessions } = round.tables
  const [events, old] = await Promise.all([
    readAll(round, batch, ids),
    sessions.find({ p: round.project, e: { $in: ids } }).toArray(),
  ])
  round.edges.add(
    await readEdges(
      round.tables,
      round.project,
      visitors.map(({ visitor }) => visitor.name),
      false,
    ),
  )
  const sessionsOf = Map.groupBy(old as Stored<SessionDoc>[], ({ e }) => e)
  const changes = visitors.map(({ visitor, before }) => {
    const { state, sessions } = rules.foldVisitor(
      events.get(visitor._id) ?? [],
      round.edges.from(visitor.name),
      before?.past,
    )
    return { change: { visitor, before, after: state, refolded: true }, sessions }
  })
  await loadUsers(
    round,
    changes.map(({ change }) => change),
  )
  for (const { change, sessions } of changes) {
    const { visitor } = change
    const old = (sessionsOf.get(visitor._id) ?? []).map(({ state }) => unpackSession(state))
    const kept = new Set(sessions.map(({ first }) => JSON.stringify(first)))
    const removed = old.filter(({ first }) => !kept.has(JSON.stringify(first)))
    if (sessions.length === 0) dropLatest(round, visitor)
    writeSessions(round, visitor, { old, removed, saved: sessions })
    saveState(round, visitor, change.after)
  }
  return changes.map(({ change }) => change)
}

/**
 * Puts what is left of a visitor in the place of all that was there. In the figures it takes the place of the sessions
 * `taken` alone; what the others, `old` without them, counted for stays.
 */
export async function replaceVisitor(
  round: Round,
  visitor: EntityDoc,
  { old, taken, left }: { old: readonly SessionState[]; taken: readonly SessionState[]; left: FoldedVisitor },
): Promise<void> {
  await round.work.entities.load(
    left.state.runs.flatMap(({ user }) => (user === null ? [] : [entityId(round.project, 'user', user)])),
  )
  for (const { first } of old) round.removeSession(sessionIdOf(visitor.p, visitor.name, first))
  if (left.sessions.length === 0) dropLatest(round, visitor)
  writeSessions(round, visitor, { old: taken, removed: taken, saved: [] })
  writeSessions(round, visitor, { old: [], removed: [], saved: left.sessions })
  saveState(round, visitor, left.state)
}

function dropLatest(round: Round, { _id }: EntityDoc): void {
  const { latest: _latest, ...kept } = round.entities.get(_id) as EntityDoc
  round.work.entities.put(_id, kept)
}

/** Events of visitors that were folded in earlier rounds, and those of this one; by visitor, sorted by stamp. */
async function readAll(
  { tables, events, project }: Round,
  batch: Batch,
  ids: readonly string[],
): Promise<Map<string, StoredEvent[]>> {
  const docs = await tables.timeline.find({ p: project, e: { $in: [...ids] } }).toArray()
  const inBatch = new Set(batch.keys)
  const mine = docs.filter(({ _id, o }) => o !== undefined || inBatch.has(_id))
  const bodies = await events.read(mine.map(({ _id, t }) => ({ key: _id, project, timestamp: t })))
  const found = new Map<string, StoredEvent[]>()
  for (const { _id, e } of mine) {
    const event = bodies.get(_id)
    if (!event || e === null || isEdgeEvent(event)) continue
    found.set(e, [...(found.get(e) ?? []), event])
  }
  for (const own of found.values()) own.sort((a, b) => compareStamps(stampOf(a), stampOf(b)))
  return found
}
