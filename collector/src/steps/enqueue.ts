import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'

/** Hands the body over as it came and waits until it is durable. An empty batch has nothing to keep. */
export function enqueue(job: Job, { sender, metrics }: Collector): Promise<void> | undefined {
  if (job.part === undefined || job.events === 0) return undefined
  return metrics.timeSend(sender.send(job.part, job.raw))
}
