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

/** A chunk is opened in one go by the processor, so what its bodies are decompressed is bounded, too. */
const maxOpenedBytes = 8 * 1024 * 1024

/** At most what the part takes of the header: field names and numbers, texts with every character escaped, refused places. */
const headerBytesOf = ({ project, ip = '', userAgent = '', refused = [] }: ChunkPart): number =>
  220 + 2 * (project.length + ip.length + userAgent.length) + 48 * refused.length

export function createWaitingList(maxChunkBytes: number, maxWaitMs: number): WaitingList {
  // The rest is for numbers given up.
  const maxBytes = maxChunkBytes - maxChunkBytes / 64 - emptyHeaderBytes
  let entries: Entry[] = []
  let bytes = 0
  let openedBytes = 0

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
    for (const { packedBytes, part } of first) {
      bytes -= packedBytes
      openedBytes -= part.opened ?? part.bytes
    }
    return first
  }

  return {
    add: (part, body, onExpired) =>
      new Promise((resolve, reject) => {
        const packedBytes = body.length + headerBytesOf(part)
        const settle = (error?: WireError): void => (error ? reject(error) : resolve())
        bytes += packedBytes
        openedBytes += part.opened ?? part.bytes
        entries.push({ part, body, packedBytes, settle, onExpired, expiresAt: performance.now() + maxWaitMs })
      }),
    isFull: () => bytes >= maxBytes || openedBytes >= maxOpenedBytes,
    isEmpty() {
      dropExpired()
      return entries.length === 0
    },
    take() {
      let total = 0
      let opened = 0
      let count = 0
      for (const { packedBytes, part } of entries) {
        total += packedBytes
        opened += part.opened ?? part.bytes
        if (count > 0 && (total > maxBytes || opened > maxOpenedBytes)) break
        count++
      }
      return takeFirst(count)
    },
  }
}
