import type { DatabaseSync } from 'node:sqlite'
import type { Field, StoredEvent } from '@trailstitch/protocol'
import { placeOf } from '../analysis/calendar.ts'
import {
  type Fact,
  isSessionField,
  isTraitField,
  numberOf,
  readerOf,
  testOfFilter,
  textOf,
} from '../analysis/conditions.ts'
import { type Scan, type ScanRequest, testOfRow } from '../analysis/scan.ts'
import type { Blocks } from './blocks.ts'
import type { Entities } from './entities.ts'
import { findEntityOf } from './event-writer.ts'
import { createNumbering, type Numbering } from './numbering.ts'
import type { Ownership } from './ownership.ts'
import { createPeopleOf, type PeopleOf } from './people-of.ts'
import { addPlace, arrange, createFound, type Found, orderOf } from './scan-columns.ts'
import { planScan, type ScanPlan } from './scan-plan.ts'
import { createColumnTest, placesWith } from './segment-tests.ts'
import { createSegmentReader, type Segment } from './segments.ts'
import { createSessionsOf, type SessionsOf } from './sessions-of.ts'

interface Parts {
  db: DatabaseSync
  blocks: Blocks
  entities: Entities
  ownership: Ownership
}

interface Work {
  request: ScanRequest
  plan: ScanPlan
  blocks: Blocks
  peopleOf: PeopleOf
  sessionOf: SessionsOf
  found: Found
  /** Of each asked field, the number of each value. */
  names: Map<string, number>[]
  people: Numbering
  /** By number. */
  sessions: Map<Fact['session'], number>
  /** Tell messageIds. */
  sources: Source[]
  rowsScanned: number
}

interface Source {
  /** Orders events of this source without reading them. */
  rank?(place: number): number
  messageId(place: number): string
}

/** An event that may be taken. One object serves all of a source: it is the busiest place of a question. */
interface Candidate {
  entity: number
  time: number
  /** Which source it is from, and where there. */
  source: number
  place: number
  event(): StoredEvent
  messageId(): string
  /** The number of its value of an asked field, where a column tells it. */
  value?(column: number): number | undefined
}

/** Reads a range as columns: from segments as far as these go, and only what they do not tell from the events. */
export function createScanner({ db, blocks, entities, ownership }: Parts): (request: ScanRequest) => Scan {
  const segments = createSegmentReader(db)
  const selectMark = db.prepare(`SELECT value FROM meta WHERE name = 'stitched'`)
  const selectBlocks = db.prepare('SELECT id FROM blocks WHERE id BETWEEN ? AND ? ORDER BY id')
  return (request) => {
    const work: Work = {
      ...{ request, plan: planScan(request), blocks, rowsScanned: 0 },
      peopleOf: createPeopleOf({ db, entities, ownership }),
      sessionOf: createSessionsOf(db),
      found: createFound(request.fields.length, request.numbers.length),
      names: request.fields.map(() => new Map([['', 0]])),
      ...{ people: createNumbering(), sessions: new Map(), sources: [] },
    }
    for (const segment of segments.read(request)) addSegment(work, segment)
    const addBlock = createBlockTaker(work, entities)
    const mark = Number(selectMark.get()?.value ?? 0)
    for (const { first, last } of segments.uncovered(request.project, mark))
      for (const { id } of selectBlocks.iterate(first, last) as Iterable<{ id: number }>) addBlock(blocks.read(id))
    return finish(work)
  }
}

function addSegment(work: Work, segment: Segment): void {
  const { request, plan, blocks } = work
  const { time, entity, bot, count } = segment.core
  const { least } = segment
  const event = (index: number): StoredEvent => {
    const { block, place } = segment.places()
    return blocks.read(block[index] as number)[place[index] as number] as StoredEvent
  }
  const messageId = (index: number): string => event(index).messageId
  const source = work.sources.push({ rank: (index) => segment.places().rank[index] as number, messageId }) - 1
  const places = placesWith(segment, plan.where.columns)
  const tests = plan.filters.map(({ columns }) => createColumnTest(segment, columns))
  const values = createSegmentValues(work, segment)
  const candidate: Candidate = {
    ...{ entity: 0, time: 0, source, place: 0 },
    event: () => event(candidate.place),
    messageId: () => event(candidate.place).messageId,
    value: (column) => values[column]?.(candidate.place),
  }
  const isRepeated = createRepetitions(work)
  work.rowsScanned += count
  for (let place = 0; place < places.length; place++) {
    const index = places[place] as number
    const at = least + (time[index] as number)
    if (at < request.from || at >= request.to || (bot[index] === 1 && !request.bots)) continue
    let matches = 0
    for (let bit = 0; bit < tests.length; bit++) if (tests[bit]?.(index)) matches |= 1 << bit
    if (matches === 0 && !request.all) continue
    if (isRepeated?.(entity[index] as number, at, matches)) continue
    candidate.entity = entity[index] as number
    candidate.time = at
    candidate.place = index
    take(work, matches, candidate)
  }
}

/**
 * Whether an event tells nothing that the one before it did not. A visitor's events lie side by side, so this leaves few.
 * Undefined where each counts, or where columns do not tell what it fits.
 */
function createRepetitions({
  request: { intervals },
  plan,
  peopleOf,
}: Work): ((entity: number, time: number, matches: number) => boolean) | undefined {
  if (!intervals || plan.hasOthers) return undefined
  let last = -1
  let lastMatches = 0
  let [begin, end] = [0, 0]
  return (entity, time, matches) => {
    const isSame = time >= begin && time < end
    if (isSame && entity === last && matches === lastMatches) return true
    if (!isSame) {
      const place = placeOf(intervals, time)
      begin = intervals[place] ?? Number.NEGATIVE_INFINITY
      end = intervals[place + 1] ?? Number.POSITIVE_INFINITY
    }
    last = peopleOf.isOne(entity) ? entity : -1
    lastMatches = matches
    return false
  }
}

