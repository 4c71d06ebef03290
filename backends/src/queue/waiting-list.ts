import { type ChunkPart, WireError } from '@trailstitch/protocol'

/** A body that waits for its chunk. */
export interface Item {
  part: ChunkPart
  body: Uint8Array
  /** The body and its share of the header. */
  packedBytes: number
  settle(error?: WireError): void
}

export interface WaitingList {
  /** Resolves or rejects as the item is settled. `onExpired` runs when its time is over before its chunk is packed. */
  add(part: ChunkPart, body: Uint8Array, onExpired: () => void): Promise<void>
  /** Whether what waits fills a chunk. */
  isFull(): boolean
  isEmpty(): boolean
  /** The items of the next chunk, oldest first; one at least, however large. */
  take(): Item[]
}

interface Entry extends Item {
  expiresAt: number
  onExpired(): void
}

/** Collector, number, time and the brackets around them. */
export const emptyHeaderBytes = 192

export function createWaitingList(maxChunkBytes: number, maxWaitMs: number): WaitingList {
  // The rest is for numbers given up.
  const maxBytes = maxChunkBytes - maxChunkBytes / 64 - emptyHeaderBytes
  let entries: Entry[] = []
  let bytes = 0

  // Without a limit to the wait, a queue that hangs would keep callers waiting, and a stop, for one deadline a chunk.
  const dropExpired = (): void => {
    const now = performance.now()
    let count = 0
    while ((entries[count]?.expiresAt ?? Number.POSITIVE_INFINITY) <= now) count++
    for (const { onExpired, settle } of takeFirst(count)) {
      onExpired()
      settle(new WireError('queue_unavailable', 'Earlier ones take too long.'))
    }
  }

  const takeFirst = (count: number): Entry[] => {
    if (count === 0) return []
    const first = entries.slice(0, count)
    entries = entries.slice(count)
    for (const { packedBytes } of first) bytes -= packedBytes
    return first
  }

  return {
    add: (part, body, onExpired) =>
      new Promise((resolve, reject) => {
        const packedBytes = body.length + Buffer.byteLength(JSON.stringify(part)) + 1
        const settle = (error?: WireError): void => (error ? reject(error) : resolve())
        bytes += packedBytes
        entries.push({ part, body, packedBytes, settle, onExpired, expiresAt: performance.now() + maxWaitMs })
      }),
    isFull: () => bytes >= maxBytes,
    isEmpty() {
      dropExpired()
      return entries.length === 0
    },
    take() {
      let total = 0
      let count = 0
      for (const { packedBytes } of entries) {
        total += packedBytes
        if (count > 0 && total > maxBytes) break
        count++
      }
      return takeFirst(count)
    },
  }
}
