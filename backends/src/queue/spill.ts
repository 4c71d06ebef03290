import { randomUUID } from 'node:crypto'
import type { Blob } from '../blob/port.ts'
import type { Deps } from '../deps.ts'
import type { Queue } from './port.ts'

/** What of blob storage it needs. */
type Spilled = Pick<Blob, 'put' | 'get' | 'delete' | 'close'>

/** Bodies that a queue's messages have no room for lie here, by day. */
export const spilledPrefix = 'spilled/'

/** A message that points: these characters, then the name of the blob. A chunk starts with others. */
const magic = Buffer.from('TSP1')
/** A blob is deleted only while its message is surely still ours. */
const marginMs = 2_000

const nameIn = (body: Uint8Array): string | undefined => {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  return buffer.subarray(0, magic.length).equals(magic) ? buffer.toString('utf8', magic.length) : undefined
}

/**
 * A queue that takes bodies of any size: what is too large for a message goes into blob storage first, and the message
 * points at it. The sender packs what fits, so this is for chunks that were packed for a queue with more room and come out
 * of the overflow. A blob goes once its message was acked within its lease; one that was orphaned by a kill stays.
 */
export function createSpillingQueue(queue: Queue, blob: Spilled, deps: Deps): Queue {
  const pointers = createPointers(blob, deps)
  /** By receipt: the blob, and when the lease runs out by a steady clock. */
  const held = new Map<string, { name: string; until: number }>()

  return {
    ...queue,
    async send(bodies) {
      const fitting = bodies.map((body) => (body.length > queue.traits.maxMessageBytes ? pointers.put(body) : body))
      const ready = await Promise.allSettled(fitting)
      const sent = await queue.send(ready.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))
      return ready.map((one) =>
        one.status === 'rejected' ? { ok: false, error: one.reason as Error } : (sent.shift() ?? { ok: false }),
      )
    },
    async receive(options) {
      const deliveries = await queue.receive(options)
      for (const { receipt, body } of deliveries) {
        const name = nameIn(body)
        if (name !== undefined) held.set(receipt, { name, until: performance.now() + options.leaseMs })
      }
      return Promise.all(deliveries.map(pointers.open))
    },
    async extend(receipts, leaseMs) {
      await queue.extend(receipts, leaseMs)
      for (const receipt of receipts) {
        const lease = held.get(receipt)
        if (lease) lease.until = performance.now() + leaseMs
      }
    },
    async nack(receipts, delayMs) {
      for (const receipt of receipts) held.delete(receipt)
      await queue.nack(receipts, delayMs)
    },
    async ack(receipts) {
      const done = receipts.flatMap((receipt) => held.get(receipt) ?? [])
      for (const receipt of receipts) held.delete(receipt)
      const ours = done.filter(({ until }) => performance.now() < until - marginMs)
      await queue.ack(receipts)
      for (const { name } of ours) await pointers.drop(name)
    },
    async list(state, options) {
      const { items, nextCursor } = await queue.list(state, options)
      return { items: await Promise.all(items.map(pointers.open)), nextCursor }
    },
    async close() {
      await queue.close()
      await blob.close()
    },
  }
}

function createPointers(blob: Spilled, { now, log }: Deps) {
  return {
    /** Resolves with the message that points at the body. */
    async put(body: Uint8Array): Promise<Uint8Array> {
      const name = `${spilledPrefix}${new Date(now()).toISOString().slice(0, 10)}/${randomUUID()}`
      await blob.put(name, body)
      return Buffer.concat([magic, Buffer.from(name)])
    },
    /** A pointer to nothing stays as it is: nobody can open it, so it ends among the dead letters. */
    async open<Message extends { body: Uint8Array }>(message: Message): Promise<Message> {
      const name = nameIn(message.body)
      if (name === undefined) return message
      const body = await blob.get(name)
      if (!body) log.error({ name }, 'a message points at a blob that is not there')
      return body ? { ...message, body } : message
    },
    async drop(name: string): Promise<void> {
      try {
        await blob.delete(name)
      } catch (error) {
        log.warn({ name, error: String(error) }, 'a blob that nobody needs stays behind')
      }
    },
  }
}
