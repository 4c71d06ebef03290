import { limits, WireError } from '@trailstitch/protocol'
import type { Collector } from '../collector.ts'
import type { Job } from '../job.ts'

/** Finds the project by the write key, from the Basic user or the body. Keys inside a batch's events don't count. Pages must be of an origin that it allows. */
export function authorize(job: Job, { projects }: Collector): undefined {
  const fromHeader = basicUser(job.headers.authorization)
  const fromBody = job.body.writeKey
  const key = fromHeader ?? fromBody
  if (key === undefined || key === null || key === '') throw new WireError('missing_write_key')
  if (
    fromHeader !== undefined &&
    fromBody !== undefined &&
    fromBody !== null &&
    fromBody !== '' &&
    fromHeader !== fromBody
  )
    throw new WireError('write_key_mismatch')
  if (typeof key !== 'string' || key.length > limits.maxWriteKeyLength) throw new WireError('unknown_write_key')
  const project = projects.byKey(key, job.receivedAt)
  if (project === undefined) throw new WireError('unknown_write_key')
  const { origin } = job.headers
  if (origin !== undefined && project.allowedOrigins && !project.allowedOrigins.includes(origin))
    throw new WireError('origin_not_allowed')
  job.writeKey = key
  job.project = project.id
}

/** The user of a Basic header. Old clients leave out the colon. Other schemes, such as Bearer, carry no write key. */
function basicUser(header: string | undefined): string | undefined {
  if (header === undefined || header.length < 7 || header.slice(0, 6).toLowerCase() !== 'basic ') return undefined
  const text = Buffer.from(header.slice(6), 'base64').toString('utf8')
  const colon = text.indexOf(':')
  const user = colon < 0 ? text : text.slice(0, colon)
  return user === '' ? undefined : user
}
