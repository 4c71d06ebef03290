import { setTimeout as sleep } from 'node:timers/promises'
import { isEdgeEvent } from '../edges.ts'
import type { Part, StitchOutcome, StitchRules } from '../port.ts'
import { type Batch, readBatch } from './batch.ts'
import { loadComponents, toEdgeDoc } from './edges.ts'
import type { Events } from './events.ts'
import { entityId, entityOf } from './keys.ts'
import type { Lanes } from './lanes.ts'
import { buildProfile, createSources, partOfProfile, partOfUser, readPeople, toProfile } from './people.ts'
import { openRound, type Round } from './round.ts'
import type { EntityDoc, Tables } from './tables.ts'
import { updateVisitors, type VisitorChange } from './visitors.ts'

interface Parts {
  tables: Tables
  events: Events
  lanes: Lanes
}

/** Parts that join into people, and people who are to be worked out anew because something may have been taken away. */
interface PeopleChanges {
  growth: { root: string; part: Part }[]
  rebuild: Set<string>
}

/** How long to wait before looking again while other workers have all the lanes. */
const busyMs = 25

/** Works out and writes one round of one project's lane. */
export function createStitch({
  tables,
  events,
  lanes,
}: Parts): (rules: StitchRules, maxEvents: number) => Promise<StitchOutcome> {
  return async (rules, maxEvents) => {
    const lane = await lanes.take()
    if (!lane) {
      const behind = await lanes.behind()
      if (behind > 0) await sleep(busyMs)
      return { events: 0, behind }
    }
    try {
      const batch = await readBatch(tables, events, lane, maxEvents)
      if (batch.keys.length === 0) return { events: 0, behind: await lanes.behind() }
      const round = await foldRound(openRound(tables, events, lane), batch, rules)
      const result = { events: batch.keys, numbers: round.entities.numbers(), puts: round.puts() }
      const isOurs = await lanes.commit(lane, result)
      return { events: isOurs ? batch.keys.length : 0, behind: await lanes.behind() }
    } finally {
      await lanes.release(lane)
    }
  }
}

async function foldRound(round: Round, batch: Batch, rules: StitchRules): Promise<Round> {
  await loadEntities(round, batch)
  takeEdges(round, batch)
  for (const event of batch.events) {
    const id = entityOf(event)
    const number = id === null ? 0 : resolveOwner(round, event.anonymousId, event.userId).n
    if (!isEdgeEvent(event)) round.rollups.addEvent(event, number)
  }
  addEdgeVisitors(round, batch)
  const changes: PeopleChanges = { growth: [], rebuild: await resolveRoots(round, batch, rules) }
  for (const change of await updateVisitors(round, batch, rules)) followVisitor(round, change, changes)
  updateUsers(round, batch, rules, changes)
  await writePeople(round, changes, rules)
  await round.rollups.flush(round.work.rollups)
  return round
}

const resolveOwner = (round: Round, anonymousId: string | undefined, userId: string | undefined): EntityDoc =>
  anonymousId !== undefined
    ? round.entities.resolve('visitor', anonymousId)
    : round.entities.resolve('user', userId as string)

async function loadEntities({ work, project }: Round, { events, edges }: Batch): Promise<void> {
  const ids = events.flatMap((event) => entityOf(event) ?? [])
  for (const { from, user } of edges)
    ids.push(entityId(project, 'visitor', from), entityId(project, 'user', from), entityId(project, 'user', user))
  await work.entities.load(ids)
}

/** Logs the batch's edges, and at the visitors where they start that there are some. */
function takeEdges(round: Round, { edges }: Batch): void {
  for (const edge of edges) {
    const doc = toEdgeDoc(round.project, edge)
    round.putEdge(doc)
    round.edges.add([doc])
    const from = round.entities.resolve('visitor', edge.from)
    round.entities.change(from._id, { edges: from.edges + 1 })
  }
}

