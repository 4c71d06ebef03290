import type { Scan, ValueColumn } from './scan.ts'

/** Which values have a row of their own, and one row for all others, where there are any. */
export interface Groups {
  /** How many rows. */
  count: number
  /** Of an event. */
  rowOf(index: number): number
  /** As an answer names it. */
  nameOf(row: number): { value: string | null } | { rest: { values: number } }
}

export const defaultTop = 10

/** The `top` values with the most events, those in `counted` alone; ties by name. */
export function chooseValues(
  { ids, names }: ValueColumn,
  top = defaultTop,
  counted?: { readonly length: number; [index: number]: number },
): Groups {
  const events = new Float64Array(names.length)
  const length = counted?.length ?? ids.length
  for (let place = 0; place < length; place++) {
    const id = ids[counted ? (counted[place] as number) : place] as number
    events[id] = (events[id] as number) + 1
  }
  const found = names
    .map((name, id) => ({ name, id, events: events[id] as number }))
    .filter((value) => value.events > 0)
    .sort((a, b) => b.events - a.events || (a.name < b.name ? -1 : 1))
  const own = found.slice(0, top)
  const rowOfId = new Int32Array(names.length).fill(own.length)
  for (const [row, { id }] of own.entries()) rowOfId[id] = row
  const rest = found.length - own.length
  return {
    count: own.length + (rest > 0 ? 1 : 0),
    rowOf: (index) => rowOfId[ids[index] as number] as number,
    nameOf: (row) => (row < own.length ? { value: (own[row] as { name: string }).name } : { rest: { values: rest } }),
  }
}

/** Where each person's events begin and end, without those that name nobody. */
export function eachPerson({ count, person }: Scan, visit: (person: number, from: number, to: number) => void): void {
  let from = 0
  while (from < count && person[from] === -1) from++
  while (from < count) {
    const who = person[from] as number
    let to = from + 1
    while (to < count && person[to] === who) to++
    visit(who, from, to)
    from = to
  }
}