/** The number of the value of an event, for each asked field that has a column. */
function createSegmentValues({ request, names }: Work, segment: Segment): ((index: number) => number)[] {
  const readers: ((index: number) => number)[] = []
  for (const [column, field] of request.fields.entries()) {
    const found = segment.find(field)
    if (!found) continue
    const numbers = found.names.map((name) => numberIn(names[column] as Map<string, number>, name))
    readers[column] = (index) => numbers[found.ids[index] as number] as number
  }
  return readers
}

/** Takes events that are in no segment. */
function createBlockTaker(work: Work, entities: Entities): (events: readonly (StoredEvent | undefined)[]) => void {
  const { request, sources } = work
  const kept: string[] = []
  const source = sources.push({ messageId: (place) => kept[place] as string }) - 1
  // What is left of the conditions is looked at by `take`.
  const isCandidate = testOfRow({ ...request, where: request.where.filter(isOfEvent) })
  const tests = request.filters.map(({ where = [], ...filter }) =>
    testOfFilter({ ...filter, where: where.filter(isOfEvent) }),
  )
  return (events) => {
    for (const event of events) {
      if (!event) continue
      work.rowsScanned++
      if (!isCandidate({ event, profileId: undefined })) continue
      let matches = 0
      for (const [bit, test] of tests.entries()) if (test({ event })) matches |= 1 << bit
      if (matches === 0 && !request.all) continue
      const entity = findEntityOf(entities, event)
      const place = kept.push(event.messageId) - 1
      const { timestamp: time, messageId } = event
      take(work, matches, { entity, time, source, place, event: () => event, messageId: () => messageId })
    }
  }
}

const isOfEvent = ({ field }: { field: Field }): boolean => !isSessionField(field) && !isTraitField(field)

/** Stands for an event that nobody looks at. */
const noEvent = {} as StoredEvent

/** Takes an event that meets what its columns tell, if it meets the rest. */
function take(work: Work, candidates: number, candidate: Candidate): void {
  const { request, plan, found, peopleOf, sessionOf } = work
  const { entity, time, source, place } = candidate
  const person = peopleOf.personAt(entity, time, candidate.messageId)
  const session = request.sessions ? sessionOf(entity, time, candidate.messageId) : undefined
  const fact = plan.isTold && candidate.value ? nothing : factOf(work, candidate, { person, session })
  const matches = plan.hasOthers ? matchesOf(plan, fact, candidates) : candidates
  if (matches === undefined || (matches === 0 && !request.all)) return
  const index = addPlace(found)
  found.person[index] = person === undefined ? -1 : work.people.numberOf(person)
  found.time[index] = time
  found.matches[index] = matches
  found.session[index] = session ? numberIn(work.sessions, session) : -1
  found.source[index] = source
  found.place[index] = place
  for (let column = 0; column < request.fields.length; column++) {
    const into = found.values[column] as Int32Array
    into[index] = candidate.value?.(column) ?? numberOfText(work, column, fact)
  }
  for (let column = 0; column < request.numbers.length; column++) {
    const into = found.numbers[column] as Float64Array
    into[index] = numberOf(readerOf(request.numbers[column] as Field)(fact))
  }
}

const nothing: Fact = { event: noEvent }

/** What conditions and fields look at, as far as this question does. */
function factOf(
  { request, plan, peopleOf }: Work,
  { event, value }: Candidate,
  { person, session }: { person: number | undefined; session: Fact['session'] },
): Fact {
  const traits = request.traits && person !== undefined ? peopleOf.traitsOf(person) : undefined
  return { event: plan.needsEvent || !value ? event() : noEvent, session, traits }
}

const numberOfText = ({ request, names }: Work, column: number, fact: Fact): number =>
  numberIn(names[column] as Map<string, number>, textOf(readerOf(request.fields[column] as Field)(fact)))

/** Which filters an event fits; undefined where it is not wanted at all. */
function matchesOf({ where, filters }: ScanPlan, fact: Fact, candidates: number): number | undefined {
  if (!where.others(fact)) return undefined
  let matches = 0
  for (const [bit, { others }] of filters.entries()) if ((candidates >> bit) & 1 && others(fact)) matches |= 1 << bit
  return matches
}

function numberIn<Key>(numbers: Map<Key, number>, key: Key): number {
  let number = numbers.get(key)
  if (number === undefined) {
    number = numbers.size
    numbers.set(key, number)
  }
  return number
}

function finish({ request, found, people, sources, names, peopleOf, rowsScanned }: Work): Scan {
  const { count, source, place } = found
  const messageId = (index: number): string =>
    (sources[source[index] as number] as Source).messageId(place[index] as number)
  const order = orderOf(found, people.count(), (a, b) => {
    const rank = source[a] === source[b] ? sources[source[a] as number]?.rank : undefined
    if (rank) return rank(place[a] as number) - rank(place[b] as number)
    return messageId(a) < messageId(b) ? -1 : 1
  })
  const ints = (column: Int32Array): Int32Array => arrange(column, order, new Int32Array(count))
  const floats = (column: Float64Array): Float64Array => arrange(column, order, new Float64Array(count))
  return {
    ...{ count, people: people.count(), rowsScanned },
    person: ints(found.person),
    time: floats(found.time),
    matches: ints(found.matches),
    session: request.sessions ? ints(found.session) : new Int32Array(0),
    values: found.values.map((ids, column) => ({ ids: ints(ids), names: [...(names[column]?.keys() ?? [])] })),
    numbers: found.numbers.map(floats),
    profileIdOf: (person) => peopleOf.profileIdOf(people.entityOf(person)),
  }
}
