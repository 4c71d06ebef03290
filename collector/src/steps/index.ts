import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'
import { admit } from './admit.ts'
import { authorize } from './authorize.ts'
import { check } from './check.ts'
import { confirm } from './confirm.ts'
import { decompress } from './decompress.ts'
import { enqueue } from './enqueue.ts'
import { limit } from './limit.ts'
import { parse } from './parse.ts'
import { receive } from './receive.ts'
import { stamp } from './stamp.ts'

/** Does its part of the work on `job`, or throws the error the client is told. */
export type Step = (job: Job, collector: Collector) => Promise<void> | undefined

/**
 * What happens to every request that carries events, in this order. The first step that throws ends it; when the last
 * one is through, every event that was not refused is durable.
 */
export const steps: readonly Step[] = Object.freeze([
  admit,
  receive,
  decompress,
  parse,
  authorize,
  limit,
  check,
  stamp,
  enqueue,
  confirm,
])

export async function runSteps(job: Job, collector: Collector): Promise<void> {
  collector.active++
  try {
    for (const step of steps) {
      const pending = step(job, collector)
      if (pending !== undefined) await pending
    }
    collector.metrics.countTaken(job)
  } catch (error) {
    collector.metrics.countFailed(error)
    throw error
  } finally {
    collector.heldBytes -= job.held
    if (--collector.active === 0) collector.onIdle?.()
  }
}
