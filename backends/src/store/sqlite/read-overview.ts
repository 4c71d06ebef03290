import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Breakdown, Figures, OverviewAnswer, OverviewDimension, OverviewQuery } from '@trailstitch/protocol'
import { cutBreakdown, hourMs, overviewDimensions, sessionDimensions } from '../figures.ts'
import { countsHours, overviewRange } from '../overview.ts'
import type { Ownership } from './ownership.ts'
import { type CountedRow, type CountPeople, createPeopleCounter } from './people-counter.ts'
import { createSpanPlanner, type SpanRun, spanEnd } from './span-calendar.ts'

interface Sums {
  /** Rows of the tables that were added up. */
  rows: number
  events: number
  pages: number
  sessions: number
  bounces: number
  duration: number
}

/** A question, and what its range is answered from. */
interface Work {
  project: string
  top: number
  bots: readonly (0 | 1)[]
  runs: readonly SpanRun[]
  rowsScanned: number
  exact: boolean
}

interface Hour {
  sums: Sums
  /** Undefined where they are not to be counted. */
  people: CountedRow[] | undefined
}

/** Reads figures of the tables' rows: of hours, days and months. */
interface Figured {
  /** Sums by value. */
  sums(work: Work, bot: 0 | 1, dimension: string): Map<string, Sums>
  /** The people of one value, a row an hour, a day or a month. */
  people(work: Work, dimension: string, value: string): CountedRow[]
  /** By hour, of everything. */
  hours(work: Work, from: number, to: number): Map<number, Hour>
}

const sums = `count(*) AS rows, sum(events) AS events, sum(pages) AS pages, sum(sessions) AS sessions,
  sum(bounces) AS bounces, sum(duration) AS duration`

/** Answers from figures that were counted before: of months and days where they are made, else of hours. */
export function createOverviewReader(
  db: DatabaseSync,
  ownership: Ownership,
  now: () => number,
): (query: OverviewQuery) => OverviewAnswer {
  const planSpans = createSpanPlanner(db)
  const figured = createFigured(db)
  const count = createPeopleCounter(db, ownership)
  return (query) => {
    const { project, top = 10, bots = false } = query
    const { from, to } = overviewRange(query)
    const runs = planSpans(project, from, to)
    const work: Work = { project, top, bots: bots ? [0, 1] : [0], runs, rowsScanned: 0, exact: true }
    const counted: CountPeople = (rows) => {
      const found = count(rows)
      work.exact &&= found.exact
      return found
    }
    const all = figured.sums(work, 0, '').get('') ?? none
    const ofBots = figured.sums(work, 1, '').get('') ?? none
    const hours = [...figured.hours(work, from, to)].sort(([a], [b]) => a - b)
    return {
      ...{ from, to },
      totals: toFigures(bots ? add(all, ofBots) : all, counted(figured.people(work, '', '')).people),
      hours: hours
        .filter(([, hour]) => hour.sums.events > 0 || hour.sums.sessions > 0)
        .map(([hour, { sums, people }]) => ({
          hour,
          ...toFigures(sums, 0),
          people: people === undefined ? null : counted(people).people,
        })),
      by: Object.fromEntries(
        overviewDimensions.map((dimension) => [dimension, breakdown(work, dimension, figured, counted)]),
      ) as OverviewAnswer['by'],
      botEvents: ofBots.events,
      meta: { computedAt: now(), exact: work.exact, rowsScanned: work.rowsScanned, timeZone: 'UTC' },
    }
  }
}

/** Only the values that are shown have their people counted. */
function breakdown(work: Work, dimension: OverviewDimension, figured: Figured, count: CountPeople): Breakdown {
  const values = new Map<string, Sums>()
  for (const bot of work.bots)
    for (const [value, own] of figured.sums(work, bot, dimension)) values.set(value, add(values.get(value), own))
  const bySession = sessionDimensions.has(dimension)
  const rows = [...values]
    .filter(([, { events }]) => events > 0)
    .map(([value, { events, pages, sessions }]) => ({ value, events, pages, ...(bySession && { sessions }) }))
  const cut = cutBreakdown(rows, work.top)
  if (bySession) return cut
  const withPeople = (row: Breakdown['rows'][number]) => ({
    ...row,
    people: count(figured.people(work, dimension, row.value)).people,
  })
  return { ...cut, rows: cut.rows.map(withPeople) }
}

