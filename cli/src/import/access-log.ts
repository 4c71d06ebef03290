/** A line of an access log in the combined format. Quoted fields are as they stand in the log, escapes included. */
export interface AccessLogLine {
  ip: string
  /** ms since 1970. */
  time: number
  method: string
  /** What was asked for, as sent: mostly a path with its query. Empty when the request is a method alone. */
  target: string
  status: number
  /** Undefined where the log has `-`. */
  bytes?: number
  referrer: string
  userAgent: string
}

/** `host ident user [day/month/year:hour:minute:second zone] "`; the name of a user may hold spaces. */
const head =
  /^(\S+) (\S+) (\S.*?) \[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\] (?=")/
const figures = /^ (\d{3}) (\d+|-) (?=")/
const method = /^[A-Z][A-Z_-]*(?= |$)/
const protocol = / HTTP\/\d+(\.\d+)?$/
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Reads one line, without its line end. Undefined when a field is missing, a quote is not closed, the date does not
 * exist or the request does not start with a method. More fields may follow after the user agent; they are not read.
 */
export function parseAccessLogLine(line: string): AccessLogLine | undefined {
  const start = head.exec(line)
  const time = start ? timeOf(start) : undefined
  if (!start || time === undefined) return undefined
  const request = readQuoted(line, start[0].length)
  if (!request) return undefined
  const numbers = figures.exec(line.slice(request.end, request.end + 64))
  if (!numbers) return undefined
  const referrer = readQuoted(line, request.end + numbers[0].length)
  if (!referrer || line[referrer.end] !== ' ') return undefined
  const userAgent = readQuoted(line, referrer.end + 1)
  if (!userAgent || (userAgent.end < line.length && line[userAgent.end] !== ' ')) return undefined
  const verb = method.exec(request.text)
  if (!verb) return undefined
  return {
    ip: start[1] ?? '',
    time,
    method: verb[0],
    target: request.text.slice(verb[0].length).replace(protocol, '').trim(),
    status: Number(numbers[1]),
    ...(numbers[2] !== '-' && { bytes: Number(numbers[2]) }),
    referrer: referrer.text,
    userAgent: userAgent.text,
  }
}

/** A quoted field that begins at `at`. A backslash takes the meaning from what follows it, so `\"` closes nothing. */
function readQuoted(line: string, at: number): { text: string; end: number } | undefined {
  if (line[at] !== '"') return undefined
  for (let place = at + 1; place < line.length; place++) {
    const character = line.charCodeAt(place)
    if (character === 92) place++
    else if (character === 34) return { text: line.slice(at + 1, place), end: place + 1 }
  }
  return undefined
}

function timeOf(parts: RegExpExecArray): number | undefined {
  const number = (group: number): number => Number(parts[group])
  const [day, year, hour, minute, second] = [number(4), number(6), number(7), number(8), number(9)]
  const month = months.indexOf(parts[5] ?? '')
  if (month < 0 || hour > 23 || minute > 59 || second > 60 || number(12) > 59) return undefined
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined
  const offsetMs = (number(11) * 60 + number(12)) * 60_000 * (parts[10] === '-' ? -1 : 1)
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 - offsetMs
}

/** The target of a request, taken apart. */
export interface Target {
  /** Without query and fragment. */
  path: string
  /** With its question mark; empty when there is none. */
  search: string
  /** Scheme and host, where a proxy was asked with a whole URL. */
  origin: string
}

export function parseTarget(target: string): Target {
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0] ?? ''
  const local = target.slice(origin.length)
  const withoutFragment = local.split('#', 1)[0] ?? ''
  const mark = withoutFragment.indexOf('?')
  const path = mark < 0 ? withoutFragment : withoutFragment.slice(0, mark)
  return {
    path: path === '' && origin !== '' ? '/' : path,
    search: mark < 0 ? '' : withoutFragment.slice(mark),
    origin,
  }
}

const pageExtensions = new Set(['', 'html', 'htm', 'php', 'asp', 'aspx', 'jsp'])

/** Whether a request showed somebody a page: a GET that did not fail, for a path that looks like one. */
export function isPage({ method, status }: AccessLogLine, path: string): boolean {
  if (method !== 'GET' || status >= 400) return false
  const segment = path.slice(path.lastIndexOf('/') + 1)
  const dot = segment.lastIndexOf('.')
  return pageExtensions.has(dot < 0 ? '' : segment.slice(dot + 1).toLowerCase())
}
