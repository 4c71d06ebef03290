import type { DatabaseSync } from 'node:sqlite'
import type { StoredEvent } from '@trailstitch/protocol'
import { transact } from '../../sqlite/database.ts'
import { isEdgeEvent } from '../edges.ts'
import { cutoffOf, dayMs, isPast } from '../expiry.ts'
import { hourMs } from '../figures.ts'
import type { Retention } from '../port.ts'
import type { Blocks } from './blocks.ts'
import { createDues } from './dues.ts'
import type { Entities } from './entities.ts'
import { createForgetting } from './forgetting.ts'
import { createMarks } from './marks.ts'
import { createSegmentInvalidation } from './segments.ts'
import { createStitchedMark } from './stitched.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
}

/** Blocks that one transaction looks at, and transactions a call makes: some hundred milliseconds at most. */
const pieceBlocks = 40
const maxPieces = 5
/** Events of visitors that a transaction lets go of, or a few more: visitors lie in many blocks beyond those looked at. */
const pieceEvents = 5_000
const pieceRejected = 500

/**
 * Lets go of what is past its time, a piece a transaction: killed in between, the next call goes on. A block knows when
 * to look at it next, so blocks of projects that keep everything are looked at once. True when there is more to do.
 */
export function createExpiry({ db, blocks, entities }: Parts): (retention: Retention, now: number) => boolean {
  const dues = createDues(db)
  const forget = createForgetting({ db, blocks, entities })
  const invalidate = createSegmentInvalidation(db)
  const readMark = createStitchedMark(db, entities)
  const removePlace = db.prepare('DELETE FROM timeline WHERE entity = ? AND time = ? AND block = ? AND place = ?')
  const countExpiry = createCount(db)
  const lookAtRejected = createRejectedExpiry(db)

  const look = (retention: Retention, now: number): boolean => {
    const mark = readMark()
    const ids = dues.before(now, mark, pieceBlocks)
    const gone = new Map<number, Set<number>>()
    const projects = new Set<string>()
    const letGo = (block: number, place: number, event: StoredEvent): void => {
      const places = gone.get(block) ?? new Set()
      gone.set(block, places.add(place))
      projects.add(event.project)
      const entity = entities.find(
        event.project,
        event.anonymousId === undefined ? 'user' : 'visitor',
        event.anonymousId ?? event.userId ?? '',
      )
      if (entity !== undefined) removePlace.run(entity, event.timestamp, block, place)
    }
    const visitors = new Map<string, { project: string; name: string }>()
    for (const block of ids) {
      for (const [place, event] of blocks.read(block).entries()) {
        const days = event && retention.days.get(event.project)
        if (!event || days === undefined || !isPast(event, cutoffOf(days, now))) continue
        const { project, anonymousId: name } = event
        if (name !== undefined && !isEdgeEvent(event)) visitors.set(`${project}\0${name}`, { project, name })
        else letGo(block, place, event)
      }
    }
    let forgotten = 0
    for (const visitor of visitors.values()) {
      if (forgotten >= pieceEvents) break
      const cutoff = cutoffOf(retention.days.get(visitor.project) as number, now)
      for (const { block, place, event } of forget(visitor, { cutoff, mark, rules: retention.rules })) {
        letGo(block, place, event)
        forgotten++
      }
    }
    for (const [block, places] of gone) blocks.blank(block, places)
    invalidate(gone.keys())
    // Where visitors are left over, the blocks stay due, and so does what they share with others.
    const isDone = forgotten < pieceEvents
    if (isDone)
      for (const block of new Set([...ids, ...gone.keys()]))
        dues.put(block, nextDue(blocks.read(block), retention, now))
    if (projects.size > 0) countExpiry(projects)
    return !isDone || ids.length === pieceBlocks
  }

  return (retention, now) => {
    try {
      let more = transact(db, () => dues.fill(retention))
      for (let piece = 0; piece < maxPieces; piece++) {
        const left = transact(db, () => [look(retention, now), lookAtRejected(retention, now)])
        more = left.includes(true) || more
        if (!left.includes(true)) break
      }
      return more
    } catch (error) {
      blocks.reset()
      throw error
    }
  }
}

/** Tells readers that blocks have changed, and in which projects. */
export function createCount(db: DatabaseSync): (projects: ReadonlySet<string>) => void {
  const count = db.prepare(
    `INSERT INTO meta (name, value) VALUES ('expired', 1) ON CONFLICT DO UPDATE SET value = value + 1`,
  )
  const moveMarks = createMarks(db)
  return (projects) => {
    count.run()
    moveMarks(projects)
  }
}

function createRejectedExpiry(db: DatabaseSync): (retention: Retention, now: number) => boolean {
  const remove = db.prepare(
    'DELETE FROM rejected WHERE id IN (SELECT id FROM rejected WHERE project = ? AND received_at < ? LIMIT ?)',
  )
  return ({ days }, now) => {
    let more = false
    for (const [project, kept] of days) {
      const { changes } = remove.run(project, cutoffOf(kept, now), pieceRejected)
      more ||= Number(changes) === pieceRejected
    }
    return more
  }
}

/**
 * When something in the block is past its time next; undefined for never. What is that old already and has to stay, as its
 * session, or one before it, is not past as a whole, is looked at again in an hour.
 */
function nextDue(events: readonly (StoredEvent | undefined)[], { days }: Retention, now: number): number | undefined {
  let due: number | undefined
  for (const event of events) {
    const kept = event && days.get(event.project)
    if (!event || kept === undefined) continue
    const own = isPast(event, cutoffOf(kept, now))
      ? now + hourMs
      : Math.max(event.timestamp, event.receivedAt) + kept * dayMs + 1
    if (due === undefined || own < due) due = own
  }
  return due
}
