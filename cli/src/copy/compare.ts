import type { CollectorNumbers, Store } from '@trailstitch/backends'
import type { LedgerSums, RejectedEvent } from '@trailstitch/protocol'
import { formatCount } from '../output.ts'
import { readPages } from './records.ts'

/** What both sides are compared by. */
interface Sums {
  events: Map<string, number>
  books: Map<string, LedgerSums>
}

/**
 * What the target has otherwise than the source, one line each; empty where both hold the same: events by project, sums
 * of the books by project, rejected events one by one, and the numbers of chunks that were taken in.
 */
export async function compareStores(source: Store, target: Store): Promise<string[]> {
  const [here, there] = [await readSums(source), await readSums(target)]
  return [
    ...differences(here.events, there.events, formatCount, (project) => `events of project ${project}`),
    ...differences(here.books, there.books, describeBooks, (project) => `books of project ${project}`),
    ...(await firstDifference(source, target, 'rejected', (item) => [item.id, describeRejected(item)])),
    ...(await firstDifference(source, target, 'numbers', (item) => [item.collector, describeNumbers(item)])),
  ]
}

/** Whether the target has taken in chunks that the source has not: processors work on it. */
export async function hasOwnChunks(source: Store, target: Store): Promise<boolean> {
  const known = new Map<string, CollectorNumbers['taken']>()
  for await (const { items } of readPages(source, 'numbers'))
    for (const one of items) known.set(one.collector, one.taken)
  for await (const { items } of readPages(target, 'numbers')) {
    for (const { collector, taken } of items) {
      const ranges = known.get(collector) ?? []
      if (!taken.every(({ from, to }) => ranges.some((range) => range.from <= from && to <= range.to))) return true
    }
  }
  return false
}

/** Chunks that were begun and not finished: a processor is at work, or was killed. */
export async function countUnfinished(store: Store): Promise<number> {
  let count = 0
  for await (const { items } of readPages(store, 'numbers'))
    for (const { unfinished } of items) count += unfinished?.length ?? 0
  return count
}

async function readSums(store: Store): Promise<Sums> {
  const events = new Map((await store.records.count()).map(({ project, events: count }) => [project, count]))
  const books = new Map<string, LedgerSums>()
  for await (const { items } of readPages(store, 'minute')) {
    for (const row of items) {
      const sums = books.get(row.project) ?? { received: 0, stored: 0, duplicate: 0, rejected: 0 }
      books.set(row.project, {
        received: sums.received + row.received,
        stored: sums.stored + row.stored,
        duplicate: sums.duplicate + row.duplicate,
        rejected: sums.rejected + row.rejected,
      })
    }
  }
  return { events, books }
}

function differences<T>(
  here: ReadonlyMap<string, T>,
  there: ReadonlyMap<string, T>,
  show: (value: T) => string,
  nameOf: (project: string) => string,
): string[] {
  const shown = (value: T | undefined): string => (value === undefined ? 'none' : show(value))
  return [...new Set([...here.keys(), ...there.keys()])].sort().flatMap((project) => {
    const [left, right] = [shown(here.get(project)), shown(there.get(project))]
    return left === right ? [] : `${nameOf(project)}: ${left} in the source, ${right} in the target`
  })
}

/** Both sides' lists side by side: they are in the same order, so the first pair that differs shows where. */
async function firstDifference<K extends 'rejected' | 'numbers'>(
  source: Store,
  target: Store,
  kind: K,
  describe: (item: RecordItem<K>) => [name: string, text: string],
): Promise<string[]> {
  const others = readItems(target, kind)
  const tell = (name: string): string[] => [
    kind === 'rejected'
      ? `rejected events differ, first at ${name}`
      : `chunk numbers differ, first of collector ${name}`,
  ]
  for await (const item of readItems(source, kind)) {
    const other = await others.next()
    const [name, text] = describe(item)
    if (other.done || describe(other.value)[1] !== text) return tell(name)
  }
  const more = await others.next()
  return more.done ? [] : tell(describe(more.value)[0])
}

type RecordItem<K extends 'rejected' | 'numbers'> = K extends 'rejected' ? RejectedEvent : CollectorNumbers

async function* readItems<K extends 'rejected' | 'numbers'>(store: Store, kind: K): AsyncGenerator<RecordItem<K>> {
  for await (const { items } of readPages(store, kind)) yield* items as readonly RecordItem<K>[]
}

const describeBooks = ({ received, stored, duplicate, rejected }: LedgerSums): string =>
  [
    `${formatCount(received)} received`,
    `${formatCount(stored)} stored`,
    `${formatCount(duplicate)} duplicate`,
    `${formatCount(rejected)} rejected`,
  ].join(', ')

const describeRejected = ({ id, project, code, message, receivedAt, body, replayedAt }: RejectedEvent): string =>
  JSON.stringify([id, project, code, message, receivedAt, body, replayedAt ?? null])

const describeNumbers = ({ collector, taken }: CollectorNumbers): string =>
  JSON.stringify([collector, taken.map(({ from, to }) => [from, to])])
