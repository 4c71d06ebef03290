import type { Condition } from '@trailstitch/protocol'
import { testOfText } from '../analysis/conditions.ts'
import type { SegmentField } from './segment-codec.ts'
import type { Segment } from './segments.ts'

interface ColumnTest {
  ids: SegmentField['ids']
  /** By id: 1 where the value meets the condition. */
  passes: Uint8Array
}

/** Each value is tested once. */
const testsOf = (segment: Segment, conditions: readonly Condition[]): ColumnTest[] =>
  conditions.flatMap((condition) => {
    const found = segment.find(condition.field)
    return found ? [{ ids: found.ids, passes: Uint8Array.from(found.names.map(testOfText(condition)), Number) }] : []
  })

/** Whether events of a segment meet conditions that its columns tell. */
export function createColumnTest(segment: Segment, conditions: readonly Condition[]): (index: number) => boolean {
  const tests = testsOf(segment, conditions)
  const [only] = tests
  if (!only) return () => true
  if (tests.length === 1) return (index) => only.passes[only.ids[index] as number] === 1
  return (index) => tests.every(({ ids, passes }) => passes[ids[index] as number] === 1)
}

/** The places of a segment's events that meet conditions which its columns tell, ascending. */
export function placesWith(segment: Segment, conditions: readonly Condition[]): Uint32Array {
  const { count } = segment.core
  let places = new Uint32Array(count)
  for (let index = 0; index < count; index++) places[index] = index
  for (const { ids, passes } of testsOf(segment, conditions)) {
    let kept = 0
    for (let index = 0; index < places.length; index++) {
      const place = places[index] as number
      if (passes[ids[place] as number] === 1) places[kept++] = place
    }
    places = places.subarray(0, kept)
  }
  return places
}
