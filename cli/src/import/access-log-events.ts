import { hash } from 'node:crypto'
import type { Context, PageEvent, TrackEvent } from '@trailstitch/protocol'
import { isPage, parseAccessLogLine, parseTarget } from './access-log.ts'
import type { ImportedLine, LineReader } from './format.ts'
import type { Line } from './lines.ts'

export interface AccessLogOptions {
  /** Scheme and host of the site, such as `https://example.com`, which a log does not tell. */
  site?: string
}

/** Reads lines of a combined access log as events: a page where a page was seen, else a track "Request". */
export function createAccessLogReader({ site = '' }: AccessLogOptions): LineReader {
  return (line: Line): ImportedLine | undefined => {
    const entry = parseAccessLogLine(line.text)
    if (!entry) return undefined
    const { path, search, origin } = parseTarget(entry.target)
    const visitor = hash('sha256', `${entry.ip}\n${entry.userAgent}`).slice(0, 32)
    const page = {
      path,
      url: `${origin || site}${path}${search}`,
      ...(search !== '' && { search }),
      ...(entry.referrer !== '-' && entry.referrer !== '' && { referrer: entry.referrer }),
    }
    const context: Context = { ip: entry.ip, userAgent: entry.userAgent, page }
    const answer = { status: entry.status, ...(entry.bytes !== undefined && { bytes: entry.bytes }) }
    const common = {
      messageId: line.id,
      anonymousId: visitor,
      timestamp: new Date(entry.time).toISOString(),
      context,
    }
    const seen = isPage(entry, path)
    const event: PageEvent | TrackEvent = seen
      ? { ...common, type: 'page', properties: { ...page, ...answer } }
      : { ...common, type: 'track', event: 'Request', properties: { method: entry.method, path, ...answer } }
    return { event, visitor, time: entry.time, page: seen, userAgent: entry.userAgent }
  }
}
