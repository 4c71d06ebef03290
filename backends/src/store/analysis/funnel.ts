import type { FunnelAnswer, FunnelGroup, FunnelPeopleQuery, FunnelQuery } from '@trailstitch/protocol'
import { chooseValues, eachPerson } from './groups.ts'
import type { Scan } from './scan.ts'

export const defaultWindowMs = 7 * 86_400_000

type Question = Pick<FunnelQuery, 'from' | 'to' | 'windowMs' | 'order' | 'steps'> & { count?: FunnelQuery['count'] }

/** A way into the funnel: which events it took, one a step, as far as it went. */
type Entry = readonly number[]

/** Entries that count, person by person. `scan` has a filter a step, and reaches `windowMs` beyond the range. */
function eachEntry(query: Question, scan: Scan, visit: (person: number, entry: Entry) => void): void {
  const walk = createWalk(query, scan)
  const isTotals = query.count === 'totals'
  const depth = query.steps.length
  eachPerson(scan, (person, from, to) => {
    walk.prepare(from, to)
    let best: Entry = []
    for (let index = from; index < to; index++) {
      const time = scan.time[index] as number
      if (time >= query.to) break
      if (time < query.from) continue
      const entry = walk.enter(index)
      if (entry.length === 0) continue
      if (isTotals) {
        visit(person, entry)
        index = walk.endOf(entry) - 1
      } else if (entry.length > best.length) {
        best = entry
        if (best.length === depth) break
      }
    }
    if (best.length > 0) visit(person, best)
  })
}

interface Walk {
  /** Takes up the events [from, to), which are of one person. */
  prepare(from: number, to: number): void
  /** How far one gets from this event on; empty where it is no entry. */
  enter(index: number): Entry
  /** The first event that may be the next entry. */
  endOf(entry: Entry): number
}

function createWalk({ steps, order = 'ordered', windowMs = defaultWindowMs }: Question, scan: Scan): Walk {
  const { matches, time } = scan
  const depth = steps.length
  const fits = (index: number, step: number): boolean => (((matches[index] as number) >> step) & 1) === 1
  const inWindow = (index: number, first: number): boolean =>
    (time[index] as number) - (time[first] as number) <= windowMs
  let from = 0
  let to = 0
  /** Of each event and step: the first event from it on that fits the step; `to` where there is none. */
  let next = new Int32Array(0)
  const nextFor = (index: number, step: number): number =>
    index >= to ? to : (next[(index - from) * depth + step] as number)
  const takers = { ordered, strict, any }

  function ordered(first: number): number[] {
    if (!fits(first, 0)) return []
    const taken = [first]
    while (taken.length < depth) {
      // Equal times count as ordered, so the search begins with the first event of that moment.
      let index = nextFor(firstOfMoment(taken.at(-1) as number), taken.length)
      while (taken.includes(index)) index = nextFor(index + 1, taken.length)
      if (index >= to || !inWindow(index, first)) break
      taken.push(index)
    }
    return taken
  }
  function firstOfMoment(index: number): number {
    let first = index
    while (first > from && time[first - 1] === time[index]) first--
    return first
  }
  function strict(first: number): number[] {
    if (!fits(first, 0)) return []
    const taken = [first]
    for (let index = first + 1; index < to && taken.length < depth; index++) {
      if (!fits(index, taken.length) || !inWindow(index, first)) break
      taken.push(index)
    }
    return taken
  }
  function any(first: number): number[] {
    if (matches[first] === 0) return []
    const found: number[] = []
    for (let step = 0; step < depth; step++) {
      const index = nextFor(first, step)
      if (index < to && inWindow(index, first)) found.push(index)
    }
    return found.sort((a, b) => a - b)
  }

  return {
    prepare(begin, end) {
      from = begin
      to = end
      if (order === 'strict') return
      if (next.length < (end - begin) * depth) next = new Int32Array((end - begin) * depth * 2)
      for (let index = end - 1; index >= begin; index--)
        for (let step = 0; step < depth; step++)
          next[(index - begin) * depth + step] = fits(index, step) ? index : nextFor(index + 1, step)
    },
    enter: (index) => takers[order](index),
    endOf(entry) {
      const last = Math.max(...entry)
      if (entry.length === depth || order === 'strict') return last + 1
      let index = last + 1
      while (index < to && inWindow(index, entry[0] as number)) index++
      return index
    },
  }
}

/** `scan` has the breakdown's values first. */
export function funnel(query: FunnelQuery, scan: Scan): Pick<FunnelAnswer, 'total' | 'groups'> {
  const { breakdown, breakdownBy = 'first', steps } = query
  const entries: Entry[] = []
  eachEntry(query, scan, (_person, entry) => entries.push(entry))
  const total = groupOf(entries, scan, steps.length)
  const values = breakdown === undefined ? undefined : scan.values[0]
  if (!values) return { total, groups: [] }
  const places = entries.map((entry) => (breakdownBy === 'first' ? entry[0] : entry.at(-1)) as number)
  const chosen = chooseValues(values, query.top, places)
  const rows = Array.from({ length: chosen.count }, (): Entry[] => [])
  for (const [index, entry] of entries.entries()) rows[chosen.rowOf(places[index] as number)]?.push(entry)
  return { total, groups: rows.map((own, row) => ({ ...chosen.nameOf(row), ...groupOf(own, scan, steps.length) })) }
}

function groupOf(entries: readonly Entry[], { time }: Scan, depth: number): Pick<FunnelGroup, 'steps'> {
  return {
    steps: Array.from({ length: depth }, (_, step) => {
      const reached = entries.filter((entry) => entry.length > step)
      const took = reached.map((entry) => timeOf(time, entry, step) - timeOf(time, entry, step - 1))
      return { reached: reached.length, medianMs: step === 0 ? null : medianOf(took) }
    }),
  }
}

const timeOf = (time: Float64Array, entry: Entry, step: number): number => time[entry[step] as number] as number

/** Of an even number, the mean of the two in the middle. Null of none. */
function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** profileIds of those who reached the step and, with `droppedOnly`, no later one. */
export function funnelPeople(query: FunnelPeopleQuery, scan: Scan): Set<string> {
  const found = new Set<string>()
  eachEntry(query, scan, (person, { length }) => {
    if (length === query.step || (!query.droppedOnly && length > query.step)) found.add(scan.profileIdOf(person))
  })
  return found
}
