import type { DatabaseSync } from 'node:sqlite'
import { transact } from '../../sqlite/database.ts'
import { type Erased, erasedBy, isBodyErased } from '../erasing.ts'
import type { EraseOutcome, EraseRequest } from '../port.ts'
import type { Blocks } from './blocks.ts'
import { createEdges } from './edges.ts'
import type { Entities } from './entities.ts'
import { createEdgeErasure, type Piece } from './erased-edges.ts'
import { createErasedPlaces } from './erased-places.ts'
import { createUserErasure, type UserRow } from './erased-users.ts'
import { createVisitorErasure } from './erased-visitors.ts'
import { createCount } from './expiry.ts'
import { createProfiles } from './profiles.ts'
import { createRollups } from './rollups.ts'
import { createSegmentInvalidation } from './segments.ts'
import { createSpanMarks } from './span-calendar.ts'
import { createStitchedMark } from './stitched.ts'
import { createUsers } from './users.ts'
import { createVisitors } from './visitors.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  now(): number
}

/** Rejected events looked at in one call. */
const pageRejected = 500

/**
 * Erases people: visitors first, as they are found by their users, then the users with their edges, and then rejected
 * events. Of an entity that somebody's figures count a row without key, name and state stays, under its number. Each call is
 * one transaction. In the end the file is rid of what was in it: `secure_delete` has written over it, and the log is emptied.
 */
export function createErasure({
  db,
  blocks,
  entities,
  now,
}: Parts): (request: EraseRequest, maxEvents: number) => EraseOutcome {
  const rollups = createRollups(db, createSpanMarks(db, now))
  const edges = createEdges(db, entities)
  const profiles = createProfiles(db)
  const visitors = createVisitors({ db, blocks, entities, edges, rollups, spans: createSpanMarks(db, now) })
  const places = createErasedPlaces({ db, blocks, entities, onChange: createSegmentInvalidation(db) })
  const users = createUsers(db, entities, edges)
  const dropEdges = createEdgeErasure({ db, places, entities })
  const eraseVisitor = createVisitorErasure({ db, places, edges, profiles, visitors, entities, users, dropEdges })
  const eraseUsers = createUserErasure({ db, places, edges, entities, users, dropEdges })
  const eraseRejected = createRejectedErasure(db)
  const findUsers = createUserFinder(db)
  const findVisitors = createVisitorFinder(db)
  const readMark = createStitchedMark(db, entities)
  const countErased = createErasedCount(db)
  const count = createCount(db)
  const emptyLog = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)')

  const erasePiece = (request: EraseRequest, maxEvents: number): EraseOutcome => {
    blocks.reset()
    const mark = readMark()
    const mine = findUsers(request)
    const keys = [...request.keys, ...mine.map(({ key }) => key)]
    const erased = erasedBy({ ...request, keys })
    const piece: Piece = { request, erased, mark, rebuild: new Set() }
    let events = 0
    let more = false
    for (const id of findVisitors(request, mine)) {
      if (events >= maxEvents) more = true
      if (events >= maxEvents) break
      const gone = eraseVisitor(id, piece)
      if (gone === undefined) more = true
      events += gone ?? 0
    }
    if (!more) {
      const gone = eraseUsers(mine, piece)
      if (gone === undefined) more = true
      events += gone ?? 0
    }
    for (const root of piece.rebuild) profiles.rebuild(root, request.rules)
    rollups.flush()
    countErased()
    count(new Set([request.project]))
    const rejected = eraseRejected(request, erased)
    return { more: more || rejected.more, events: events + rejected.events }
  }

  return (request, maxEvents) => {
    try {
      const outcome = transact(db, () => erasePiece(request, maxEvents))
      entities.reset()
      // Somebody who reads keeps the log from being emptied; the next call tries again.
      return outcome.more || emptyLog.get()?.busy === 0 ? outcome : { ...outcome, more: true }
    } catch (error) {
      entities.reset()
      blocks.reset()
      throw error
    } finally {
      rollups.reset()
    }
  }
}

/** Tells whoever keeps numbers of entities that these have changed. */
export function createErasedCount(db: DatabaseSync): () => void {
  const count = db.prepare(
    `INSERT INTO meta (name, value) VALUES ('erased', 1) ON CONFLICT DO UPDATE SET value = value + 1`,
  )
  return () => void count.run()
}

/** The users of a request, and those that were aliased into them. */
function createUserFinder(db: DatabaseSync): (request: EraseRequest) => (UserRow & { key: string })[] {
  const columns = `SELECT id, name, key FROM entities WHERE kind = 'user' AND name <> ''`
  const selectByKey = db.prepare(`${columns} AND key = ? AND project = ?`)
  const selectAliased = db.prepare(`${columns} AND root = ?`)
  return ({ keys, project }) => {
    const found = new Map<number, UserRow & { key: string }>()
    const take = (row: Record<string, unknown>): void => {
      const id = row.id as number
      found.set(id, { id, name: row.name as string, key: Buffer.from(row.key as Uint8Array).toString('base64url') })
    }
    for (const key of keys) for (const row of selectByKey.all(Buffer.from(key, 'base64url'), project)) take(row)
    for (const { id } of [...found.values()]) for (const row of selectAliased.all(id)) take(row)
    return [...found.values()]
  }
}

/** The visitors of a request, and those of its users. */
function createVisitorFinder(db: DatabaseSync): (request: EraseRequest, users: readonly UserRow[]) => Set<number> {
  const selectByKey = db.prepare(`SELECT id FROM entities WHERE key = ? AND project = ? AND kind = 'visitor'`)
  const selectOwned = db.prepare('SELECT visitor AS id FROM owners WHERE user = ?')
  return ({ keys, project }, users) => {
    const rows = [
      ...keys.flatMap((key) => selectByKey.all(Buffer.from(key, 'base64url'), project)),
      ...users.flatMap(({ id }) => selectOwned.all(id)),
    ]
    return new Set(rows.map(({ id }) => id as number))
  }
}

/** Looks at a page of a project's rejected events a call; a new process begins at the first one again. */
function createRejectedErasure(db: DatabaseSync): (request: EraseRequest, erased: Erased) => EraseOutcome {
  const select = db.prepare(`SELECT id, received_at AS at, body FROM rejected
    WHERE project = ? AND received_at < ? AND (received_at, id) > (?, ?) ORDER BY received_at, id LIMIT ?`)
  const remove = db.prepare('DELETE FROM rejected WHERE id = ?')
  const seen = new Map<string, readonly [at: number, id: string]>()
  return ({ id: name, project, before }, erased) => {
    const rows = select.all(project, before, ...(seen.get(name) ?? [-1, '']), pageRejected) as {
      id: string
      at: number
      body: string
    }[]
    const gone = rows.filter(({ body }) => isBodyErased(erased, body))
    for (const { id } of gone) remove.run(id)
    const last = rows.at(-1)
    if (last) seen.set(name, [last.at, last.id])
    return { more: rows.length === pageRejected, events: gone.length }
  }
}
