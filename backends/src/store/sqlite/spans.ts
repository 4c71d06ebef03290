import type { DatabaseSync } from 'node:sqlite'
import { dayMs } from '../expiry.ts'
import { overviewDimensions } from '../figures.ts'
import { decodeMembers, encodeMembers, encodeSet, mergeRegisters, toEstimate } from '../hll.ts'
import { createOwnership, type Ownership } from './ownership.ts'
import { type SpanLevel, spanDays, spanEnd, spanLevels, spanStart } from './span-calendar.ts'

/**
 * Figures of whole days, ten days and months, so that long ranges need not read each hour. They follow from the hours alone, are made
 * once a span is over and has been at rest for a while, and count for nothing as soon as one of its hours changes.
 */
export interface SpanPacker {
  /** Makes one, if one is due. Call inside a transaction. */
  pack(): void
}

interface Options {
  db: DatabaseSync
  now(): number
  /** How long a day has to be at rest, ms; ten days 6 times and months 36 times as long. */
  settleMs?: number | undefined
}

/** What comes late mostly comes soon. */
const usualSettleMs = 10 * 60_000
const settleTimes: Readonly<Record<SpanLevel, number>> = { 0: 1, 1: 6, 2: 36 }

/** A [visitor, hour] of one that has had several users: whose it was is asked hour by hour. */
export type SharedHour = readonly [visitor: number, hour: number]

/** Of an hour or a span. */
interface Row {
  value: string
  start: number
  events: number
  pages: number
  sessions: number
  bounces: number
  duration: number
  people: Uint8Array | null
  /** JSON of {@link SharedHour}s. */
  shared: string | null
}

const figures = ['events', 'pages', 'sessions', 'bounces', 'duration'] as const
const insertSpan = `INSERT INTO spans (project, bot, dimension, level, start, value, ${figures.join(', ')}, people, shared)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

export function createSpanPacker({ db, now, settleMs = usualSettleMs }: Options): SpanPacker {
  const selectDue = db.prepare(`SELECT project, start FROM span_states AS due
    WHERE level = ? AND changed_at <= ? AND start < ? AND NOT EXISTS (
      SELECT 1 FROM span_states AS part WHERE part.project = due.project AND part.level < due.level
      AND part.changed_at IS NOT NULL AND part.start >= due.start AND part.start < due.start + ?)
    ORDER BY changed_at LIMIT 1`)
  const settle = db.prepare('UPDATE span_states SET changed_at = NULL WHERE project = ? AND level = ? AND start = ?')
  const remove = db.prepare(
    'DELETE FROM spans WHERE project = ? AND bot = ? AND dimension = ? AND level = ? AND start = ?',
  )
  const insert = db.prepare(insertSpan)
  const selectHours =
    db.prepare(`SELECT value, hour AS start, ${figures.join(', ')}, people, NULL AS shared FROM rollups
    WHERE project = ? AND bot = ? AND dimension = ? AND hour >= ? AND hour < ?`)
  const selectSpans = db.prepare(`SELECT value, start, ${figures.join(', ')}, people, shared FROM spans
    WHERE project = ? AND bot = ? AND dimension = ? AND level = ? AND start >= ? AND start < ?`)
  /** What a span is made of: hours, or the spans that are next in length. */
  const readParts = (project: string, bot: number, dimension: string, level: SpanLevel, start: number): Row[] => {
    const [at, end] = [[project, bot, dimension] as const, spanEnd(level, start)]
    const rows = level === 0 ? selectHours.all(...at, start, end) : selectSpans.all(...at, level - 1, start, end)
    return rows as unknown as Row[]
  }

  const make = (project: string, level: SpanLevel, start: number): void => {
    // A new one each time: what this transaction has written may yet be taken back.
    const ownership = createOwnership(db)
    for (const bot of [0, 1])
      for (const dimension of ['', ...overviewDimensions]) {
        remove.run(project, bot, dimension, level, start)
        const rows = readParts(project, bot, dimension, level, start)
        for (const [value, own] of Map.groupBy(rows, (row) => row.value)) {
          const sums = figures.map((figure) => own.reduce((sum, row) => sum + row[figure], 0))
          const { people, shared } = joinPeople(own, level, ownership)
          const hours = shared.length === 0 ? null : JSON.stringify(shared)
          insert.run(project, bot, dimension, level, start, value, ...sums, people, hours)
        }
      }
    settle.run(project, level, start)
  }
  return {
    pack() {
      for (const level of spanLevels) {
        const settled = now() - settleMs * settleTimes[level]
        const due = selectDue.get(level, settled, spanStart(level, settled), spanDays[level] * dayMs)
        if (due) return make(due.project as string, level, due.start as number)
      }
    },
  }
}

/** The people of several rows: exact where all are. Of hours, those with several users are told apart. */
function joinPeople(
  rows: readonly Row[],
  level: SpanLevel,
  ownership: Ownership,
): { people: Uint8Array | null; shared: SharedHour[] } {
  const parts: Uint32Array[] = []
  const shared: SharedHour[] = []
  let registers: Uint8Array | undefined
  for (const row of rows) {
    if (row.shared !== null) shared.push(...(JSON.parse(row.shared) as SharedHour[]))
    if (!row.people) continue
    const members = decodeMembers(row.people)
    if (!members) {
      registers ??= toEstimate([])
      mergeRegisters(registers, row.people.subarray(1))
      continue
    }
    // Spans have told theirs apart before.
    const isShared = (member: number): boolean => level === 0 && ownership.personOf(member) === 0
    parts.push(members.filter((member) => !isShared(member)))
    for (const member of members) if (isShared(member)) shared.push([member, row.start])
  }
  const members = distinct(parts)
  if (!registers) return { people: members.length === 0 ? null : encodeMembers(members), shared }
  mergeRegisters(registers, toEstimate([...members, ...shared.map(([member]) => member)]))
  return { people: encodeSet({ kind: 'estimate', registers }), shared: [] }
}

/** In ascending order. */
function distinct(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const part of parts) {
    all.set(part, filled)
    filled += part.length
  }
  return all.sort().filter((member, index, sorted) => index === 0 || member !== sorted[index - 1])
}
