import type { Condition } from '@trailstitch/protocol'
import { testOfText } from '../analysis/conditions.ts'
import type { Segment } from './segments.ts'

/** Whether events of a segment meet conditions that its columns tell: each value is tested once. */
export function createColumnTest(segment: Segment, conditions: readonly Condition[]): (index: number) => boolean {
  const tests = conditions.flatMap((condition) => {
    const found = segment.find(condition.field)
    return found ? [{ ids: found.ids, passes: Uint8Array.from(found.names.map(testOfText(condition)), Number) }] : []
  })
  const [only] = tests
  if (!only) return () => true
  if (tests.length === 1) return (index) => only.passes[only.ids[index] as number] === 1
  return (index) => tests.every(({ ids, passes }) => passes[ids[index] as number] === 1)
}
