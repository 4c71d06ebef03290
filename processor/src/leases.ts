import type { Queue } from '@trailstitch/backends'

/** How long a chunk is the worker's own; extended while it is held. A killed worker's chunks come again after it. */
export const leaseMs = 10_000
const extendMs = 3_000

/** The chunks a worker has received and not finished, whether it works on them or they wait for their turn. */
export interface Leases {
  /** From here on their leases are extended. */
  hold(receipts: Iterable<string>): void
  /** They are acked, or their leases may run out. */
  release(receipts: Iterable<string>): void
  /** Releases them and gives back to the queue those of them that were held. */
  giveBack(receipts: Iterable<string>, delayMs: number): Promise<void>
}

export function createLeases(queue: Pick<Queue, 'extend' | 'nack'>): Leases {
  const held = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const extend = (): void => {
    queue.extend([...held], leaseMs).catch(() => {}) // then they come again, and are recognised
  }
  const release = (receipts: Iterable<string>): void => {
    for (const receipt of receipts) held.delete(receipt)
    if (held.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
  return {
    hold(receipts) {
      for (const receipt of receipts) held.add(receipt)
      if (held.size > 0) timer ??= setInterval(extend, extendMs).unref()
    },
    release,
    async giveBack(receipts, delayMs) {
      const own = [...receipts].filter((receipt) => held.has(receipt))
      release(own)
      if (own.length > 0) await queue.nack(own, delayMs)
    },
  }
}
