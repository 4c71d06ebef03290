import type { DatabaseSync } from 'node:sqlite'
import {
  type Breakdown,
  type Figures,
  type OverviewAnswer,
  type OverviewDimension,
  type OverviewQuery,
  overviewDimensions,
} from '@trailstitch/protocol'
import { cutBreakdown, hourMs, hourOf, noFigures, sessionDimensions } from '../figures.ts'
import { decodeSet, estimateSize, mergeRegisters, toEstimate } from '../hll.ts'
import { unpackSession } from './session-codec.ts'

interface RollupRow {
  bot: number
  hour: number
  value: string
  events: number
  pages: number
  sessions: number
  bounces: number
  duration: number
  people: Uint8Array | null
}

/** Up to this many different visitors and users a count of people is exact; looking each up costs about 2 us. */
const maxResolved = 20_000

/** Answers from hour rollups alone, whatever the range. */
export function createOverviewReader(db: DatabaseSync, now: () => number): (query: OverviewQuery) => OverviewAnswer {
  const select = db.prepare(`SELECT bot, hour, value, events, pages, sessions, bounces, duration, people FROM rollups
    WHERE project = ? AND bot = ? AND dimension = ? AND hour >= ? AND hour < ?`)
  const countPeople = createPeopleCounter(db)

  return (query) => {
    const from = hourOf(query.from)
    const to = hourOf(query.to + hourMs - 1)
    let rowsScanned = 0
    let exact = true
    const read = (dimension: string, bot: number): RollupRow[] => {
      const rows = select.all(query.project, bot, dimension, from, to) as unknown as RollupRow[]
      rowsScanned += rows.length
      return rows
    }
    const readAll = (dimension: string): RollupRow[] => [
      ...read(dimension, 0),
      ...(query.bots ? read(dimension, 1) : []),
    ]
    const people = (rows: readonly RollupRow[]): number => {
      const counted = countPeople(rows)
      exact &&= counted.exact
      return counted.people
    }
    const sum = (rows: readonly RollupRow[]): Figures => ({ ...addUp(rows), people: people(rows) })
    const breakdown = (dimension: OverviewDimension): Breakdown => {
      const values = Map.groupBy(readAll(dimension), (row) => row.value)
      const bySession = sessionDimensions.has(dimension)
      const totals = [...values]
        .map(([value, rows]) => ({ value, rows, ...addUp(rows) }))
        .filter((row) => row.events > 0)
      const cut = cutBreakdown(
        totals.map(({ value, events, pages, sessions }) => ({ value, events, pages, ...(bySession && { sessions }) })),
        query.top ?? 10,
      )
      if (bySession) return cut
      return { ...cut, rows: cut.rows.map((row) => ({ ...row, people: people(values.get(row.value) ?? []) })) }
    }

    const all = readAll('')
    const hours = [...Map.groupBy(all, (row) => row.hour)]
      .sort(([a], [b]) => a - b)
      .map(([hour, rows]) => ({ hour, ...sum(rows) }))
      .filter(({ events, sessions }) => events > 0 || sessions > 0)
    const bots = query.bots ? all.filter(({ bot }) => bot === 1) : read('', 1)
    return {
      from,
      to,
      totals: sum(all),
      hours,
      by: Object.fromEntries(
        overviewDimensions.map((dimension) => [dimension, breakdown(dimension)]),
      ) as OverviewAnswer['by'],
      botEvents: bots.reduce((total, { events }) => total + events, 0),
      meta: { computedAt: now(), exact, rowsScanned, timeZone: 'UTC' },
    }
  }
}

function addUp(rows: readonly RollupRow[]): Figures {
  const figures = noFigures()
  for (const row of rows) {
    figures.events += row.events
    figures.pages += row.pages
    figures.sessions += row.sessions
    figures.bounces += row.bounces
    figures.durationMs += row.duration
  }
  return figures
}

/** People behind the visitors and users of some rows: who was merged by now counts once. */
function createPeopleCounter(db: DatabaseSync): (rows: readonly RollupRow[]) => { people: number; exact: boolean } {
  const select = db.prepare('SELECT project, runs, owner, root FROM entities WHERE id = ?')
  const selectRoot = db.prepare('SELECT root FROM entities WHERE id = ?')
  const selectSessions = db.prepare(
    'SELECT state FROM sessions WHERE entity = ? AND start < ? AND start >= ? AND finish >= ?',
  )
  const selectUser = db.prepare(
    `SELECT id FROM entities WHERE project = ? AND kind = 'user' AND name = ? AND id IN (SELECT user FROM owners WHERE visitor = ?)`,
  )

  const rootOf = (user: number): number => (selectRoot.get(user)?.root as number | null) ?? user

  /** Of a visitor with several users: those who had a session in the hour. Its gaps are too short to skip one. */
  const ownersIn = (entity: number, project: string, hour: number): (number | string)[] =>
    selectSessions.all(entity, hour + hourMs, hour - 24 * hourMs, hour).map((row) => {
      const { user } = unpackSession(row.state as string)
      const found = user === null ? undefined : selectUser.get(project, user, entity)
      return found ? rootOf(found.id as number) : entity
    })

  return (rows) => {
    const members = new Map<number, number[]>()
    const registers: Uint8Array[] = []
    for (const row of rows) {
      const set = decodeSet(row.people)
      if (set.kind === 'estimate') registers.push(set.registers)
      else for (const member of set.members) members.set(member, [...(members.get(member) ?? []), row.hour])
    }
    if (registers.length > 0 || members.size > maxResolved) {
      const union = toEstimate(members.keys())
      if (union.kind !== 'estimate') return { people: 0, exact: false }
      for (const other of registers) mergeRegisters(union.registers, other)
      return { people: estimateSize(union.registers), exact: false }
    }
    const people = new Set<number | string>()
    for (const [member, hours] of members) {
      const { project, runs, owner, root } = select.get(member) as {
        project: string
        runs: number
        owner: number | null
        root: number | null
      }
      if (runs > 1) for (const hour of hours) for (const one of ownersIn(member, project, hour)) people.add(one)
      else people.add(owner === null ? (root ?? member) : rootOf(owner))
    }
    return { people: people.size, exact: true }
  }
}
