import type { DatabaseSync } from 'node:sqlite'
import { transact } from '../../sqlite/database.ts'
import type { RemoveOutcome } from '../port.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { createErasedCount } from './erasure.ts'
import { createCount } from './expiry.ts'
import { createStitchedMark } from './stitched.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
}

/** Visitors and users looked at in one call. */
const pageEntities = 1_000
/** Rows of one table that one call deletes. */
const pageRows = 10_000

/** Tables whose rows name their project, by what names a row. */
const figures = {
  rollups: 'project, bot, dimension, hour, value',
  spans: 'project, bot, dimension, level, start, value',
  span_states: 'project, level, start',
}
const others = {
  edges: 'project, source, user, kind, time, message',
  rejected: 'id',
  ledger: 'project, minute',
}

/**
 * Removes a project: figures, which name its visitors and users; these, with their events; then all else. Its blocks are
 * shared with other projects, so events leave an empty line in them. Each call is one transaction that begins with
 * whatever is there, so it does not matter where the one before ended.
 */
export function createRemoval({ db, blocks, entities }: Parts): (project: string, maxEvents: number) => RemoveOutcome {
  const removeSegments = createSegmentRemoval(db)
  const removeFigures = createRowRemoval(db, figures)
  const removeEntities = createEntityRemoval(db, blocks)
  const removeOthers = createRowRemoval(db, others)
  const readMark = createStitchedMark(db, entities)
  const countErased = createErasedCount(db)
  const count = createCount(db)
  const emptyLog = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')

  const removePiece = (project: string, maxEvents: number): RemoveOutcome => {
    const mark = readMark()
    blocks.reset()
    removeSegments(project) // they name places of events
    const sums = removeFigures(project)
    const people = sums.more ? { more: true, events: 0, looked: 0 } : removeEntities(project, mark, maxEvents)
    const rest = people.more ? { more: true, changes: 0 } : removeOthers(project)
    if (sums.changes + people.looked + rest.changes > 0) {
      countErased()
      count(new Set([project]))
    }
    return { more: rest.more, events: people.events }
  }

  return (project, maxEvents) => {
    try {
      const outcome = transact(db, () => removePiece(project, maxEvents))
      // Somebody who reads keeps the log from being emptied; the next call tries again.
      return outcome.more || emptyLog.get()?.busy === 0 ? outcome : { ...outcome, more: true }
    } finally {
      entities.reset()
      blocks.reset()
    }
  }
}

/**
 * Only what is stitched goes: another process may hold a block that it is to stitch next. A number that is free may be
 * somebody else's at once, so all that has it goes with it.
 */
function createEntityRemoval(db: DatabaseSync, blocks: Blocks) {
  const selectEntities = db.prepare('SELECT id FROM entities WHERE project = ? ORDER BY id LIMIT ?')
  const selectPlaces = db.prepare('SELECT time, block, place FROM timeline WHERE entity = ? AND block <= ? LIMIT ?')
  const removePlace = db.prepare('DELETE FROM timeline WHERE entity = ? AND time = ? AND block = ? AND place = ?')
  const selectLeft = db.prepare('SELECT 1 FROM timeline WHERE entity = ? LIMIT 1')
  const removals = [
    'DELETE FROM sessions WHERE entity = ?',
    'DELETE FROM profiles WHERE entity = ?',
    'DELETE FROM owners WHERE user = ?1 OR visitor = ?1',
    'DELETE FROM entities WHERE id = ?',
  ].map((text) => db.prepare(text))

  return (project: string, mark: number, maxEvents: number): RemoveOutcome & { looked: number } => {
    const ids = selectEntities.all(project, pageEntities).map(({ id }) => id as number)
    const gone = new Map<number, Set<number>>()
    let events = 0
    let isLeft = false
    for (const id of ids) {
      for (const row of selectPlaces.all(id, mark, maxEvents - events)) {
        const { time, block, place } = row as { time: number; block: number; place: number }
        removePlace.run(id, time, block, place)
        gone.set(block, (gone.get(block) ?? new Set()).add(place))
        events++
      }
      if (selectLeft.get(id)) isLeft = true
      else for (const removal of removals) removal.run(id)
    }
    for (const [block, places] of gone) blocks.blank(block, places)
    return { more: isLeft || ids.length === pageEntities, events, looked: ids.length }
  }
}

function createRowRemoval(
  db: DatabaseSync,
  tables: Readonly<Record<string, string>>,
): (project: string) => { more: boolean; changes: number } {
  const removals = Object.entries(tables).map(([table, key]) =>
    db.prepare(`DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE project = ? LIMIT ?)`),
  )
  return (project) => {
    const changes = removals.map((removal) => Number(removal.run(project, pageRows).changes))
    return { more: changes.includes(pageRows), changes: changes.reduce((sum, count) => sum + count, 0) }
  }
}

/** A segment holds some thousand events of one project, so there are few. */
function createSegmentRemoval(db: DatabaseSync): (project: string) => void {
  const columns = db.prepare('DELETE FROM segment_columns WHERE segment IN (SELECT id FROM segments WHERE project = ?)')
  const segments = db.prepare('DELETE FROM segments WHERE project = ?')
  return (project) => {
    columns.run(project)
    segments.run(project)
  }
}