/** An edge may reach a visitor whose own events came earlier: it is folded again though nothing of it is new. */
function addEdgeVisitors({ entities, project }: Round, { edges, visitors }: Batch): void {
  for (const { from } of edges) {
    const id = entityId(project, 'visitor', from)
    if (!visitors.has(id) && entities.get(id)?.state !== undefined) visitors.set(id, [])
  }
}

/** Gives every user an alias touches the root it has now, and tells the roots that gained or lost somebody. */
async function resolveRoots(round: Round, { edges }: Batch, rules: StitchRules): Promise<Set<string>> {
  const touched = edges.filter(({ kind }) => kind !== 'link')
  await loadComponents(
    round.tables,
    round.project,
    touched.flatMap(({ from, user }) => [from, user]),
    round.edges,
  )
  const changed = new Set<string>()
  const done = new Set<string>()
  for (const edge of touched) {
    if (done.has(edge.user)) continue
    const component = round.edges.component(edge.user)
    const names = new Set(component.flatMap(({ from, user }) => [from, user]))
    await round.work.entities.load([...names].map((name) => entityId(round.project, 'user', name)))
    const roots = rules.resolveAliases(component)
    for (const name of names) {
      done.add(name)
      const user = round.entities.resolve('user', name)
      const before = round.entities.rootOf(user)
      const after = round.entities.resolve('user', roots.get(name) ?? name)._id
      changed.add(before).add(after)
      if (before !== after) setRoot(round, user._id, after)
    }
  }
  return changed
}

function setRoot({ entities, work }: Round, id: string, root: string): void {
  const { root: _old, ...kept } = entities.get(id) as EntityDoc
  work.entities.put(id, root === id ? kept : { ...kept, root })
}

/** What a changed visitor means for people: most only grow; where events may have changed hands, they are rebuilt. */
function followVisitor(
  { entities, work }: Round,
  { visitor, before, after, refolded }: VisitorChange,
  { growth, rebuild }: PeopleChanges,
): void {
  const nobody = after.parts['']
  if (nobody) work.profiles.put(visitor._id, toProfile(visitor._id, visitor.p, nobody))
  else if (before?.parts[''] !== undefined || refolded) rebuild.add(visitor._id)
  for (const user of new Set([...(before?.runs ?? []), ...after.runs].map((run) => run.user))) {
    if (user === null) continue
    const root = entities.rootOf(entities.resolve('user', user))
    const part = after.parts[user]
    if (refolded || !part) rebuild.add(root)
    else growth.push({ root, part })
  }
}

/** Folds the events that users have without a visitor. */
function updateUsers({ entities }: Round, { users }: Batch, rules: StitchRules, { growth }: PeopleChanges): void {
  for (const [id, events] of users) {
    const user = entities.get(id) as EntityDoc
    const known = partOfUser(user)
    const fresh = rules.foldPart(events)
    const part = known ? rules.joinParts(known, fresh) : fresh
    entities.change(id, { state: JSON.stringify(part) })
    growth.push({ root: entities.rootOf(user), part })
  }
}

async function writePeople(round: Round, { growth, rebuild }: PeopleChanges, rules: StitchRules): Promise<void> {
  const { work, tables, project } = round
  await work.profiles.load([...growth.map(({ root }) => root), ...rebuild])
  for (const { root, part } of growth) {
    if (rebuild.has(root)) continue
    const known = work.profiles.get(root)
    const joined = known ? rules.joinParts(partOfProfile(known), part) : part
    work.profiles.put(root, toProfile(root, project, joined))
  }
  if (rebuild.size === 0) return
  // Both as they were and as this round has them: what it changed wins.
  const ids = [...rebuild]
  work.entities.know(await readPeople(tables, project, ids))
  const users = [...work.entities.all()].flatMap(({ _id, root }) =>
    root !== undefined && rebuild.has(root) ? [_id] : [],
  )
  work.entities.know(await readPeople(tables, project, users))
  const sourceOf = createSources(work.entities.all())
  for (const id of ids) {
    const source = sourceOf(id)
    const profile = source && buildProfile(id, source, rules)
    if (profile) work.profiles.put(id, profile)
    else work.profiles.remove(id)
  }
}
