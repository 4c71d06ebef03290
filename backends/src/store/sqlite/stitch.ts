import type { DatabaseSync } from 'node:sqlite'
import { transact } from '../../sqlite/database.ts'
import { isEdgeEvent } from '../edges.ts'
import { compareStamps } from '../person.ts'
import type { Part, StitchOutcome, StitchRules } from '../port.ts'
import type { Blocks } from './blocks.ts'
import { createEdges } from './edges.ts'
import type { Entities } from './entities.ts'
import { createMarks } from './marks.ts'
import { createProfiles, type Profiles } from './profiles.ts'
import { createRollups } from './rollups.ts'
import { createSegmentPacker } from './segments.ts'
import { createSpanMarks } from './span-calendar.ts'
import { createSpanPacker } from './spans.ts'
import { readStitchBatch, type StitchBatch } from './stitch-batch.ts'
import { createStitchedMark } from './stitched.ts'
import { createUsers, type Users } from './users.ts'
import { createVisitors, type VisitorChange, type Visitors } from './visitors.ts'

interface Parts {
  db: DatabaseSync
  entities: Entities
  blocks: Blocks
  segmentEvents?: number | undefined
  settleMs?: number | undefined
  now(): number
}

/** Spans that are made at a time while there is nothing else to do: some tenths of a second. */
const idleSpans = 4

/** Parts that join into people, and people who are to be worked out anew because something may have been taken away. */
interface PeopleChanges {
  growth: { root: number; project: string; part: Part }[]
  rebuild: Set<number>
}

/**
 * Blocks are stitched in order of their numbers, up to a watermark kept in the same file: one transaction moves it and
 * writes all that follows from the blocks passed, so each event is folded once, by whichever worker comes first.
 */
export function createStitch({
  db,
  entities,
  blocks,
  segmentEvents,
  settleMs,
  now,
}: Parts): (rules: StitchRules, maxEvents: number) => StitchOutcome {
  const marks = createSpanMarks(db, now)
  const rollups = createRollups(db, marks)
  const spans = createSpanPacker({ db, now, settleMs })
  const profiles = createProfiles(db)
  const edges = createEdges(db, entities)
  const users = createUsers(db, entities, edges)
  const segments = createSegmentPacker({ db, blocks, entities, segmentEvents })
  const visitors = createVisitors({ db, blocks, entities, edges, rollups, spans: marks })
  const readMark = createStitchedMark(db, entities)
  const moveMark = db.prepare(
    `INSERT INTO meta (name, value) VALUES ('stitched', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
  )
  const moveMarks = createMarks(db)
  const countBehind = db.prepare('SELECT coalesce(sum(events), 0) AS n FROM blocks WHERE id > ?')
  const hasChanged = createChangeWatch(db)

  const stitch = (rules: StitchRules, maxEvents: number): StitchOutcome => {
    if (hasChanged()) rollups.reset()
    const mark = readMark()
    const batch = readStitchBatch({ blocks, entities }, mark, maxEvents, rollups.addEvent)
    if (batch.events === 0) {
      segments.pack(mark)
      for (let left = idleSpans; left > 0; left--) spans.pack()
      return { events: 0, behind: 0 }
    }
    addEdgeVisitors(batch, entities, visitors)
    const changes: PeopleChanges = { growth: [], rebuild: users.resolveRoots(batch, rules) }
    for (const [entity, own] of batch.visitors) {
      const fresh = own.filter((event) => !isEdgeEvent(event))
      fresh.sort((a, b) => compareStamps([a.timestamp, a.messageId], [b.timestamp, b.messageId]))
      followVisitor(visitors.update(entity, fresh, batch.lastBlock, rules), changes, { profiles, users, entities })
    }
    changes.growth.push(...users.update(batch, rules))
    for (const { root, project, part } of changes.growth)
      if (!changes.rebuild.has(root)) profiles.grow(root, project, part, rules)
    for (const root of changes.rebuild) profiles.rebuild(root, rules)
    rollups.flush()
    moveMark.run(batch.lastBlock)
    moveMarks(batch.projects)
    segments.pack(batch.lastBlock)
    spans.pack()
    blocks.release(batch.lastBlock)
    return { events: batch.events, behind: Number(countBehind.get(batch.lastBlock)?.n ?? 0) }
  }

  return (rules, maxEvents) => {
    // What is folded can be folded again, so this commit need not wait for the disk; those of append do.
    db.exec('PRAGMA synchronous = NORMAL')
    try {
      return transact(db, () => stitch(rules, maxEvents))
    } catch (error) {
      entities.reset()
      rollups.reset()
      throw error
    } finally {
      db.exec('PRAGMA synchronous = FULL')
    }
  }
}

/** Tells whether another process wrote, or somebody was erased, since it was asked last. */
function createChangeWatch(db: DatabaseSync): () => boolean {
  const dataVersion = db.prepare('PRAGMA data_version')
  const selectErased = db.prepare(`SELECT value FROM meta WHERE name = 'erased'`)
  let seen: string | undefined
  return () => {
    const before = seen
    seen = `${dataVersion.get()?.data_version} ${selectErased.get()?.value}`
    return seen !== before
  }
}

/** An edge may reach a visitor whose own events came earlier: it is folded again though nothing of it is new. */
function addEdgeVisitors(batch: StitchBatch, entities: Entities, visitors: Visitors): void {
  for (const { project, edge } of batch.edges) {
    const entity = entities.find(project, 'visitor', edge.from)
    if (entity !== undefined && !batch.visitors.has(entity) && visitors.hasEvents(entity))
      batch.visitors.set(entity, [])
  }
}

/** What a changed visitor means for people: most only grow; where events may have changed hands, they are rebuilt. */
function followVisitor(
  { id, project, before, after, refolded }: VisitorChange,
  { growth, rebuild }: PeopleChanges,
  { profiles, users, entities }: { profiles: Profiles; users: Users; entities: Entities },
): void {
  profiles.putNobody({ id, project }, after.parts[''])
  for (const user of new Set([...(before?.runs ?? []), ...after.runs].map((run) => run.user))) {
    if (user === null) continue
    const root = users.rootOf(entities.resolve(project, 'user', user))
    const part = after.parts[user]
    if (refolded || !part) rebuild.add(root)
    else growth.push({ root, project, part })
  }
}
