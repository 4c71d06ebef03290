import { BackendError } from '../errors.ts'
import { splitUrl } from '../open.ts'

export interface RedisNode {
  host: string
  port: number
}

/** What a Redis URL says. */
export interface RedisPlace {
  kind: 'single' | 'cluster' | 'sentinel'
  isEncrypted: boolean
  /** The server; some servers of the cluster, which names the others; or the sentinels. */
  nodes: readonly RedisNode[]
  user: string | undefined
  password: string | undefined
  db: number
  /** What the sentinels call the servers they watch; else empty. */
  group: string
  /** Put before every key and channel. */
  prefix: string
}

const forms =
  'Write redis://user:password@host:port/db?prefix=ts: (rediss: with TLS), redis+cluster://host:port,host:port ' +
  '(rediss+cluster: with TLS) or redis+sentinel://host:port,host:port/name/db. What is special in a password is percent-encoded.'
const defaultPrefix = 'ts:'
const defaultPorts = { single: 6379, cluster: 6379, sentinel: 26379 }

/** Throws `invalid_url`; its message does not repeat the URL. */
export function parseRedisUrl(url: string): RedisPlace {
  const { scheme, rest } = splitUrl(url)
  const [, secrets, hosts = '', path = '', query = ''] =
    /^\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(rest) ?? refuse()
  const [protocol, variant] = scheme.split('+')
  const kind = variant === 'cluster' || variant === 'sentinel' ? variant : 'single'
  const nodes = hosts.split(',').map((each) => parseNode(each, defaultPorts[kind]))
  if (kind === 'single' && nodes.length > 1) refuse()
  return {
    kind,
    isEncrypted: protocol === 'rediss',
    nodes,
    ...parseSecrets(secrets),
    ...parsePath(kind, path),
    prefix: parseOptions(query),
  }
}

/** Where it is, for messages and the log: hosts and ports, nothing secret. */
export const describePlace = ({ nodes }: RedisPlace): string =>
  nodes.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',')

function parseNode(text: string, defaultPort: number): RedisNode {
  const [, address, name, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? refuse()
  if (Number(port) > 65_535) refuse()
  return { host: address ?? name ?? '', port: port === undefined ? defaultPort : Number(port) }
}

function parseSecrets(secrets: string | undefined): Pick<RedisPlace, 'user' | 'password'> {
  if (secrets === undefined) return { user: undefined, password: undefined }
  const [user = '', ...password] = secrets.split(':')
  return { user: decode(user) || undefined, password: decode(password.join(':')) || undefined }
}

function parsePath(kind: RedisPlace['kind'], path: string): Pick<RedisPlace, 'db' | 'group'> {
  // A cluster has one database only.
  if (kind === 'cluster') return path === '' ? { db: 0, group: '' } : refuse()
  const [, group = '', db = ''] =
    (kind === 'sentinel' ? /^([^/]+)(?:\/(\d{0,5}))?$/ : /^()(\d{0,5})$/).exec(path) ?? refuse()
  return { db: Number(db), group: decode(group) }
}

function parseOptions(query: string): string {
  const options = new URLSearchParams(query)
  const unknown = [...options.keys()].find((name) => name !== 'prefix')
  if (unknown !== undefined) throw new BackendError('invalid_url', `Its only option is prefix, not "${unknown}".`)
  return options.get('prefix') ?? defaultPrefix
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse()
  }
}

function refuse(): never {
  throw new BackendError('invalid_url', forms)
}
