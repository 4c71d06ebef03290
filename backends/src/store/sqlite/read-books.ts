import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import {
  type ClockCounts,
  type ClocksAnswer,
  type ClocksQuery,
  clockClasses,
  type ErrorCode,
  type LedgerAnswer,
  type LedgerQuery,
  type Page,
  type RejectedEvent,
  type RejectedQuery,
} from '@trailstitch/protocol'
import { type ClockRow, clockDays, dayRanges } from '../clocks.ts'
import { maxRejectedOfOne } from '../message-id.ts'
import { decodeCursor, encodeCursor, limitOf } from '../paging.ts'
import type { RecordKinds } from '../records.ts'
import type { Collectors } from './collectors.ts'

export interface BooksReader {
  ledger(query: LedgerQuery): LedgerAnswer
  /** About `limit` rows of whole minutes from a minute on, and the last minute that is among them if more follow. */
  minutes(from: number, limit: number): { rows: RecordKinds['minute'][]; end: number | undefined }
  clocks(query: ClocksQuery): ClocksAnswer
  rejected(query: RejectedQuery): Page<RejectedEvent>
  /** Those that came with this messageId, newest first. */
  rejectedAs(project: string, messageId: string): RejectedEvent[]
}

const noTime = Number.MAX_SAFE_INTEGER
const clocks = clockClasses.join(', ')

export function createBooksReader(db: DatabaseSync, collectors: Collectors): BooksReader {
  const selectMinutes = db.prepare(`SELECT project, minute, received, stored, duplicate, rejected FROM ledger
    WHERE minute >= ? AND minute < ? AND (?3 IS NULL OR project = ?3) ORDER BY minute, project`)
  const selectWithClocks =
    db.prepare(`SELECT project, minute, received, stored, duplicate, rejected, ${clocks} FROM ledger
    WHERE minute >= ? AND minute < ? ORDER BY minute, project`)
  const sumClocks = db.prepare(`SELECT coalesce(sum(stored), 0) AS stored,
    ${clockClasses.map((name) => `sum(${name}) AS ${name}`).join(', ')}
    FROM ledger WHERE project = ? AND minute >= ? AND minute < ?`)
  const selectEnd = db.prepare('SELECT minute FROM ledger WHERE minute >= ? ORDER BY minute LIMIT 1 OFFSET ?')
  const columns = 'SELECT id, project, code, message, received_at, body, replayed_at FROM rejected'
  const selectOfMessage =
    db.prepare(`${columns} WHERE project = ? AND CASE WHEN json_valid(body) THEN json_extract(body, '$.messageId') END = ?
    ORDER BY received_at DESC, id DESC LIMIT ?`)
  const selectRejected = db.prepare(`${columns}
    WHERE (received_at, id) < (?, ?) AND (?3 IS NULL OR project = ?3) AND (?4 IS NULL OR id = ?4) ORDER BY received_at DESC, id DESC LIMIT ?5`)

  const readMinutes = ({ project, from, to }: LedgerQuery): LedgerAnswer['minutes'] =>
    (selectMinutes.all(from ?? 0, to ?? noTime, project ?? null) as unknown as LedgerAnswer['minutes']).map((row) => ({
      ...row,
    }))

  return {
    minutes(from, limit) {
      const end = selectEnd.get(from, limit - 1)?.minute as number | undefined
      const rows = selectWithClocks.all(from, end === undefined ? noTime : end + 1)
      return { rows: rows.map(withClocks<RecordKinds['minute']>), end }
    },
    clocks: (query) =>
      clockDays(
        query,
        dayRanges(query).map(({ from, to }) =>
          withClocks<ClockRow>({ minute: from, ...sumClocks.get(query.project, from, to) }),
        ),
      ),
    ledger(query) {
      const minutes = readMinutes(query)
      const sums = { received: 0, stored: 0, duplicate: 0, rejected: 0 }
      for (const row of minutes) {
        sums.received += row.received
        sums.stored += row.stored
        sums.duplicate += row.duplicate
        sums.rejected += row.rejected
      }
      return { ...sums, minutes, holes: collectors.holes() }
    },
    rejectedAs: (project, messageId) => selectOfMessage.all(project, messageId, maxRejectedOfOne).map(showRejected),
    rejected(query) {
      const limit = limitOf(query.limit)
      const [time, id] =
        query.cursor === undefined ? [noTime, ''] : decodeCursor<[number, string]>(query.cursor, ['number', 'string'])
      const rows = selectRejected.all(time, id, query.project ?? null, query.id ?? null, limit + 1)
      const shown = rows.slice(0, limit).map(showRejected)
      const last = shown.at(-1)
      return { items: shown, nextCursor: last && rows.length > limit ? encodeCursor([last.receivedAt, last.id]) : null }
    },
  }
}

const showRejected = (row: Record<string, SQLOutputValue>): RejectedEvent => ({
  id: row.id as string,
  project: row.project as string,
  code: row.code as ErrorCode,
  message: row.message as string,
  receivedAt: row.received_at as number,
  body: row.body as string,
  ...(row.replayed_at !== null && { replayedAt: row.replayed_at as number }),
})

/** A row whose columns of clocks have a field of their own, without those that count nothing. */
function withClocks<Row extends { clocks?: ClockCounts }>(row: Record<string, SQLOutputValue>): Row {
  const own = Object.entries(row).filter(([name]) => !clockClasses.some((each) => each === name))
  const counts = clockClasses.map((name) => [name, Number(row[name])] as const).filter(([, count]) => count > 0)
  return { ...Object.fromEntries(own), ...(counts.length > 0 && { clocks: Object.fromEntries(counts) }) } as Row
}
