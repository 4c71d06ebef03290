import type { Job } from '../job.ts'

const maxUserAgentLength = 1024

/** Notes what only the server knows: time, address and user agent of the request. */
export function stamp(job: Job): undefined {
  const userAgent = job.headers['user-agent']
  job.part = {
    project: job.project,
    kind: job.kind,
    receivedAt: job.receivedAt,
    ...(job.ip !== '' && { ip: job.ip }),
    ...(userAgent !== undefined && { userAgent: userAgent.slice(0, maxUserAgentLength) }),
    encoding: job.encoding,
    ...(job.encoding !== 'identity' && { opened: job.bytes.length }),
    events: job.events,
    ...(job.refused.length > 0 && { refused: job.refused }),
  }
}
