import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Deps } from '../deps.ts'
import { describePlace, type RedisPlace } from './redis-url.ts'

export type RedisClient = Redis | Cluster

/** How long a command may take. */
const commandTimeoutMs = 1_000
const connectTimeoutMs = 2_000
/** A connection on which nothing comes back for so long is given up, so that a dead one is not waited for. */
const silenceMs = 3_000
/** What a server takes to close a connection that we ended. A process that has closed everything may wait for it. */
const hangUpMs = 250
/** In a cluster a command that meets a server that is gone is tried again so often, 100 ms apart. */
const maxRedirections = 10

/** Pauses between attempts to connect, for ever: 100 ms, then ever longer up to 1 s. */
export const retryMs = (attempt: number): number => Math.min(100 * attempt, 1_000)

export interface RedisConnection {
  client: RedisClient
  /** Why the last attempt to connect failed, as far as known. */
  lastError(): Error | undefined
}

/**
 * Connects and stays connected. Resolves when commands can be sent, or when the first attempt to get that far has
 * failed. While there is no connection commands fail at once; none is kept for later, and none is sent twice.
 */
export async function connectRedis(place: RedisPlace, { log }: Deps): Promise<RedisConnection> {
  const where = describePlace(place)
  let lastError: Error | undefined
  let isAway = false
  const onFailure = (error: Error): void => {
    lastError = causeOf(error)
    if (!isAway) log.warn({ where, error: messageOf(lastError) }, 'redis cannot be reached')
    isAway = true
  }
  const client = createClient(place, onFailure)
  client.on('error', onFailure)
  client.on('ready', () => {
    if (isAway) log.info({ where }, 'redis can be reached again')
    isAway = false
  })
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, connectTimeoutMs)
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    client.once('ready', done).once('close', done)
  })
  return { client, lastError: () => lastError }
}

/** A connection of its own for subscriptions, to any server that passes messages on. It does not connect again. */
export function createSubscriber(place: RedisPlace, client: RedisClient, attempt: number): Redis {
  const options = { ...optionsFor(place), enableOfflineQueue: true, retryStrategy: () => null }
  if (!(client instanceof Cluster)) return client.duplicate(options)
  // Each server of a cluster hears what is published on any other. The next attempt asks the next one.
  const known = client.nodes().map((node) => ({ host: node.options.host ?? '', port: node.options.port ?? 0 }))
  const nodes = known.length > 0 ? known : place.nodes
  return new Redis({ ...options, ...nodes[attempt % nodes.length] })
}

function createClient(place: RedisPlace, onFailure: (error: Error) => void): RedisClient {
  const { kind, nodes, group, isEncrypted } = place
  const options = optionsFor(place)
  if (kind === 'cluster')
    return new Cluster([...nodes], {
      redisOptions: options,
      enableOfflineQueue: false,
      clusterRetryStrategy(attempt, reason) {
        // A name that is no host's is told here and nowhere else.
        if (reason) onFailure(reason)
        return retryMs(attempt)
      },
      maxRedirections,
      slotsRefreshTimeout: commandTimeoutMs,
      // Certificates are made out to names, so these must not become addresses before the handshake.
      ...(isEncrypted && { dnsLookup: (host, found) => found(null, host) }),
    })
  const alone = { ...options, enableOfflineQueue: false, retryStrategy: retryMs, db: place.db }
  if (kind === 'single') return new Redis({ ...alone, ...nodes[0] })
  return new Redis({ ...alone, sentinels: [...nodes], name: group, sentinelRetryStrategy: retryMs })
}

function optionsFor({ user, password, isEncrypted }: RedisPlace) {
  return {
    connectionName: 'trailstitch',
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMs,
    disconnectTimeout: hangUpMs,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // A server that became a replica in a failover: connect anew, which leads to the one that took over.
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(isEncrypted && { tls: {} }),
  } satisfies RedisOptions
}

/** A cluster's own error says only that all servers failed; the one beneath it says why. */
function causeOf(error: Error): Error {
  const { lastNodeError } = error as { lastNodeError?: unknown }
  return lastNodeError instanceof Error ? lastNodeError : error
}

/** The error's text without a full stop. That of a host with several addresses has none of its own. */
export function messageOf(error: Error): string {
  const { errors, code } = error as { errors?: unknown; code?: unknown }
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined
  const text = error.message || (first instanceof Error ? first.message : '') || String(code ?? error.name)
  return text.replace(/\.$/, '')
}
