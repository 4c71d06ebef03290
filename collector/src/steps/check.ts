import { checkBody } from '@trailstitch/protocol'
import { type Job, noBody } from '../job.ts'

/** Finds the events that can't be taken. The others go on; the refused ones are kept, too, to be listed and mended. */
export function check(job: Job): undefined {
  job.refused = checkBody(job.body)
  // The body's bytes are all that is needed from here, and waiting for the queue can take a while.
  job.body = noBody
}
