import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { transact } from '../../sqlite/database.ts'
import { edgesOf, isEdgeEvent } from '../edges.ts'
import { compareStamps } from '../person.ts'
import type { Edge, Part, StitchOutcome, StitchRules } from '../port.ts'
import { entityOf } from './append.ts'
import type { Blocks } from './blocks.ts'
import { createEdges } from './edges.ts'
import type { Entities } from './entities.ts'
import { createProfiles } from './profiles.ts'
import { createRollups } from './rollups.ts'
import { createVisitors, type VisitorChange } from './visitors.ts'

interface Parts {
  db: DatabaseSync
  entities: Entities
  blocks: Blocks
}

/** New events of one stitching, sorted out by whose they are. */
interface Batch {
  lastBlock: number
  visitors: Map<number, StoredEvent[]>
  users: Map<number, { project: string; events: StoredEvent[] }>
  edges: { project: string; edge: Edge }[]
}

/**
 * Blocks are stitched in order of their numbers, up to a watermark kept in the same file: one transaction moves it and
 * writes all that follows from the blocks passed, so each event is folded once, by whichever worker comes first.
 */
export function createStitch({ db, entities, blocks }: Parts): (rules: StitchRules, maxEvents: number) => StitchOutcome {
  const rollups = createRollups(db)
  const profiles = createProfiles(db)
  const edgeLog = createEdges(db, entities)
  const visitors = createVisitors({ db, blocks, entities, edges: edgeLog, rollups })
  const selectMark = db.prepare(`SELECT value FROM meta WHERE name = 'stitched'`)
  const moveMark = db.prepare(`INSERT INTO meta (name, value) VALUES ('stitched', ?) ON CONFLICT DO UPDATE SET value = excluded.value`)
  const countBehind = db.prepare('SELECT coalesce(sum(events), 0) AS n FROM blocks WHERE id > ?')
  const selectUser = db.prepare('SELECT name, root, state FROM entities WHERE id = ?')
  const saveUser = db.prepare('UPDATE entities SET state = ? WHERE id = ?')
  const setRoot = db.prepare('UPDATE entities SET root = ? WHERE id = ?')
  const dataVersion = db.prepare('PRAGMA data_version')
  let seenVersion: unknown

  const readBatch = (maxEvents: number): { batch: Batch; events: number } => {
    const mark = Number(selectMark.get()?.value ?? 0)
    const batch: Batch = { lastBlock: mark, visitors: new Map(), users: new Map(), edges: [] }
    let events = 0
    for (const { id, events: count } of blocks.after(mark, Math.max(1, maxEvents))) {
      if (events > 0 && events + count > maxEvents) break
      for (const event of blocks.read(id)) addToBatch(batch, event)
      events += count
      batch.lastBlock = id
    }
    return { batch, events }
  }

  const addToBatch = (batch: Batch, event: StoredEvent): void => {
    const entity = entityOf(entities, event)
    for (const edge of edgesOf(event)) batch.edges.push({ project: event.project, edge })
    if (entity === 0) return isEdgeEvent(event) ? undefined : rollups.addEvent(event, 0)
    if (event.anonymousId !== undefined) {
      const known = batch.visitors.get(entity)
      if (known) known.push(event)
      else batch.visitors.set(entity, [event])
    } else if (!isEdgeEvent(event)) {
      const known = batch.users.get(entity)
      if (known) known.events.push(event)
      else batch.users.set(entity, { project: event.project, events: [event] })
    }
    if (!isEdgeEvent(event)) rollups.addEvent(event, entity)
  }

  /** An edge may reach a visitor whose own events came earlier: it is folded again though nothing of it is new. */
  const addEdgeVisitors = (batch: Batch): void => {
    for (const { project, edge } of batch.edges) {
      const entity = entities.find(project, 'visitor', edge.from)
      if (entity !== undefined && !batch.visitors.has(entity) && visitors.hasEvents(entity)) batch.visitors.set(entity, [])
    }
  }

  const rootOf = (user: number): number => (selectUser.get(user)?.root as number | null) ?? user

  /** Gives every user of the components touched its root, and says which people changed by it. */
  const resolveRoots = (batch: Batch, rules: StitchRules): Set<number> => {
    const changed = new Set<number>()
    const done = new Set<string>()
    for (const { project, edge } of batch.edges) {
      if (edge.kind === 'link' || done.has(`${project}\0${edge.user}`)) continue
      const component = edgeLog.component(project, edge.user)
      const roots = rules.resolveAliases(component)
      for (const name of new Set(component.flatMap(({ from, user }) => [from, user]))) {
        done.add(`${project}\0${name}`)
        const entity = entities.resolve(project, 'user', name)
        const before = rootOf(entity)
        const after = entities.resolve(project, 'user', roots.get(name) ?? name)
        changed.add(before).add(after)
        if (before !== after) setRoot.run(after === entity ? null : after, entity)
      }
    }
    return changed
  }

  const stitchUsers = (batch: Batch, rules: StitchRules, growth: Growth): void => {
    for (const [entity, { project, events }] of batch.users) {
      const row = selectUser.get(entity)
      const fresh = rules.foldPart(events)
      const part = typeof row?.state === 'string' ? rules.joinParts(JSON.parse(row.state) as Part, fresh) : fresh
      saveUser.run(JSON.stringify(part), entity)
      growth.push({ root: rootOf(entity), project, part })
    }
  }

  type Growth = { root: number; project: string; part: Part }[]

  /** What a changed visitor means for people: most only grow, some lose something and are worked out anew. */
  const follow = (change: VisitorChange, growth: Growth, rebuild: Set<number>): void => {
    const { id, project, before, after, refolded } = change
    const usersBefore = new Set(before?.runs.map(({ user }) => user))
    const usersAfter = new Set(after.runs.map(({ user }) => user))
    profiles.putNobody({ id, project }, after.parts[''])
    for (const user of new Set([...usersBefore, ...usersAfter])) {
      if (user === null) continue
      const root = rootOf(entities.resolve(project, 'user', user))
      const part = after.parts[user]
      if (refolded || !part) rebuild.add(root)
      else growth.push({ root, project, part })
    }
  }

  return (rules, maxEvents) => {
    try {
      return transact(db, () => {
        const version = dataVersion.get()?.data_version
        if (version !== seenVersion) rollups.reset()
        seenVersion = version
        const { batch, events } = readBatch(maxEvents)
        if (events === 0) return { events: 0, behind: 0 }
        addEdgeVisitors(batch)
        const rebuild = resolveRoots(batch, rules)
        const growth: Growth = []
        for (const [entity, own] of batch.visitors) {
          const sorted = own.filter((event) => !isEdgeEvent(event)).sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
          const change = visitors.update(entity, sorted, batch.lastBlock, rules)
          follow(change, growth, rebuild)
        }
        stitchUsers(batch, rules, growth)
        for (const { root, project, part } of growth) if (!rebuild.has(root)) profiles.grow(root, project, part, rules)
        for (const root of rebuild) profiles.rebuild(root, rules)
        rollups.flush()
        moveMark.run(batch.lastBlock)
        return { events, behind: Number(countBehind.get(batch.lastBlock)?.n ?? 0) }
      })
    } catch (error) {
      entities.reset()
      rollups.reset()
      throw error
    }
  }
}
