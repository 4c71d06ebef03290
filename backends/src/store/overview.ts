import {
  type Breakdown,
  type Figures,
  maxCountedHours,
  type OverviewAnswer,
  type OverviewDimension,
  type OverviewQuery,
  overviewDimensions,
} from '@trailstitch/protocol'
import { cutBreakdown, hourMs, hourOf, noFigures, sessionDimensions } from './figures.ts'
import { decodeSet, estimateSize, mergeRegisters, toEstimate } from './hll.ts'

/** The figures of one hour, for all events (dimension '') or for one value of a dimension. */
export interface RollupRow {
  bot: number
  hour: number
  value: string
  events: number
  pages: number
  sessions: number
  bounces: number
  /** ms, summed over sessions. */
  duration: number
  /** The visitors and users behind the events, see hll.ts. */
  people: Uint8Array | null
}

export type CountPeople = (rows: readonly RollupRow[]) => { people: number; exact: boolean }

export interface OverviewPlan {
  /** Sets of rows whose people are to be counted. */
  counted: readonly (readonly RollupRow[])[]
  finish(count: CountPeople, now: number): OverviewAnswer
}

/** From and to which hour an overview reads. */
export const overviewRange = ({ from, to }: OverviewQuery): { from: number; to: number } => ({
  from: hourOf(from),
  to: hourOf(to + hourMs - 1),
})

/** Whether the people of single hours are told. */
export const countsHours = ({ from, to }: { from: number; to: number }): boolean =>
  to - from <= maxCountedHours * hourMs

/** Answers an overview from hour rollups alone. `read` gives the rows of the range, of one dimension, of bots or of others. */
export function planOverview(query: OverviewQuery, read: (dimension: string, bot: 0 | 1) => RollupRow[]): OverviewPlan {
  let rowsScanned = 0
  const readCounted = (dimension: string, bot: 0 | 1): RollupRow[] => {
    const rows = read(dimension, bot)
    rowsScanned += rows.length
    return rows
  }
  const readAll = (dimension: string): RollupRow[] => [
    ...readCounted(dimension, 0),
    ...(query.bots ? readCounted(dimension, 1) : []),
  ]
  const range = overviewRange(query)
  const isCounted = countsHours(range)
  const all = readAll('')
  const hours = [...Map.groupBy(all, (row) => row.hour)].sort(([a], [b]) => a - b)
  const breakdowns = overviewDimensions.map((dimension) =>
    planBreakdown(dimension, readAll(dimension), query.top ?? 10),
  )
  const bots = query.bots ? all.filter(({ bot }) => bot === 1) : readCounted('', 1)
  return {
    counted: [
      all,
      ...(isCounted ? hours.map(([, rows]) => rows) : []),
      ...breakdowns.flatMap(({ counted }) => counted),
    ],
    finish(count, now) {
      let exact = true
      const people = (rows: readonly RollupRow[]): number => {
        const counted = count(rows)
        exact &&= counted.exact
        return counted.people
      }
      const sum = (rows: readonly RollupRow[]): Figures => ({ ...addUp(rows), people: people(rows) })
      return {
        ...range,
        totals: sum(all),
        hours: hours
          .map(([hour, rows]) => ({ hour, ...addUp(rows), people: isCounted ? people(rows) : null }))
          .filter(({ events, sessions }) => events > 0 || sessions > 0),
        by: Object.fromEntries(
          breakdowns.map(({ dimension, finish }) => [dimension, finish(people)]),
        ) as OverviewAnswer['by'],
        botEvents: bots.reduce((total, { events }) => total + events, 0),
        meta: { computedAt: now, exact, rowsScanned, timeZone: 'UTC' },
      }
    },
  }
}

interface BreakdownPlan {
  dimension: OverviewDimension
  counted: RollupRow[][]
  finish(people: (rows: readonly RollupRow[]) => number): Breakdown
}

/** Only the values that are shown have their people counted. */
function planBreakdown(dimension: OverviewDimension, rows: readonly RollupRow[], top: number): BreakdownPlan {
  const values = Map.groupBy(rows, (row) => row.value)
  const bySession = sessionDimensions.has(dimension)
  const totals = [...values].map(([value, own]) => ({ value, ...addUp(own) })).filter((row) => row.events > 0)
  const cut = cutBreakdown(
    totals.map(({ value, events, pages, sessions }) => ({ value, events, pages, ...(bySession && { sessions }) })),
    top,
  )
  const rowsOf = (value: string): RollupRow[] => values.get(value) ?? []
  return {
    dimension,
    counted: bySession ? [] : cut.rows.map(({ value }) => rowsOf(value)),
    finish: (people) =>
      bySession ? cut : { ...cut, rows: cut.rows.map((row) => ({ ...row, people: people(rowsOf(row.value)) })) },
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

/** Up to this many different visitors and users a count of people is exact; looking each up costs about 2 us. */
export const maxResolved = 20_000

/** The visitors and users behind some rows, with the hours they were there; undefined where only an estimate is left. */
export function membersOf(rows: readonly RollupRow[]): Map<number, number[]> | undefined {
  const members = new Map<number, number[]>()
  for (const row of rows) {
    const set = decodeSet(row.people)
    if (set.kind === 'estimate') return undefined
    for (const member of set.members) members.set(member, [...(members.get(member) ?? []), row.hour])
    if (members.size > maxResolved) return undefined
  }
  return members
}

/** People behind some rows. `resolve` gives those a visitor or user stands for by now: who was merged counts once. */
export function countPeople(
  rows: readonly RollupRow[],
  resolve: (member: number, hours: readonly number[]) => Iterable<number | string>,
): { people: number; exact: boolean } {
  const members = membersOf(rows)
  if (!members) return { people: estimatePeople(rows), exact: false }
  const people = new Set<number | string>()
  for (const [member, hours] of members) for (const one of resolve(member, hours)) people.add(one)
  return { people: people.size, exact: true }
}

function estimatePeople(rows: readonly RollupRow[]): number {
  const union = toEstimate([])
  for (const row of rows) {
    const set = decodeSet(row.people)
    mergeRegisters(union, set.kind === 'estimate' ? set.registers : toEstimate(set.members))
  }
  return estimateSize(union)
}
