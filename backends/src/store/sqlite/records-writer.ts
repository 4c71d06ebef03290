import type { DatabaseSync } from 'node:sqlite'
import type { RejectedEvent } from '@trailstitch/protocol'
import { BackendError } from '../../errors.ts'
import { transact } from '../../sqlite/database.ts'
import type { CopyCursors, RecordKind, RecordKinds, RecordPage } from '../records.ts'
import { type Blocks, type PackedBlock, packBlocks } from './blocks.ts'
import { bookColumns } from './books.ts'
import type { Claims } from './claims.ts'
import { createCollectors } from './collectors.ts'
import type { Entities } from './entities.ts'
import { createEventWriter, inBlockOrder } from './event-writer.ts'

/** The writing half of the port's records: each page is one transaction, with the place where the next one follows. */
export interface RecordsWriter {
  begin(id: string): CopyCursors
  write<K extends RecordKind>(kind: K, page: RecordPage<K>): boolean
}

interface Parts {
  db: DatabaseSync
  claims: Claims
  entities: Entities
  blocks: Blocks
}

/** What `meta` keeps of the copy that this store is. */
interface CopyNote {
  of: string
  cursors: CopyCursors
}

type Writers = { [K in Exclude<RecordKind, 'event'>]: (items: readonly RecordKinds[K][]) => void }

export function createRecordsWriter({ db, claims, entities, blocks }: Parts): RecordsWriter {
  const notes = createNotes(db)
  const writeEvents = createEventWriter({ db, entities, blocks })
  const collectors = createCollectors(db)
  const putMinute = db.prepare(`INSERT OR REPLACE INTO ledger (project, minute, ${bookColumns.join(', ')})
    VALUES (?, ?, ${bookColumns.map(() => '?').join(', ')})`)
  const putRejected = createRejectedWriter(db)
  const writers: Writers = {
    claim(items) {
      for (const [day, own] of Map.groupBy(items, (item) => item.day))
        claims.put(
          day,
          own.map(({ key }) => Buffer.from(key, 'base64url')),
        )
    },
    rejected: (items) => items.forEach(putRejected),
    minute(items) {
      for (const { project, minute, clocks, ...sums } of items) {
        const counts: Partial<Record<(typeof bookColumns)[number], number>> = { ...sums, ...clocks }
        putMinute.run(project, minute, ...bookColumns.map((name) => counts[name] ?? 0))
      }
    },
    numbers: (items) => items.forEach(collectors.put),
  }

  const commit = (kind: RecordKind, page: RecordPage<RecordKind>, packed: readonly PackedBlock[]): boolean =>
    transact(db, () => {
      const note = notes.read()
      if (!note) throw new BackendError('not_a_copy', 'Begin a copy first.')
      if (kind === 'event') {
        if ((note.cursors.event ?? null) !== page.after) return false
        writeEvents(packed)
      } else writers[kind](page.items as never)
      if (page.resume !== undefined) notes.write({ ...note, cursors: { ...note.cursors, [kind]: page.resume } })
      return true
    })

  return {
    begin: (id) =>
      transact(db, () => {
        const note = notes.read()
        if (note && note.of !== id) throw new BackendError('not_a_copy', 'It is the copy of another store.')
        if (!note && !notes.isEmpty()) throw new BackendError('not_a_copy', 'Name one that is empty.')
        if (!note) notes.write({ of: id, cursors: {} })
        return note?.cursors ?? {}
      }),
    write(kind, page) {
      const events = kind === 'event' ? (page as RecordPage<'event'>).items.map(({ event }) => event) : []
      const packed = packBlocks(inBlockOrder(events))
      try {
        return commit(kind, page as RecordPage<RecordKind>, packed)
      } catch (error) {
        entities.reset()
        blocks.reset()
        throw error
      }
    },
  }
}

function createNotes(db: DatabaseSync) {
  const select = db.prepare(`SELECT value FROM meta WHERE name = 'copy'`)
  const put = db.prepare(`INSERT OR REPLACE INTO meta (name, value) VALUES ('copy', ?)`)
  const holdsAnything = db.prepare(`SELECT EXISTS (SELECT 1 FROM blocks) OR EXISTS (SELECT 1 FROM collectors)
    OR EXISTS (SELECT 1 FROM ledger) OR EXISTS (SELECT 1 FROM rejected) AS n`)
  return {
    read(): CopyNote | undefined {
      const row = select.get()
      return row && (JSON.parse(row.value as string) as CopyNote)
    },
    write: (note: CopyNote): unknown => put.run(JSON.stringify(note)),
    isEmpty: (): boolean => holdsAnything.get()?.n === 0,
  }
}

/** Those that are there keep what they are; that one was replayed since is added. */
function createRejectedWriter(db: DatabaseSync): (rejected: RejectedEvent) => void {
  const put = db.prepare(`INSERT INTO rejected (id, project, code, message, received_at, body, replayed_at)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET replayed_at = coalesce(excluded.replayed_at, replayed_at)`)
  return ({ id, project, code, message, receivedAt, body, replayedAt }) => {
    put.run(id, project, code, message, receivedAt, body, replayedAt ?? null)
  }
}
