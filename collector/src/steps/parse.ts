import { parseBody } from '@trailstitch/protocol'
import { type Job, noBytes } from '../job.ts'

/** Reads the text as JSON and takes it apart into events. */
export function parse(job: Job): undefined {
  job.body = parseBody(job.bytes, job.kind)
  job.events = job.body.events.length
  job.parts = job.body.parts
  job.bytes = noBytes
}
