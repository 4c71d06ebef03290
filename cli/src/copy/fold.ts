import { setImmediate } from 'node:timers/promises'
import type { Store } from '@trailstitch/backends'
import { stitchRules } from '@trailstitch/processor'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

/** Events folded in one step, as the processors do it. */
const stepEvents = 10_000
/** Longer than a dead processor's lease on a project, and than an ordinary backlog of one step takes. */
const patienceMs = 20_000

/**
 * Stitches what waits for it, step by step, and tells after each how many events are left. Ends, too, when less than a
 * step has been left for 20 s: where events keep coming there is no end. Throws `interrupted` at the stop.
 */
export async function foldStore(store: Store, io: Io, onStep: (behind: number) => void): Promise<void> {
  let fewSince: number | undefined
  for (;;) {
    const { behind } = await store.stitch(stitchRules, stepEvents)
    if (behind === 0) return
    onStep(behind)
    fewSince = behind < stepEvents ? (fewSince ?? io.deps.now()) : undefined
    if (fewSince !== undefined && io.deps.now() - fewSince > patienceMs) return
    await setImmediate() // a store that works on this thread leaves no time for signals
    if (io.stop.aborted) throw stopped()
  }
}

/** Takes a step whenever enough was written for one: the store still has the events at hand then. */
export function createFolder(store: Store): (written: number) => Promise<void> {
  let waiting = 0
  return async (written) => {
    waiting += written
    if (waiting < stepEvents) return
    waiting -= stepEvents
    await store.stitch(stitchRules, stepEvents)
  }
}

export const stopped = (): CliError =>
  new CliError('interrupted', 'Stopped before the end. Run the same command again: it goes on where it was.')
