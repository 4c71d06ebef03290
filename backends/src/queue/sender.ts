import { randomInt } from 'node:crypto'
import { type ChunkPart, encodeChunk, WireError } from '@trailstitch/protocol'
import type { Blob } from '../blob/port.ts'
import type { Deps } from '../deps.ts'
import { createLadder } from './ladder.ts'
import { overflowName } from './overflow.ts'
import type { Queue } from './port.ts'
import { createWaitingList, emptyHeaderBytes, type Item } from './waiting-list.ts'

export interface SenderOptions {
  queue: Pick<Queue, 'send' | 'traits'>
  /** Takes chunks that the queue fails to take, or not in time, until a re-driver brings them into it. Default: none. */
  overflow?: Pick<Blob, 'put'>
  deps: Deps
  /** From 0 up to 1, for the collector id. Default: node:crypto. */
  random?: () => number
  /** A chunk closes before it would grow past this, header included. Default: what the queue takes. */
  maxChunkBytes?: number
  /** A larger body is refused with `body_too_large`. Default three quarters of a chunk, which leaves room for its header. */
  maxBodyBytes?: number
  /** Bodies waiting and under way together; past it `overloaded`. Default 64 MiB. */
  maxInFlightBytes?: number
  /** For one chunk's send, and again for the wait before it; past it `queue_unavailable`. Default 10,000. */
  deadlineMs?: number
  /** Of these, what the queue has before the chunk goes to the overflow, if there is one. Default 3,000. */
  queueDeadlineMs?: number
  /** Failures of the queue in a row after which chunks go straight to the overflow. Default 3. */
  maxQueueFailures?: number
  /** How often the queue is tried again then. Default 5,000. */
  probeMs?: number
  /** Silence after which an empty chunk follows the last one. Default 60,000. */
  heartbeatMs?: number
}

export interface Sender {
  /**
   * Resolves when the body is durable in the queue or the overflow. Rejects with a WireError: `body_too_large`,
   * `overloaded`, `queue_unavailable` (it is not, or not surely, in either) or `stopping`. The body must not be changed
   * meanwhile.
   */
  send(part: Omit<ChunkPart, 'bytes'>, body: Uint8Array): Promise<void>
  /** Bytes of bodies that wait or are under way, those of sends given up but not yet settled included. */
  inFlightBytes(): number
  /** Refuses new sends and resolves when all earlier ones are settled. Closes neither queue nor overflow. Idempotent. */
  close(): Promise<void>
}

const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz'
const maxUnderWay = 4
/** What a number given up takes of a header, comma included. */
const voidedBytes = 10
const randomUnit = (): number => randomInt(2 ** 40) / 2 ** 40

/**
 * Packs the bodies of concurrent callers into chunks and sends these. While no send is under way a chunk leaves at once;
 * else bodies gather until the send is done or a chunk is full, with up to four sends at a time. So the batches grow
 * with the load and nobody waits for a timer, unless the queue bills each call: then bodies gather a moment first.
 *
 * A chunk keeps its number whether queue or overflow takes it. One that neither took gives its number up. The next chunk
 * names it, so that the numbers of all chunks there are and all those given up have no holes. A chunk of no events follows a silence, so that a hole at the very end shows too.
 */
