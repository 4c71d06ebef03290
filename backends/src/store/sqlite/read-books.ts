import type { DatabaseSync } from 'node:sqlite'
import type { ErrorCode, LedgerAnswer, LedgerQuery, Page, RejectedEvent, RejectedQuery } from '@trailstitch/protocol'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { Collectors } from './collectors.ts'

export interface BooksReader {
  ledger(query: LedgerQuery): LedgerAnswer
  rejected(query: RejectedQuery): Page<RejectedEvent>
}

const noTime = Number.MAX_SAFE_INTEGER

export function createBooksReader(db: DatabaseSync, collectors: Collectors): BooksReader {
  const selectMinutes = db.prepare(`SELECT project, minute, received, stored, duplicate, rejected FROM ledger
    WHERE minute >= ? AND minute < ? AND (?3 IS NULL OR project = ?3) ORDER BY minute, project`)
  const selectRejected = db.prepare(`SELECT id, project, code, message, received_at, body, replayed_at FROM rejected
    WHERE (received_at, id) < (?, ?) AND (?3 IS NULL OR project = ?3) AND (?4 IS NULL OR id = ?4) ORDER BY received_at DESC, id DESC LIMIT ?5`)

  return {
    ledger({ project, from, to }) {
      const minutes = selectMinutes.all(from ?? 0, to ?? noTime, project ?? null) as unknown as LedgerAnswer['minutes']
      const sums = { received: 0, stored: 0, duplicate: 0, rejected: 0 }
      for (const row of minutes) {
        sums.received += row.received
        sums.stored += row.stored
        sums.duplicate += row.duplicate
        sums.rejected += row.rejected
      }
      return { ...sums, minutes: minutes.map((row) => ({ ...row })), holes: collectors.holes() }
    },
    rejected(query) {
      const limit = limitOf(query.limit)
      const [time, id] =
        query.cursor === undefined ? [noTime, ''] : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
      const rows = selectRejected.all(time, id, query.project ?? null, query.id ?? null, limit + 1)
      const shown = rows.slice(0, limit).map(
        (row): RejectedEvent => ({
          id: row.id as string,
          project: row.project as string,
          code: row.code as ErrorCode,
          message: row.message as string,
          receivedAt: row.received_at as number,
          body: row.body as string,
          ...(row.replayed_at !== null && { replayedAt: row.replayed_at as number }),
        }),
      )
      const last = shown.at(-1)
      return { items: shown, nextCursor: last && rows.length > limit ? encodeCursor([last.receivedAt, last.id]) : null }
    },
  }
}
