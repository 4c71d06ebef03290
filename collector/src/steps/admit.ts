import { WireError } from '@trailstitch/protocol'
import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'

/** Turns away, before a byte of the body is read, what can't be taken now. */
export function admit(job: Job, collector: Collector): Promise<void> | undefined {
  if (collector.stopping) throw new WireError('stopping')
  if (collector.heldBytes >= collector.limits.maxInFlightBytes) throw new WireError('overloaded')
  return collector.limitIp.take(job.ip)
}
