import type { DatabaseSync } from 'node:sqlite'
import type { Field } from '@trailstitch/protocol'
import { isEdgeEvent } from '../edges.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { entityOf } from './event-writer.ts'
import {
  columnFields,
  decodeCore,
  decodeField,
  decodePlaces,
  encodeCore,
  encodeField,
  encodePlaces,
  isColumn,
  type SegmentCore,
  type SegmentField,
  type SegmentPlaces,
  type SegmentRow,
  usualSegmentEvents,
} from './segment-codec.ts'

/**
 * What reports look at of each event, beside the blocks: some thousand events of one project a segment, column by column.
 * They follow from the blocks alone and can be made anew at any time. Blocks up to `packed` are in segments; those after it,
 * and those of stale segments, are read themselves.
 */
export interface SegmentPacker {
  /** Packs blocks up to the watermark, if enough have come together. Call inside a transaction. */
  pack(mark: number): void
}

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  /** Events a segment. */
  segmentEvents?: number | undefined
}

/** A block holds 64 events at most, so a segment is never much larger than it should be. */
const maxBlocks = 8_192
/** Segments a call, at most: each takes some 20 ms. */
const maxPacked = 2

export function createSegmentPacker({
  db,
  blocks,
  entities,
  segmentEvents = usualSegmentEvents,
}: Parts): SegmentPacker {
  const selectPacked = db.prepare(`SELECT value FROM meta WHERE name = 'packed'`)
  const movePacked = db.prepare(
    `INSERT INTO meta (name, value) VALUES ('packed', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
  )
  const selectBlocks = db.prepare('SELECT id, events FROM blocks WHERE id > ? AND id <= ? ORDER BY id LIMIT ?')
  const write = createSegmentWriter(db, blocks, entities)
  const selectStale = db.prepare('SELECT id, first, last FROM segments WHERE stale = 1 ORDER BY id LIMIT 1')
  const remove = db.prepare('DELETE FROM segments WHERE first = ? AND last = ?')
  const removeColumns = db.prepare(
    'DELETE FROM segment_columns WHERE segment IN (SELECT id FROM segments WHERE first = ? AND last = ?)',
  )
  /** How many events wait, up to which block that was counted. */
  let counted = { packed: -1, mark: -1, events: 0 }

  const countWaiting = (packed: number, mark: number): number => {
    const from = counted.packed === packed ? counted.mark : packed
    const known = counted.packed === packed ? counted.events : 0
    const rows = mark > from ? selectBlocks.all(from, mark, maxBlocks) : []
    const last = (rows.at(-1)?.id as number | undefined) ?? from
    counted = { packed, mark: last, events: known + rows.reduce((sum, row) => sum + Number(row.events), 0) }
    return counted.events
  }
  const packNext = (mark: number): boolean => {
    const packed = Number(selectPacked.get()?.value ?? 0)
    if (countWaiting(packed, mark) < segmentEvents) return false
    const taken: number[] = []
    let events = 0
    for (const row of selectBlocks.iterate(packed, mark, maxBlocks)) {
      taken.push(row.id as number)
      events += Number(row.events)
      if (events >= segmentEvents) break
    }
    const last = taken.at(-1)
    if (last === undefined) return false // those that were counted have gone since
    write(packed + 1, last, taken)
    movePacked.run(last)
    return true
  }
  const repack = (): boolean => {
    const stale = selectStale.get() as { first: number; last: number } | undefined
    if (!stale) return false
    const { first, last } = stale
    removeColumns.run(first, last)
    remove.run(first, last)
    write(
      first,
      last,
      selectBlocks.all(first - 1, last, maxBlocks).map((row) => row.id as number),
    )
    return true
  }
  return {
    pack(mark) {
      for (let count = 0; count < maxPacked; count++) if (!repack() && !packNext(mark)) return
    },
  }
}

/** Tells that events were taken out of blocks. Call inside a transaction. */
export function createSegmentInvalidation(db: DatabaseSync): (blocks: Iterable<number>) => void {
  const makeStale = db.prepare(
    `UPDATE segments SET stale = 1
    WHERE last = (SELECT min(last) FROM segments WHERE last >= ?1) AND first <= ?1 AND stale = 0`,
  )
  const clear = db.prepare('DELETE FROM segment_columns WHERE segment IN (SELECT id FROM segments WHERE stale = 1)')
  return (blocks) => {
    for (const block of blocks) makeStale.run(block)
    // What was let go of must not live on in a column until it is packed anew.
    clear.run()
  }
}

/** Writes the segments of some blocks, one a project. */
function createSegmentWriter(
  db: DatabaseSync,
  blocks: Blocks,
  entities: Entities,
): (first: number, last: number, ids: readonly number[]) => void {
  const insert = db.prepare(
    'INSERT INTO segments (project, first, last, events, least, most) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const insertColumn = db.prepare('INSERT INTO segment_columns (segment, name, body) VALUES (?, ?, ?)')
  return (first, last, ids) => {
    const rows = ids.flatMap((block) =>
      blocks.read(block).flatMap((event, place): SegmentRow[] => {
        if (!event || isEdgeEvent(event)) return []
        return [{ event, block, place, entity: entityOf(entities, event) }]
      }),
    )
    for (const [project, own] of Map.groupBy(rows, ({ event }) => event.project)) {
      const times = own.map(({ event }) => event.timestamp)
      const [least, most] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
      const id = insert.run(project, first, last, own.length, least, most).lastInsertRowid
      insertColumn.run(id, coreName, encodeCore(own, least, most))
      insertColumn.run(id, placesName, encodePlaces(own))
      for (const field of columnFields) insertColumn.run(id, field, encodeField(own, field))
    }
  }
}

/** Beside the names of fields. */
const coreName = ''
const placesName = ' places'

/** A segment to be read, and what of it is asked for. */
export interface Segment {
  /** When its earliest event was, ms since 1970. */
  least: number
  core: SegmentCore
  /** Read when it is first asked for. */
  places(): SegmentPlaces
  /** Undefined for a field that has no column. */
  find(field: Field): SegmentField | undefined
}

export interface SegmentReader {
  /** Segments of a project that hold events of [from, to), one after the other. */
  read(range: { project: string; from: number; to: number }): Iterable<Segment>
  /** Stretches of blocks, both ends included, that are in no segment. */
  uncovered(project: string, mark: number): { first: number; last: number }[]
}

export function createSegmentReader(db: DatabaseSync): SegmentReader {
  const select = db.prepare(
    'SELECT id, events, least FROM segments WHERE project = ? AND most >= ? AND least < ? AND stale = 0 ORDER BY id',
  )
  const selectStale = db.prepare('SELECT first, last FROM segments WHERE project = ? AND stale = 1')
  const selectColumn = db.prepare('SELECT body FROM segment_columns WHERE segment = ? AND name = ?')
  const selectPacked = db.prepare(`SELECT value FROM meta WHERE name = 'packed'`)
  const column = (segment: number, name: string): Uint8Array => selectColumn.get(segment, name)?.body as Uint8Array
  return {
    *read({ project, from, to }) {
      for (const { id, events, least } of select.all(project, from, to) as {
        id: number
        events: number
        least: number
      }[]) {
        let places: SegmentPlaces | undefined
        const known = new Map<Field, SegmentField>()
        const read = (field: Field): SegmentField => {
          const found = known.get(field) ?? decodeField(column(id, field), events)
          known.set(field, found)
          return found
        }
        yield {
          least,
          core: decodeCore(column(id, coreName), events),
          places() {
            places ??= decodePlaces(column(id, placesName), events)
            return places
          },
          find: (field) => (isColumn(field) ? read(field) : undefined),
        }
      }
    },
    uncovered: (project, mark) => [
      ...(selectStale.all(project) as { first: number; last: number }[]),
      { first: Number(selectPacked.get()?.value ?? 0) + 1, last: mark },
    ],
  }
}
