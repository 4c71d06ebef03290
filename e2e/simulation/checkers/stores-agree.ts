import { stitchRules } from '@trailstitch/processor'
import type { StoredEvent } from '@trailstitch/protocol'
import { firstDifferences } from '../world/differences.ts'
import { projectIds } from '../world/world.ts'
import type { Checker } from './checker.ts'
import { readProject } from './read-project.ts'
import { numberOf, readRejected, readStored } from './read-stored.ts'

/** SQLite and memory, fed with the same chunks, the one under faults and the other without, answer the same. */
export const storesAgree: Checker = {
  name: 'sqlite equals memory',
  async check({ stores, schedule }) {
    await stores.mirror.stitch(stitchRules, 1_000_000)
    for (const project of projectIds) {
      const actual = await readProject(stores.main, project, schedule.now())
      const expected = await readProject(stores.mirror, project, schedule.now())
      const differences = firstDifferences(actual, expected)
      if (differences) return `${stores.kind} against the other, project ${project}\n${differences}`
    }
    const [main, mirror] = [stores.main, stores.mirror]
    // An event without a messageId may be stored once for each request that carried it.
    const inOrder = (events: StoredEvent[]): StoredEvent[] =>
      events.toSorted((a, b) => numberOf(a) - numberOf(b) || (a.messageId < b.messageId ? -1 : 1))
    return (
      firstDifferences(await readRejected(main), await readRejected(mirror)) ??
      firstDifferences(inOrder(await readStored(main)), inOrder(await readStored(mirror)))
    )
  },
}
