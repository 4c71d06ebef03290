import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'

/** Counts the request against its write key. (By address it was counted in admit, before its body was read.) */
export function limit(job: Job, collector: Collector): Promise<void> | undefined {
  return collector.limitKey.take(job.writeKey)
}
