// A URL is taken apart by hand: `new URL` costs more than all the rest of an event, and throws on what browsers report.

/** What is needed of a URL. Nothing is decoded. */
export interface UrlParts {
  /** Lower case, without port, user and password; absent when there is none. */
  host?: string
  /** Without query and fragment; `/` when a host stands alone. */
  path?: string
  /** What stands between `?` and `#`; empty when there is none. */
  query: string
}

const scheme = /^[a-z][a-z0-9+.-]{0,30}:/i
const hostText = /^[^\s/\\<>"{}|^`%]{1,255}$/
const bareHost = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?=[:/?#]|$)/i

/** Takes an absolute URL, `//host/path` or a path apart. Never throws; of nonsense the path alone is left. */
export function splitUrl(url: string): UrlParts {
  let rest = url
  let end = rest.indexOf('#')
  if (end >= 0) rest = rest.slice(0, end)
  end = rest.indexOf('?')
  const query = end < 0 ? '' : rest.slice(end + 1)
  if (end >= 0) rest = rest.slice(0, end)
  const colon = scheme.exec(rest)?.[0].length ?? 0
  if (!rest.startsWith('//', colon)) return colon > 0 || rest === '' ? { query } : { path: rest, query }
  const slash = rest.indexOf('/', colon + 2)
  const host = readHost(slash < 0 ? rest.slice(colon + 2) : rest.slice(colon + 2, slash))
  const path = slash < 0 ? '/' : rest.slice(slash)
  return host === undefined ? { path, query } : { host, path, query }
}

/** Host of a referrer, which old clients also send without a scheme, such as `www.google.com/search`. */
export function referrerHost(referrer: string): string | undefined {
  const { host } = splitUrl(referrer)
  if (host !== undefined) return host
  const bare = bareHost.exec(referrer.slice(0, 300))?.[0]
  return bare === undefined ? undefined : readHost(bare)
}

function readHost(authority: string): string | undefined {
  let host = authority.slice(authority.lastIndexOf('@') + 1)
  const port = host.lastIndexOf(':')
  if (port >= 0 && port > host.lastIndexOf(']')) host = host.slice(0, port)
  if (host.endsWith('.')) host = host.slice(0, -1)
  return hostText.test(host) ? host.toLowerCase() : undefined
}

/** The host without the prefixes that make no difference to whose it is. */
export const withoutWww = (host: string): string => (host.startsWith('www.') ? host.slice(4) : host)

/** Walks over `a=1&b=2`; values as they stand, a name without `=` has the value ''. */
export function eachParameter(query: string, visit: (name: string, value: string) => void): void {
  let start = query.startsWith('?') ? 1 : 0
  while (start < query.length) {
    let end = query.indexOf('&', start)
    if (end < 0) end = query.length
    const equals = query.indexOf('=', start)
    if (equals < 0 || equals > end) visit(query.slice(start, end), '')
    else visit(query.slice(start, equals), query.slice(equals + 1, end))
    start = end + 1
  }
}

/** Text of a query value. Of broken percent signs the text is kept as it stands. */
export function decodeValue(value: string): string {
  const text = value.includes('+') ? value.replaceAll('+', ' ') : value
  if (!text.includes('%')) return text.trim()
  try {
    return decodeURIComponent(text).trim()
  } catch {
    return text.trim()
  }
}
