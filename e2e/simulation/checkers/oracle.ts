import { openStore, silentLog } from '@trailstitch/backends'
import { stitchRules } from '@trailstitch/processor'
import { firstDifferences } from '../world/differences.ts'
import { projectIds } from '../world/world.ts'
import type { Checker } from './checker.ts'
import { readProject } from './read-project.ts'
import { readStored } from './read-stored.ts'

/**
 * Sessions, people, journeys and overviews are those of a memory store that was given the stored events in one go: no
 * order, repetition, batching or crash on the way shows in any answer.
 */
export const equalsOracle: Checker = {
  name: 'answers equal those of the stored events in one go',
  async check({ stores, schedule }) {
    const events = await readStored(stores.main)
    const oracle = await openStore('memory:', { now: schedule.now, log: silentLog })
    await oracle.append([{ collector: 'oracle', seq: 1, voided: [], received: [], events, rejected: [] }])
    await oracle.stitch(stitchRules, 1)
    for (const project of projectIds) {
      const { ledger: _l1, holes: _h1, ...actual } = await readProject(stores.main, project, schedule.now())
      const { ledger: _l2, holes: _h2, ...expected } = await readProject(oracle, project, schedule.now())
      const differences = firstDifferences(actual, expected)
      if (differences) return `project ${project}, ${events.length} events\n${differences}`
    }
    return undefined
  },
}