export function createSender(options: SenderOptions): Sender {
  const { maxChunkBytes = options.queue.traits.maxMessageBytes, maxBodyBytes = (maxChunkBytes * 3) / 4 } = options
  const { maxInFlightBytes = 64 * 1024 * 1024, deadlineMs = 10_000, heartbeatMs = 60_000 } = options
  const waiting = createWaitingList(maxChunkBytes, deadlineMs)
  const chunks = createChunkSender({ ...options, maxChunkBytes, maxInFlightBytes, deadlineMs })
  let [inFlightBytes, underWay] = [0, 0]
  let heartbeat: NodeJS.Timeout | undefined
  let isHeartbeatDue = false
  let onIdle: (() => void) | undefined
  let closing: Promise<void> | undefined

  const pump = (): void => {
    if (gathering.isOn() && !waiting.isFull() && closing === undefined) return
    while (!waiting.isEmpty() && (underWay === 0 || (waiting.isFull() && underWay < maxUnderWay)))
      void dispatch(waiting.take())
    if (waiting.isEmpty() && underWay === 0) onIdle?.()
  }

  const gathering = createGathering(options.queue.traits.gatherMs?.send ?? 0, pump)

  /** Sends one chunk and settles its items. Never rejects. */
  const dispatch = async (items: Item[]): Promise<void> => {
    clearTimeout(heartbeat)
    underWay++
    const bytes = items.reduce((sum, { body }) => sum + body.length, 0)
    // A stop waits for the last heartbeat, so that one has to be quick.
    const withinMs = items.length > 0 ? deadlineMs : deadlineMs / 4
    const error = await chunks.send(items, withinMs, () => {
      inFlightBytes -= bytes
    })
    underWay--
    isHeartbeatDue = items.length > 0 || chunks.owesNumbers()
    if (isHeartbeatDue && closing === undefined) heartbeat = setTimeout(beat, heartbeatMs).unref()
    for (const { settle } of items) settle(error)
    pump()
  }

  const beat = (): void => {
    if (underWay === 0) void dispatch([])
  }

  const finish = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      onIdle = resolve
      pump()
    })
    clearTimeout(heartbeat)
    if (isHeartbeatDue) await dispatch([])
  }

  return {
    send(part, body) {
      if (closing !== undefined) return Promise.reject(new WireError('stopping'))
      if (body.length > maxBodyBytes) return Promise.reject(new WireError('body_too_large'))
      if (inFlightBytes + body.length > maxInFlightBytes) return Promise.reject(new WireError('overloaded'))
      inFlightBytes += body.length
      gathering.begin()
      const sent = waiting.add({ ...part, bytes: body.length }, body, () => {
        inFlightBytes -= body.length
      })
      if (waiting.isFull()) pump()
      return sent
    },
    inFlightBytes: () => inFlightBytes,
    close() {
      closing ??= finish()
      return closing
    },
  }
}

/**
 * The moment between a body and its sending. Without a time of its own it lasts for the turn of the event loop: requests
 * that arrive in one travel together even when nothing is under way.
 */
function createGathering(ms: number, onEnd: () => void): { begin(): void; isOn(): boolean } {
  let isOn = false
  const end = (): void => {
    isOn = false
    onEnd()
  }
  return {
    begin() {
      if (isOn) return
      isOn = true
      if (ms > 0) setTimeout(end, ms)
      else setImmediate(end)
    },
    isOn: () => isOn,
  }
}

interface ChunkSender {
  /**
   * Numbers, packs and sends one chunk. Resolves with what went wrong; never rejects. `onSettled` runs when queue and
   * overflow have let go of the chunk, which may be after the deadline.
   */
  send(items: readonly Item[], withinMs: number, onSettled: () => void): Promise<WireError | undefined>
  /** Whether numbers were given up that no chunk names. */
  owesNumbers(): boolean
}

type ChunkSenderOptions = SenderOptions &
  Required<Pick<SenderOptions, 'maxChunkBytes' | 'maxInFlightBytes' | 'deadlineMs'>>

function createChunkSender(options: ChunkSenderOptions): ChunkSender {
  const { queue, overflow, deps, random = randomUnit, maxQueueFailures, probeMs } = options
  const { maxChunkBytes, maxInFlightBytes, deadlineMs, queueDeadlineMs = 3_000 } = options
  const collector = Array.from({ length: 12 }, () => idAlphabet[Math.floor(random() * 36)]).join('')
  const ladder = createLadder({
    queue,
    overflow,
    log: deps.log,
    queueShare: queueDeadlineMs / deadlineMs,
    maxQueueFailures,
    probeMs,
    maxOverdueBytes: maxInFlightBytes / 2,
  })
  const voided: number[] = []
  let lastSeq = 0

  return {
    async send(items, withinMs, onSettled) {
      const seq = ++lastSeq
      // While nothing gets through they add up to more than one chunk holds.
      const room = items.reduce((left, { packedBytes }) => left - packedBytes, maxChunkBytes - emptyHeaderBytes)
      const named = voided.splice(0, Math.max(1, Math.floor(room / voidedBytes)))
      const header = { collector, seq, packedAt: deps.now(), ...(named.length > 0 && { voided: named }) }
      try {
        const parts = items.map(({ part }) => part)
        const bodies = items.map(({ body }) => body)
        await ladder.climb(encodeChunk({ ...header, parts }, bodies), overflowName(header), withinMs, onSettled)
        return undefined
      } catch (cause) {
        for (const number of named) voided.push(number)
        voided.push(seq)
        deps.log.error({ collector, seq, error: reasonOf(cause) }, 'a chunk could not be made durable')
        return new WireError('queue_unavailable', undefined, { cause })
      }
    },
    owesNumbers: () => voided.length > 0,
  }
}

/** Of several rungs, what each of them said. */
const reasonOf = (cause: unknown): string =>
  cause instanceof AggregateError ? cause.errors.map(String).join('; ') : String(cause)
