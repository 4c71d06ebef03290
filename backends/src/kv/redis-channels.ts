import type { Redis } from 'ioredis'
import type { Deps } from '../deps.ts'
import { createListeners, type OnText } from './listeners.ts'
import { createSubscriber, type RedisClient, retryMs } from './redis-client.ts'
import type { RedisPlace } from './redis-url.ts'

export interface RedisChannels {
  subscribe(channel: string, onText: OnText): Promise<() => void>
  close(): void
}

/** A connection that has nothing to say is asked now and then whether it is still there. */
const pingMs = 10_000
const maxWaitMs = 2_000

/**
 * The subscriptions of one handle, on a connection that the first of them opens. When it is lost another is opened,
 * in a cluster to another server, and all channels are subscribed again.
 */
export function createRedisChannels(place: RedisPlace, client: RedisClient, { log }: Deps): RedisChannels {
  const listeners = createListeners(log)
  let connection: Redis | undefined
  let attempt = 0
  let retry: NodeJS.Timeout | undefined
  let ping: NodeJS.Timeout | undefined
  let closed = false

  const connect = (): void => {
    const opened = createSubscriber(place, client, attempt)
    connection = opened
    opened.on('error', () => {}) // the other connection's errors say the same, and the end of this one is seen below
    opened.on('message', listeners.deliver)
    opened.on('ready', () => {
      attempt = 0
      const channels = listeners.channels()
      if (channels.length > 0) opened.subscribe(...channels).catch(() => opened.disconnect())
    })
    opened.on('end', () => {
      if (!closed) retry = setTimeout(connect, retryMs(++attempt))
    })
  }

  /** Resolves when the server has said yes, or when it is too late to wait for it any longer. */
  const listen = (channel: string): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, maxWaitMs)
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      // What fails here is done again by the connection that comes next.
      connection?.subscribe(channel).then(done, done)
    })

  return {
    async subscribe(channel, onText) {
      const remove = listeners.add(channel, onText)
      if (connection === undefined) connect()
      ping ??= setInterval(() => void connection?.ping().catch(() => {}), pingMs).unref()
      await listen(channel)
      return () => {
        remove()
        if (!listeners.has(channel)) connection?.unsubscribe(channel).catch(() => {})
      }
    },
    close() {
      closed = true
      clearTimeout(retry)
      clearInterval(ping)
      listeners.clear()
      connection?.disconnect()
    },
  }
}
