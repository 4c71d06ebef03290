import type { Condition, EventFilter, Field, JsonObject, StoredEvent } from '@trailstitch/protocol'
import { BackendError } from '../../errors.ts'
import { isEdgeEvent } from '../edges.ts'
import { type Fact, numberOf, readerOf, testOfAll, testOfFilter, textOf } from './conditions.ts'

/** So many events a question may be about, read one by one. Each is held as a whole until the answer is there. */
export const maxRows = 1_000_000

/** Throws `query_too_large`. */
export function checkSize(count: number, most: number): void {
  if (count < most) return
  const wayOut = 'Ask for a shorter range, or set conditions.'
  throw new BackendError('query_too_large', `It may be about ${most.toLocaleString('en')} at most. ${wayOut}`)
}

/** What the engine asks of a store: the events of a range as columns. */
export interface ScanRequest {
  project: string
  /** ms since 1970, [from, to). */
  from: number
  to: number
  /** Those marked as bots, too. */
  bots: boolean
  /** Every event has to meet these. */
  where: readonly Condition[]
  /** At most 30. Which of them an event fits is in `matches`. */
  filters: readonly EventFilter[]
  /** Events that fit none of the filters, too. */
  all: boolean
  fields: readonly Field[]
  numbers: readonly Field[]
  /** Whether sessions are needed, in a column or in a field. */
  sessions: boolean
  /** Whether traits are needed. */
  traits: boolean
  /**
   * Starts of intervals, ascending. Where given, the answer is the same whether a person has one or many events that fit the
   * same filters in an interval, so a store may leave out all but one. Nothing but person, time and matches is asked for then.
   */
  intervals?: readonly number[] | undefined
}

/** Events as columns, sorted by person, time, and messageId. */
export interface Scan {
  count: number
  /** How many people there are; they are numbered from 0. */
  people: number
  /** -1 for an event that names nobody: those come first. */
  person: Int32Array
  /** ms since 1970. */
  time: Float64Array
  /** Bit k: the event fits filter k. */
  matches: Int32Array
  /** Numbers of sessions; -1 for none. Empty where they were not asked for. */
  session: Int32Array
  /** One for each of `fields`. */
  values: readonly ValueColumn[]
  /** One for each of `numbers`; NaN where there is none. */
  numbers: readonly Float64Array[]
  profileIdOf(person: number): string
  /** Events looked at, in the range or not. */
  rowsScanned: number
}

export interface ValueColumn {
  /** Into `names`. */
  ids: Int32Array
  /** The first one is '': no value. */
  names: readonly string[]
}

/** An event with what it stands in. */
export interface Row {
  event: StoredEvent
  /** Undefined for an event that names nobody. */
  profileId: string | undefined
  session?: (NonNullable<Fact['session']> & { id?: string }) | undefined
  traits?: JsonObject | undefined
}

/** Makes columns of rows, the plain way. For stores that read events one by one. */
export function createScan(request: ScanRequest): { add(row: Row): void; finish(): Scan } {
  const isWanted = testOfRow(request)
  const tests = request.filters.map(testOfFilter)
  const kept: { row: Row; matches: number }[] = []
  let rowsScanned = 0
  return {
    add(row) {
      rowsScanned++
      if (!isWanted(row)) return
      let matches = 0
      for (const [bit, test] of tests.entries()) if (test(row)) matches |= 1 << bit
      if (matches === 0 && !request.all) return
      checkSize(kept.length, maxRows)
      kept.push({ row, matches })
    },
    finish: () => toColumns(request, kept, rowsScanned),
  }
}

/** Whether a row is one of those that are asked for at all. */
export function testOfRow({
  project,
  from,
  to,
  bots,
  where,
}: Pick<ScanRequest, 'project' | 'from' | 'to' | 'bots' | 'where'>): (row: Row) => boolean {
  const isWanted = testOfAll(where)
  return (row) => {
    const { event } = row
    if (event.project !== project || event.timestamp < from || event.timestamp >= to) return false
    return !isEdgeEvent(event) && (bots || event.bot === undefined) && isWanted(row)
  }
}

function toColumns(request: ScanRequest, kept: { row: Row; matches: number }[], rowsScanned: number): Scan {
  const count = kept.length
  kept.sort(({ row: a }, { row: b }) => compareRows(a, b))
  const profiles: string[] = []
  const sessions = new Map<string, number>()
  const scan = {
    person: new Int32Array(count),
    time: new Float64Array(count),
    matches: new Int32Array(count),
    session: new Int32Array(request.sessions ? count : 0),
  }
  for (const [index, { row, matches }] of kept.entries()) {
    const { profileId, session, event } = row
    if (profileId !== undefined && profiles.at(-1) !== profileId) profiles.push(profileId)
    scan.person[index] = profileId === undefined ? -1 : profiles.length - 1
    scan.time[index] = event.timestamp
    scan.matches[index] = matches
    if (request.sessions) scan.session[index] = session?.id === undefined ? -1 : numberIn(sessions, session.id)
  }
  const rows = kept.map(({ row }) => row)
  return {
    ...scan,
    count,
    people: profiles.length,
    values: request.fields.map((field) => valuesOf(rows, field)),
    numbers: request.numbers.map((field) => Float64Array.from(rows, (row) => numberOf(readerOf(field)(row)))),
    profileIdOf: (person) => profiles[person] as string,
    rowsScanned,
  }
}

function valuesOf(rows: readonly Row[], field: Field): ValueColumn {
  const read = readerOf(field)
  const names = new Map([['', 0]])
  const ids = Int32Array.from(rows, (row) => numberIn(names, textOf(read(row))))
  return { ids, names: [...names.keys()] }
}

function numberIn(names: Map<string, number>, name: string): number {
  let number = names.get(name)
  if (number === undefined) {
    number = names.size
    names.set(name, number)
  }
  return number
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
export const compareTimes = ({ event: a }: Row, { event: b }: Row): number =>
  a.timestamp - b.timestamp || compareTexts(a.messageId, b.messageId)
const compareRows = (a: Row, b: Row): number => compareTexts(a.profileId ?? '', b.profileId ?? '') || compareTimes(a, b)
