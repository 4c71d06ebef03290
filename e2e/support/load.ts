import { setTimeout as sleep } from 'node:timers/promises'
import { post } from './api.ts'
import type { Random } from './random.ts'

export interface LoadOptions {
  /** Of the collectors, which may be gone at times. Every try goes to the next one, as behind a load balancer. */
  urls: readonly string[]
  random: Random
  /** Clients that send at the same time. */
  clients: number
  /** Of all clients together, at most. */
  eventsPerSecond: number
  /** Events of a batch. Default 5 to 20. */
  batch?: { min: number; max: number }
  /** Share of batches that are sent once more though they were acknowledged, as when the answer got lost. Default 0.05. */
  resent?: number
}

export interface Load {
  /** Of every event in a batch that was sent at least once. */
  readonly sent: ReadonlySet<string>
  /** Of every event that the collector said yes to. */
  readonly acknowledged: ReadonlySet<string>
  /** How often events were said yes to, those sent again counted again. */
  readonly accepted: number
  /** How often events were sent to somebody who listened and did not say yes: taken or not. */
  readonly unsure: number
  /** No new batches; those under way are tried until they are acknowledged. Rejects on an answer that says not to. */
  finish(): Promise<void>
  /** No new batches and no more tries. What is not acknowledged by then may be stored or not. */
  abandon(): Promise<void>
}

const usualBatch = { min: 5, max: 20 }
const visitors = 40
const retryMs = 25
/** With a `Retry-After`, which a test does not wait for. */
const retryable = new Set([429, 503])
const spreadMs = 2 * 3_600_000

/**
 * Sends batches of events the way a client does: one after the other over a connection that is kept, each
 * until it is acknowledged, always with the same messageIds.
 */
export function startLoad(options: LoadOptions): Load {
  const { urls, random, clients, eventsPerSecond, batch: size = usualBatch, resent = 0.05 } = options
  const sent = new Set<string>()
  const acknowledged = new Set<string>()
  const counts = { accepted: 0, unsure: 0 }
  let isOver = false
  let isAbandoned = false

  let tries = 0
  const deliver = async (batch: LoadEvent[]): Promise<void> => {
    for (const { messageId } of batch) sent.add(messageId)
    while (!isAbandoned) {
      const url = urls[tries++ % urls.length] ?? ''
      const answer = await post(url, 'batch', { batch }).catch((error: unknown) => {
        if (!isUnreachable(error)) counts.unsure += batch.length
        return undefined
      })
      if (answer?.status === 200) {
        counts.accepted += batch.length
        if (answer.body.accepted !== batch.length) throw new Error(`refused: ${JSON.stringify(answer.body)}`)
        for (const { messageId } of batch) acknowledged.add(messageId)
        return
      }
      if (answer && (answer.retryAfter === null || !retryable.has(answer.status)))
        throw new Error(`not to be sent again: ${answer.status} ${JSON.stringify(answer.body)}`)
      if (answer) counts.unsure += batch.length
      await sleep(retryMs)
    }
  }
  const runClient = async (client: number): Promise<void> => {
    for (let number = 1; !isOver; number++) {
      const batch = Array.from({ length: random.int(size.min, size.max) }, (_, place) =>
        makeEvent(`${client}-${number}-${place}`, random),
      )
      await deliver(batch)
      if (random.chance(resent)) await deliver(batch)
      await sleep((batch.length * clients * 1000) / eventsPerSecond)
    }
  }
  const running = Promise.all(Array.from({ length: clients }, (_, client) => runClient(client + 1)))
  // It is told to whoever ends the load.
  running.catch(() => {})
  return {
    sent,
    acknowledged,
    get accepted() {
      return counts.accepted
    },
    get unsure() {
      return counts.unsure
    },
    async finish() {
      isOver = true
      await running
    },
    async abandon() {
      isOver = true
      isAbandoned = true
      await running
    },
  }
}

/** Nobody listens, so nobody got it either. */
const isUnreachable = (error: unknown): boolean =>
  ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'

interface LoadEvent {
  messageId: string
  [field: string]: unknown
}

/** Somebody does something at some time within two hours; half the visitors are signed in, two devices each. */
export function makeEvent(messageId: string, random: Random): LoadEvent {
  const visitor = random.int(1, visitors)
  const base = {
    messageId,
    anonymousId: `visitor-${visitor}`,
    timestamp: new Date(Date.now() - random.int(0, spreadMs)).toISOString(),
    ...(visitor % 2 === 0 && { userId: `user-${Math.ceil(visitor / 4)}` }),
  }
  const path = `/${random.pick(['', 'pricing', 'docs', 'blog'])}`
  const page = { ...base, type: 'page', properties: { path, url: `https://shop.example${path}` } }
  const track = { ...base, type: 'track', event: 'Product Viewed', properties: { sku: `sku-${random.int(1, 99)}` } }
  const identify = { ...base, type: 'identify', traits: { plan: random.pick(['free', 'team']) } }
  return random.pick<LoadEvent>([page, track, track, identify])
}
