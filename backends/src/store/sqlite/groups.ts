/**
 * Pages over rows that are indexed by a number (a time) but sorted, within the same number, by something the index does
 * not hold. Rows of one number are always read together.
 */
export interface GroupSource<Row> {
  /** Up to `limit` rows strictly after `key`, in order of the number; from the start when `key` is undefined. */
  after(key: number | undefined, limit: number): Row[]
  /** All rows of a number. */
  at(key: number): Row[]
  keyOf(row: Row): number
}

/** Rows in complete groups: the group of `start`, if given, and then at least `count` rows more, as far as there are. */
export function readGroups<Row>(source: GroupSource<Row>, start: number | undefined, count: number): Row[] {
  const rows = start === undefined ? [] : source.at(start)
  const found = source.after(start, count)
  const last = found.at(-1)
  if (!last || found.length < count) return [...rows, ...found]
  const edge = source.keyOf(last)
  return [...rows, ...found.filter((row) => source.keyOf(row) !== edge), ...source.at(edge)]
}
