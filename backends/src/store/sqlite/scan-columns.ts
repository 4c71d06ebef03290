import { checkSize } from '../analysis/scan.ts'

/** Columns that grow as events are found, without an object for each. */
export interface Found {
  count: number
  person: Int32Array
  time: Float64Array
  matches: Int32Array
  session: Int32Array
  /** Which source an event is from, and its place there: tells its messageId, where two come at the same time. */
  source: Int32Array
  place: Int32Array
  values: Int32Array[]
  numbers: Float64Array[]
}

const first = 4_096
/** So many events a question may be about: some 40 bytes each, and as many again in their order. */
export const maxFound = 20_000_000

export const createFound = (values: number, numbers: number): Found => ({
  count: 0,
  person: new Int32Array(first),
  time: new Float64Array(first),
  matches: new Int32Array(first),
  session: new Int32Array(first),
  source: new Int32Array(first),
  place: new Int32Array(first),
  values: Array.from({ length: values }, () => new Int32Array(first)),
  numbers: Array.from({ length: numbers }, () => new Float64Array(first)),
})

/** Makes room for one more, and gives its place. Throws `query_too_large`. */
export function addPlace(found: Found): number {
  checkSize(found.count, maxFound)
  if (found.count === found.person.length) {
    const length = found.count * 2
    found.person = growInts(found.person, length)
    found.time = growFloats(found.time, length)
    found.matches = growInts(found.matches, length)
    found.session = growInts(found.session, length)
    found.source = growInts(found.source, length)
    found.place = growInts(found.place, length)
    found.values = found.values.map((column) => growInts(column, length))
    found.numbers = found.numbers.map((column) => growFloats(column, length))
  }
  return found.count++
}

function growInts(column: Int32Array, length: number): Int32Array {
  const larger = new Int32Array(length)
  larger.set(column)
  return larger
}

function growFloats(column: Float64Array, length: number): Float64Array {
  const larger = new Float64Array(length)
  larger.set(column)
  return larger
}

/**
 * The order of a scan: by person, then by time, then by messageId. `person` are numbers from 0 to `people`, or -1. Events
 * come nearly by time, so persons are told apart by counting, and few of them need sorting.
 */
export function orderOf(found: Found, people: number, compareTies: (a: number, b: number) => number): Int32Array {
  const { count, person, time } = found
  const starts = new Int32Array(people + 2)
  for (let index = 0; index < count; index++) {
    const slot = (person[index] as number) + 2
    starts[slot] = (starts[slot] as number) + 1
  }
  for (let slot = 1; slot < starts.length; slot++)
    starts[slot] = (starts[slot] as number) + (starts[slot - 1] as number)
  const order = new Int32Array(count)
  const next = starts.slice()
  for (let index = 0; index < count; index++) {
    const slot = (person[index] as number) + 1
    order[next[slot] as number] = index
    next[slot] = (next[slot] as number) + 1
  }
  const compare = (a: number, b: number): number => (time[a] as number) - (time[b] as number) || compareTies(a, b)
  for (let who = 0; who < people; who++) {
    const [from, to] = [starts[who + 1] as number, starts[who + 2] as number]
    if (!isAscending(order, time, from, to)) order.subarray(from, to).sort(compare)
  }
  return order
}

/** Strictly: equal times have an order of their own. */
function isAscending(order: Int32Array, time: Float64Array, from: number, to: number): boolean {
  for (let index = from + 1; index < to; index++)
    if ((time[order[index] as number] as number) <= (time[order[index - 1] as number] as number)) return false
  return true
}

/** Of the events as they were found, in the order of the scan. */
export function arrange<Column extends Int32Array | Float64Array>(
  column: Column,
  order: Int32Array,
  into: Column,
): Column {
  for (let index = 0; index < order.length; index++) into[index] = column[order[index] as number] as number
  return into
}
