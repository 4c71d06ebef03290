import type { Kv } from '@trailstitch/backends'
import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'

/** A page that was left is followed by the next one within moments; a later one sends again, and claims sort it out. */
const rememberedMs = 2 * 60_000
/** Nobody waits longer for an answer that only saves a repetition. */
const askMs = 500

const keyOf = ({ project }: Job, id: string): string => `part/${project}/${id}`

/**
 * Remembers the parts of a batch that is durable, and tells of those that earlier requests had brought: a browser does not
 * hear the answer to what it sends as its page is left. Nothing depends on it: what is not known is sent again.
 */
export function confirm(job: Job, { kv }: Collector): Promise<void> | undefined {
  for (const id of job.parts.ids) kv.set(keyOf(job, id), '1', rememberedMs).catch(() => {})
  if (job.parts.unconfirmed.length === 0) return undefined
  return findKnown(job, kv)
}

async function findKnown(job: Job, kv: Kv): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), askMs)
  })
  const asked = job.parts.unconfirmed
  const found = Promise.all(asked.map((id) => kv.get(keyOf(job, id)))).catch(() => undefined)
  const values = await Promise.race([found, late])
  clearTimeout(timer)
  job.known = asked.filter((_, index) => values?.[index] !== undefined)
}