const none: Sums = { rows: 0, events: 0, pages: 0, sessions: 0, bounces: 0, duration: 0 }

const add = (a: Sums = none, b: Sums): Sums => ({
  rows: a.rows + b.rows,
  events: a.events + b.events,
  pages: a.pages + b.pages,
  sessions: a.sessions + b.sessions,
  bounces: a.bounces + b.bounces,
  duration: a.duration + b.duration,
})

const toFigures = ({ events, pages, sessions, bounces, duration }: Sums, people: number): Figures => ({
  ...{ events, pages, sessions, people, bounces, durationMs: duration },
})

function createFigured(db: DatabaseSync): Figured {
  const key = 'project = ? AND bot = ? AND dimension = ?'
  const sumHours = db.prepare(
    `SELECT value, ${sums} FROM rollups WHERE ${key} AND hour >= ? AND hour < ? GROUP BY value`,
  )
  const sumSpans = db.prepare(
    `SELECT value, ${sums} FROM spans WHERE ${key} AND level = ? AND start >= ? AND start < ? GROUP BY value`,
  )
  const selectHour = db.prepare(`SELECT people, NULL AS shared FROM rollups WHERE ${key} AND hour = ? AND value = ?`)
  const selectSpan = db.prepare(
    `SELECT people, shared FROM spans WHERE ${key} AND level = ? AND start = ? AND value = ?`,
  )
  const selectHours = (people: string) =>
    db.prepare(
      `SELECT hour, 1 AS rows, events, pages, sessions, bounces, duration, ${people} AS people FROM rollups
       WHERE ${key} AND hour >= ? AND hour < ?`,
    )
  const selectCounted = selectHours('people')
  const selectUncounted = selectHours('NULL')
  const all = (statement: StatementSync, ...values: (string | number)[]) =>
    statement.all(...values) as Iterable<unknown>
  return {
    sums(work, bot, dimension) {
      const found = new Map<string, Sums>()
      for (const { level, from, to } of work.runs) {
        const at = [work.project, bot, dimension] as const
        const rows = level === undefined ? all(sumHours, ...at, from, to) : all(sumSpans, ...at, level, from, to)
        for (const row of rows as Iterable<Sums & { value: string }>) {
          found.set(row.value, add(found.get(row.value), row))
          work.rowsScanned += row.rows
        }
      }
      return found
    },
    people({ project, bots, runs }, dimension, value) {
      const found: CountedRow[] = []
      for (const bot of bots)
        for (const { level, from, to } of runs)
          for (let start = from; start < to; ) {
            const end = level === undefined ? start + hourMs : spanEnd(level, start)
            const row =
              level === undefined
                ? selectHour.get(project, bot, dimension, start, value)
                : selectSpan.get(project, bot, dimension, level, start, value)
            if (row) found.push({ from: start, to: end, ...(row as unknown as Pick<CountedRow, 'people' | 'shared'>) })
            start = end
          }
      return found
    },
    hours(work, from, to) {
      const isCounted = countsHours({ from, to })
      const select = isCounted ? selectCounted : selectUncounted
      const found = new Map<number, Hour>()
      for (const bot of work.bots)
        for (const row of all(select, work.project, bot, '', from, to) as Iterable<
          Sums & { hour: number; people: Uint8Array | null }
        >) {
          const known = found.get(row.hour)
          const people = { from: row.hour, to: row.hour + hourMs, people: row.people }
          found.set(row.hour, {
            sums: add(known?.sums, row),
            people: isCounted ? [...(known?.people ?? []), people] : undefined,
          })
          work.rowsScanned++
        }
      return found
    },
  }
}
