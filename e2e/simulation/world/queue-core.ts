import { type Delivery, type ListedMessage, maxChunkBytes, type Queue, type QueueDepth } from '@trailstitch/backends'
import type { Random } from './random.ts'

/** A queue that keeps its promises and no more: what the port allows to happen happens. */
export interface QueueCore extends Pick<Queue, 'list' | 'depth' | 'traits'> {
  put(body: Uint8Array, delayMs: number): void
  /** Any of those that are ready, in any order. */
  receive(max: number, leaseMs: number): Delivery[]
  ack(receipts: readonly string[]): void
  nack(receipts: readonly string[], delayMs: number): void
  extend(receipts: readonly string[], leaseMs: number): void
  redrive(ids?: readonly string[]): number
  /** How often an operator has redriven anything. */
  redrives(): number
  /** Counts every change, so that a reader knows whether it has to look again. */
  version(): number
}

interface Message extends ListedMessage {
  readyAt: number
  receipt: string | undefined
  isDead: boolean
}

export function createQueueCore(now: () => number, random: Random, maxReceives: number): QueueCore {
  const messages = new Map<string, Message>()
  let lastId = 0
  let lastReceipt = 0
  let version = 0
  let redrives = 0

  const buryOverdue = (): void => {
    for (const message of messages.values()) {
      if (message.isDead || message.readyAt > now() || message.receives < maxReceives) continue
      message.isDead = true
      message.receipt = undefined
      version++
    }
  }
  const held = (receipts: readonly string[]): Message[] => heldOf([...messages.values()], receipts)
  const inState = (state: 'pending' | 'dead'): Message[] =>
    [...messages.values()].filter(({ isDead }) => isDead === (state === 'dead'))

  return {
    traits: { maxMessageBytes: maxChunkBytes, listsPending: true },
    redrives: () => redrives,
    version: () => version,
    put(body, delayMs) {
      const id = `m${++lastId}`
      const sentAt = now()
      messages.set(id, { id, body, sentAt, receives: 0, readyAt: sentAt + delayMs, receipt: undefined, isDead: false })
      version++
    },
    receive(max, leaseMs) {
      buryOverdue()
      const ready = random.shuffle([...messages.values()].filter(({ isDead, readyAt }) => !isDead && readyAt <= now()))
      return ready.slice(0, max).map((message) => {
        message.receives++
        message.readyAt = now() + leaseMs
        message.receipt = `r${++lastReceipt}`
        return { receipt: message.receipt, body: message.body, receives: message.receives, sentAt: message.sentAt }
      })
    },
    ack(receipts) {
      for (const { id } of held(receipts)) if (messages.delete(id)) version++
    },
    nack(receipts, delayMs) {
      for (const message of held(receipts)) Object.assign(message, { readyAt: now() + delayMs, receipt: undefined })
    },
    extend(receipts, leaseMs) {
      for (const message of held(receipts)) message.readyAt = now() + leaseMs
    },
    redrive(ids) {
      const found = inState('dead').filter(({ id }) => ids === undefined || ids.includes(id))
      for (const message of found) Object.assign(message, { isDead: false, receives: 0, readyAt: now() })
      version += found.length
      redrives += found.length
      return found.length
    },
    async list(state, { limit, cursor }) {
      const all = inState(state)
      const from = cursor === undefined ? 0 : all.findIndex(({ id }) => Number(id.slice(1)) > Number(cursor.slice(1)))
      const items = from < 0 ? [] : all.slice(from, from + limit)
      const hasMore = from >= 0 && from + limit < all.length
      return {
        items: items.map(({ id, body, receives, sentAt }) => ({ id, body, receives, sentAt })),
        nextCursor: hasMore ? (items.at(-1)?.id ?? null) : null,
      }
    },
    depth: async () => depthOf(inState('pending'), inState('dead').length, now()),
  }
}

const heldOf = (messages: readonly Message[], receipts: readonly string[]): Message[] =>
  messages.filter(({ receipt }) => receipt !== undefined && receipts.includes(receipt))

function depthOf(pending: readonly Message[], dead: number, now: number): QueueDepth {
  const leased = pending.filter(({ receipt, readyAt }) => receipt !== undefined && readyAt > now).length
  const oldest = Math.min(now, ...pending.map(({ sentAt }) => sentAt))
  return { waiting: pending.length - leased, leased, dead, oldestAgeMs: now - oldest }
}
