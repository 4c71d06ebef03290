import type { EventCount, SegmentQuery } from '@trailstitch/protocol'
import { eachPerson } from './groups.ts'
import type { Scan } from './scan.ts'

/**
 * What a segment asks for, as counts alone: `did` is at least one, `didNot` none. They are the filters of its scan. Those who
 * did nothing in the range are not found by reading it, so where all counts would hold for them one asks for any event.
 */
export function countsOf({ did, didNot, counts = [] }: SegmentQuery): EventCount[] {
  const asked = [
    ...(did ? [atLeastOne(did)] : []),
    ...(didNot ? [{ ...didNot, times: 'at_most' as const, count: 0 }] : []),
    ...counts,
  ]
  return asked.every((one) => holds(one, 0)) ? [atLeastOne({}), ...asked] : asked
}

/** profileIds of those for whom all counts hold. */
export function segmentPeople(query: SegmentQuery, scan: Scan): Set<string> {
  const asked = countsOf(query)
  const done = new Float64Array(asked.length)
  const found = new Set<string>()
  eachPerson(scan, (person, from, to) => {
    done.fill(0)
    for (let index = from; index < to; index++) {
      const matches = scan.matches[index] as number
      for (let bit = 0; bit < done.length; bit++) done[bit] = (done[bit] as number) + ((matches >> bit) & 1)
    }
    if (asked.every((one, bit) => holds(one, done[bit] as number))) found.add(scan.profileIdOf(person))
  })
  return found
}

const atLeastOne = (filter: NonNullable<SegmentQuery['did']>): EventCount => ({
  ...filter,
  times: 'at_least',
  count: 1,
})

function holds({ times, count }: EventCount, done: number): boolean {
  if (times === 'exactly') return done === count
  return times === 'at_least' ? done >= count : done <= count
}
